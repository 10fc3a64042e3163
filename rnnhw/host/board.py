"""A board at the end of a line, as an object."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network import check_batch

from .batch import Batch, raw_integers
from .errors import HostError
from .loading import image_of, send_image
from .messages import COUNTERS, Counters
from .reference import find_reference
from .session import Session
from .states import states_to_float, states_to_raw
from .streaming import Stream
from .transport import open_transport


class Board(Session):
    """A board that runs a core of rnnhw. Made by `rnnhw.host.open`; to be used in a `with` statement.

    Where a request fails, the board is reset before the error is raised: the next one starts anew.

    Attributes
    ----------
    info : Info
        What the board says of itself: sizes, formats, mode, identity.
    """

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self) -> str:
        info = self.info
        return f"<Board {info.identity.hex()}: {info.input_size} -> {info.output_size}, {info.mode}>"

    def infer(self, x, lengths=None, *, initial_state=None, return_state=False, progress=None):
        """Run sequences on the board.

        Parameters
        ----------
        x : ndarray of float, shape (sequences, steps, inputs)
        lengths : ndarray of int, shape (sequences,), optional
        initial_state : ndarray of float, shape (sequences, state size), optional
            For a board that takes states; needs the board to be opened with `design`.
        return_state : bool
            Also return the state after each sequence; needs the same.
        progress : callable, optional
            Takes how many sequences are answered, and how many there are.

        Returns
        -------
        ndarray of float, or a tuple of it and the final states
            As `QuantizedNetwork.run` gives them: the same values.

        Raises
        ------
        RnnhwError
            For sequences that the network does not take.
        HostError
            If the board or the line fails.
        """
        x, lengths = check_batch(x, lengths, self.info.input_size, self.info.one_step)
        state = None if initial_state is None else states_to_raw(self.network, initial_state, len(x))
        if return_state:
            states_to_float(self.network, np.zeros((1, self.info.state_size), np.int64))  # refused before it is run
        y, final = self._run(self.input.from_float(x), lengths, state, return_state, progress)
        y = self.info.output.to_float(y)
        return (y, states_to_float(self.network, final)) if return_state else y

    def infer_raw(self, x_raw, lengths=None, *, initial_state=None, return_state=False, progress=None):
        """As `infer`, with raw integers in and out, states included, as `QuantizedNetwork.run_raw`."""
        x_raw = raw_integers("inputs", x_raw, self.input)
        _, lengths = check_batch(x_raw, lengths, self.info.input_size, self.info.one_step)
        y, final = self._run(x_raw, lengths, initial_state, return_state, progress)
        return (y, final) if return_state else y

    def _run(self, x_raw, lengths, state, return_state: bool, progress):
        info, longest = self.info, int(lengths.max())
        if info.max_steps and longest > info.max_steps:
            raise RnnhwError(f"sequences must have at most {info.max_steps} steps on this board, not {longest}")
        if return_state and not info.gives_states:
            raise RnnhwError("the board gives no final states: its core was made without read_state")
        if self.under_way:
            raise RnnhwError("a stream has a sequence under way: end it and receive its answers, or reset the board")
        state = self.initial(state, len(x_raw))
        with self.guarded():
            return Batch(self.link, info, x_raw, lengths, state, progress).run()

    def stream(self, number: int = 0) -> Stream:
        """One of the core's streams, to send steps as they come and to get answers as they come (see `Stream`)."""
        if number not in self.streams:
            self.streams[number] = Stream(self, number)
        return self.streams[number]

    def load(self, weights, *, progress=None) -> None:
        """Load weights into a core that was made with ``weights="loadable"``.

        Parameters
        ----------
        weights : bytes or QuantizedNetwork
            An image (`Design.load_image`); or a network like the design's in everything but the values of weights and
            biases, where the board was opened with `design`.
        progress : callable, optional
            Takes how many bytes are sent, and how many there are.

        Raises
        ------
        RnnhwError
            If the core's weights are fixed, or the network is another one.
        HostError
            If the image does not arrive whole, or is of another core.
        """
        if not self.info.loadable:
            raise RnnhwError("the board's weights are fixed: its core was made without weights loadable")
        image = image_of(weights, self.reference)
        if self.under_way:
            raise RnnhwError("a stream has a sequence under way: end it and receive its answers, or reset the board")
        with self.guarded():
            taken = send_image(self.link, self.info, image, progress)
            self.refresh()
        if not taken:
            raise HostError("the board did not take the weights: the image came damaged, or is of another core")

    def counters(self) -> Counters:
        """What the board has counted since it was reset (or opened)."""
        with self.guarded():
            ask = self.link.request if self.under_way else self.link.repeat
            return Counters.parse(ask(COUNTERS))


def open_board(port, design=None, *, baud: int = 1_000_000, timeout: float = 3.0) -> Board:
    """Open a board.

    Parameters
    ----------
    port : str or object
        A serial port ("/dev/ttyUSB1", "COM5", what `rnnhw board-sim` prints), "/dev/spidev0.0", or an object with
        `read(timeout) -> bytes`, `write(bytes)` and `close()` such as `SpiTransport`.
    design : path, Design or bytes, optional
        What the board should run: the folder that `rnnhw build` wrote, the design itself, or its 8 bytes of identity.
    baud : int
        Of a serial port; of an SPI device the clock in Hz.
    timeout : float
        Seconds in which the board has to give a sign of life while something is awaited.

    Raises
    ------
    NoBoard
        If there is no such port, or no board answers on it.
    WrongDesign
        If the board runs another design.
    """
    if not isinstance(timeout, int | float) or isinstance(timeout, bool):
        raise TypeError(f"timeout must be a number, not {timeout!r}")
    if not timeout > 0:
        raise RnnhwError(f"timeout must be more than 0 seconds, not {timeout!r}")
    reference = find_reference(design)
    transport = open_transport(port, baud, timeout)
    try:
        return Board(transport, reference, timeout)
    except BaseException:
        transport.close()
        raise
