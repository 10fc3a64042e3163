"""What is known of a board while it is open, and how it is brought back to a known state."""

from contextlib import contextmanager

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat

from .batch import raw_integers, state_form
from .errors import HostError, WrongDesign
from .link import Link
from .messages import HELLO, RESET, Info
from .reference import Reference
from .states import default_states


class Session:
    """The part of `Board` that the other parts stand on.

    Parameters
    ----------
    transport : object
    reference : Reference or None
    timeout : float

    Attributes
    ----------
    info : Info
    link : Link
    streams : dict of int to Stream
    """

    def __init__(self, transport, reference: Reference | None, timeout: float):
        self._transport, self.reference = transport, reference
        self.link, self.streams, self._unsettled = Link(transport, timeout), {}, False
        self.info = Info.parse(self.link.synchronise(HELLO))
        if reference is not None and reference.identity != self.info.identity:
            raise WrongDesign(f"the board runs design {self.info.identity.hex()}, not {reference.identity.hex()}")
        self.reset()

    @property
    def network(self):
        """The quantised network that the board runs, where `design` told; else None."""
        return None if self.reference is None else self.reference.network

    @property
    def input(self) -> QFormat:
        """Format of the input."""
        return self.info.input if self.network is None else self.network.input

    @property
    def under_way(self) -> bool:
        """Whether a stream has begun what is not ended."""
        return any(stream.under_way for stream in self.streams.values())

    def close(self) -> None:
        """Give the port back."""
        self._transport.close()

    def reset(self) -> None:
        """Begin anew: whatever was under way is dropped, and the counters are zero."""
        for stream in self.streams.values():
            stream.begin_anew()
        self.link.window, self._unsettled = 1, True
        self.link.synchronise(RESET)
        self.refresh()
        self.link.window, self._unsettled = self.info.window, False

    def refresh(self) -> None:
        """Let the board say again what it is: whether weights are loaded changes."""
        self.info = Info.parse(self.link.repeat(HELLO))

    @contextmanager
    def guarded(self):
        """What goes over the line: begun on a settled one, and settled again where it fails."""
        if self._unsettled:
            self.reset()
        self._unsettled = True
        try:
            yield
        except HostError as error:
            text = "the board was reset"
            try:
                self.reset()
            except HostError as worse:
                text = f"the reset failed too: {worse}"
            raise error.followed_by(text) from None
        self._unsettled = False

    def initial(self, state, sequences: int):
        """Raw initial states as they are sent; None to a core that takes none."""
        if not self.info.takes_states:
            if state is not None:
                raise RnnhwError("the board takes no initial state: its core was made without load_state")
            return None
        if state is None:
            return default_states(self.network, sequences)
        state, wanted = raw_integers("initial_state", state, state_form(self.info)), (sequences, self.info.state_size)
        if state.shape != wanted:
            raise RnnhwError(f"initial_state must have shape {wanted}, not {state.shape}")
        return state
