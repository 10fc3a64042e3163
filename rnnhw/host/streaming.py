"""A sequence step by step: sent as the steps come, answered as the answers come."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer

from .batch import raw_integers, send_elements, send_state, state_form
from .messages import FINAL, OUTPUT, element_bytes, unpack_elements
from .states import states_to_float, states_to_raw


class Stream:
    """One of a core's streams. Made by `Board.stream`.

    ``send`` gives steps, ``receive`` takes answers, in order; a sequence ends with ``last=True`` and the next
    ``send`` begins another one. As a context manager it resets the board if a sequence is left unfinished.

    Attributes
    ----------
    expected : int
        Answers that are still to come for what was sent.
    """

    def __init__(self, board, number: int):
        self._board, self.number = board, integer("stream", number, 0, board.info.streams - 1)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget everything: the board was reset."""
        self.expected, self._steps, self._states = 0, 0, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.under_way:
            self._board.reset()

    @property
    def under_way(self) -> bool:
        """Whether a sequence is not ended, or something of it is still to come."""
        return bool(self._steps or self.expected or self._states)

    @property
    def ready(self) -> int:
        """Answers that have come and wait to be received."""
        board = self._board
        with board.guarded():
            board.link.pump(0)
        return len(board.link.received.get((OUTPUT, self.number), b"")) // self._answer_bytes

    @property
    def _answer_bytes(self) -> int:
        return self._board.info.output_size * element_bytes(self._board.info.output.width)

    def send(self, x, *, last: bool = False, initial_state=None) -> None:
        """Send steps.

        Parameters
        ----------
        x : ndarray of float, shape (inputs,) or (steps, inputs)
            One step or several.
        last : bool
            Whether the sequence ends with them; always so where a sequence has one step.
        initial_state : ndarray of float, shape (state size,), optional
            With a sequence's first step, of a board that takes states; by default the network's own.
        """
        x = np.asarray(x)
        if x.dtype.kind not in "fiu":
            raise RnnhwError(f"x must hold real numbers, not dtype {x.dtype}")
        if initial_state is not None:
            initial_state = states_to_raw(self._board.network, np.asarray(initial_state)[None], 1)[0]
        self.send_raw(self._board.input.from_float(x), last=last, initial_state=initial_state)

    def send_raw(self, x_raw, *, last: bool = False, initial_state=None) -> None:
        """As `send`, with raw integers, the state included."""
        board, info = self._board, self._board.info
        x_raw, last = self._checked(x_raw), last or info.one_step
        if initial_state is not None:
            if self._steps:
                raise RnnhwError("initial_state must come with a sequence's first step")
            initial_state = np.asarray(initial_state)[None]
        state = None if self._steps else board.initial(initial_state, 1)
        with board.guarded():
            if state is not None:
                send_state(board.link, info, state[0])
            send_elements(board.link, info, x_raw, self.number, not self._steps, last)
            self._count(len(x_raw), last)

    def _checked(self, x_raw) -> np.ndarray:
        info = self._board.info
        x_raw = raw_integers("inputs", x_raw, self._board.input)
        rows = x_raw[None] if x_raw.ndim == 1 else x_raw
        if rows.ndim != 2 or not len(rows) or rows.shape[1] != info.input_size:
            raise RnnhwError(f"x must have shape ({info.input_size},) or (steps, {info.input_size}), not {x_raw.shape}")
        longest = 1 if info.one_step else info.max_steps
        if longest and self._steps + len(rows) > longest:
            steps = self._steps + len(rows)
            raise RnnhwError(f"a sequence must have at most {longest} steps on this board, not {steps}")
        return rows

    def _count(self, steps: int, last: bool) -> None:
        info, self._steps = self._board.info, self._steps + steps
        if info.mode == "many-to-many" and not info.max_steps:
            self.expected += steps
        if last:
            whole = {"many-to-many": self._steps if info.max_steps else 0, "one-to-many": info.steps}
            self.expected += whole.get(info.mode, 1)
            self._states += info.gives_states
            self._steps = 0

    def receive(self) -> np.ndarray:
        """The next answer, shape (outputs,); waits for it.

        Raises
        ------
        RnnhwError
            If none is to come for what was sent.
        BoardTimeout, HostError
            If it does not come.
        """
        return self._board.info.output.to_float(self.receive_raw())

    def receive_raw(self) -> np.ndarray:
        """As `receive`, raw integers."""
        if not self.expected:
            when = "; this core answers after a sequence's last step" if self._steps else ""
            raise RnnhwError(f"no answer is to come for what was sent{when}")
        received = self._take(OUTPUT, self._answer_bytes)
        self.expected -= 1
        return unpack_elements(received, self._board.info.output)

    def receive_state(self) -> np.ndarray:
        """The next final state, shape (state size,), of a board that gives them and was opened with `design`."""
        board = self._board
        states_to_float(board.network, np.zeros((1, board.info.state_size), np.int64))  # refused before it is taken
        return states_to_float(board.network, self.receive_state_raw()[None])[0]

    def receive_state_raw(self) -> np.ndarray:
        """As `receive_state`, raw integers."""
        info = self._board.info
        if not self._states:
            raise RnnhwError("no final state is to come: of a core with read_state one comes after a sequence's end")
        received = self._take(FINAL, info.state_size * element_bytes(info.state_bits))
        self._states -= 1
        return unpack_elements(received, state_form(info))

    def _take(self, kind: int, count: int) -> bytes:
        board, stream = self._board, self.number if kind == OUTPUT else 0
        with board.guarded():
            board.link.wait(lambda: len(board.link.received.get((kind, stream), b"")) >= count)
        return board.link.take(kind, stream, count)
