"""When the buffer that stores whole sequences takes its elements and plays them."""

from typing import NamedTuple

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer

from .base import Stage, Step, accept, since

STORED = 2  # a sequence's final element accepted -> its first element offered at the output
BANKS = 2  # sequences: one is played while the other is stored


class Piece(NamedTuple):
    """A part of a job's vector: `length` elements from `offset` on, of step t or, if `mirrored`, of step T-1-t."""

    offset: int
    length: int
    mirrored: bool


def check_pieces(pieces, size: int) -> tuple[Piece, ...]:
    """Pieces of vectors of `size` elements.

    Raises
    ------
    RnnhwError
        If there is none, or one that is empty or outside the vector.
    """
    pieces = tuple(Piece(*piece) for piece in pieces)
    if not pieces:
        raise RnnhwError("a sequence buffer needs at least one piece")
    for piece in pieces:
        if piece.offset < 0 or piece.length < 1 or piece.offset + piece.length > size:
            raise RnnhwError(f"a piece must lie in 0..{size - 1}, not {piece.length} elements from {piece.offset} on")
    return pieces


def buffer_words(size: int, max_steps: int) -> int:
    """Words of the memory that holds `BANKS` sequences of at most `max_steps` steps of `size` elements."""
    return BANKS * max_steps * size


class SequenceBufferStage:
    """The schedule of `rnnhw.gateware.sequence_buffer.SequenceBuffer`.

    An element is taken at once unless both banks hold a whole sequence. The first job is offered `STORED` cycles
    after the sequence's final element was taken, or right behind the jobs of the sequence before. A bank is
    free the cycle after its final element was fetched: that is at the earliest in the cycle in which the
    element before leaves the buffer.

    Parameters
    ----------
    size : int
        Elements of a stored step.
    pieces : sequence of Piece
    max_steps : int
        A longer sequence is cut.
    last_only : bool
        Only a sequence's final job is played.
    downstream : Stage
    """

    def __init__(self, size: int, pieces, max_steps: int, last_only: bool, downstream: Stage):
        self.pieces = check_pieces(pieces, size)
        self.max_steps = integer("max_steps", max_steps, 1)
        self.last_only, self.downstream = last_only, downstream
        self._next = 0  # an element may be taken, as far as the one before is concerned
        self._steps = 0  # stored of the sequence that is coming in
        self._free = [0] * BANKS  # cycle from which each bank, in order of filling, may be written
        self._left = -1  # cycle in which the newest element left

    def push(self, step: Step) -> list[int]:
        """Store a step; play the jobs of the sequence that it ends."""
        accepted = accept(step.earliest, max(self._next, self._free[0]))
        self._next = accepted[-1] + 1
        self._steps = 1 if step.first else self._steps + 1
        if step.last or self._steps == self.max_steps:
            self._play(accepted[-1], step.stream)
            self._steps = 0
        return accepted

    def state(self, now: int) -> tuple:
        """See `Stage.state`."""
        return self._steps, since(now, [self._next, *self._free, self._left]), self.downstream.state(now)

    def _play(self, stored: int, stream: int) -> None:
        length = sum(piece.length for piece in self.pieces)
        jobs = 1 if self.last_only else self._steps
        offered = [stored + STORED] * length
        for job in range(jobs):
            before = self._left
            left = self.downstream.push(Step(offered, job == 0, job == jobs - 1, stream))
            self._left = left[-1]
        fetched = max(stored + 1, left[-2] if length > 1 else before)
        self._free = [*self._free[1:], fetched + 1]
