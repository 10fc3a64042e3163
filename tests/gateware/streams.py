"""Streams for tests: sources that offer when they are told to, sinks that take when they are told to.

They hold the stream rules against the component: an offered element stays as it is until it is taken, and is
taken as often as it was offered.
"""

import numpy as np
from amaranth import Value

from .stepper import RESET, play

PATTERN = 8192  # cycles after which a sink's readiness repeats


class Source:
    """Offers element k from cycle `earliest[k]` on, or from the cycle after the one before it was taken.

    Parameters
    ----------
    port : stream interface
    beats : list of tuple
        Values of the payload's fields.
    earliest : list of int
    """

    def __init__(self, port, beats, earliest):
        fields = [Value.cast(port.payload[name]) for name, _ in port.payload.shape()]
        self.inputs, self.outputs = [port.valid, *fields], [port.ready]
        self.beats, self.earliest = list(beats), list(earliest)
        assert len(self.beats) == len(self.earliest)
        self.accepted: list[int] = []

    def offer(self, cycle: int) -> tuple:
        """The input values of a cycle; junk while nothing is offered."""
        self.offering = len(self.accepted) < len(self.beats) and cycle >= self.earliest[len(self.accepted)]
        if self.offering:
            return (1, *self.beats[len(self.accepted)])
        return (0, *(-(cycle % 2) for _ in self.inputs[1:]))  # all ones fit every width

    def see(self, cycle: int, ready) -> None:
        """The output values of that cycle."""
        if self.offering and ready[0]:
            self.accepted.append(cycle)

    @property
    def done(self) -> bool:
        """Whether all was taken."""
        return len(self.accepted) == len(self.beats)


class Sink:
    """Takes elements in the cycles in which it is ready.

    Parameters
    ----------
    port : stream interface
    count : int
        Elements that shall come.
    ready : array of bool
        By cycle, repeated.
    """

    def __init__(self, port, count: int, ready):
        fields = [Value.cast(port.payload[name]) for name, _ in port.payload.shape()]
        self.inputs, self.outputs = [port.ready], [port.valid, *fields]
        self.count, self.ready = count, ready
        self.beats: list[tuple] = []
        self.transfers: list[int] = []
        self._standing = None

    def offer(self, cycle: int) -> tuple:
        """The input values of a cycle."""
        return (int(self.ready[cycle % len(self.ready)]),)

    def see(self, cycle: int, outputs) -> None:
        """The output values of that cycle."""
        valid, *beat = outputs
        beat = tuple(beat)
        if self._standing is not None:
            assert valid, f"valid was taken back in cycle {cycle}"
            assert beat == self._standing, f"the payload changed in cycle {cycle}"
        self._standing = beat if valid else None
        if valid and self.offer(cycle)[0]:
            self._standing = None
            self.beats.append(beat)
            self.transfers.append(cycle)

    @property
    def done(self) -> bool:
        """Whether all came."""
        return len(self.beats) >= self.count


def always() -> np.ndarray:
    """A sink's readiness: at all times."""
    return np.ones(1, dtype=bool)


def sometimes(rng, chance: float) -> np.ndarray:
    """A sink's readiness: at random."""
    ready = rng.random(PATTERN) < chance
    ready[-1] = True
    return ready


def offered(rng, count: int, chance: float) -> list[int]:
    """Cycles from which elements are offered: mean gap 1 / `chance`, or at once if that is 1."""
    if chance == 1:
        return [0] * count
    return np.cumsum(rng.geometric(chance, count)).tolist()


class ModelSink:
    """The end of a chain of stage models with a readiness like a `Sink`'s; `ready` is by cycle, repeated."""

    def __init__(self, ready):
        self.ready = ready
        self.steps, self.transfers = [], []
        self._next = 0

    def push(self, step) -> list[int]:
        """Take a step."""
        accepted = []
        for earliest in step.earliest:
            cycle = max(earliest, self._next)
            while not self.ready[cycle % len(self.ready)]:
                cycle += 1
            accepted.append(cycle)
            self._next = cycle + 1
        self.steps.append(step)
        self.transfers += accepted
        return accepted


def drive(dut, ends, *, extra=(), quiet=6, unrest=None, before=None, limit=100_000) -> list[tuple[int, ...]]:
    """Run sources and sinks until all are done, and `quiet` cycles more; `extra` are further outputs to look at.

    `unrest` is a random generator: there are some cycles of random inputs and a reset before cycle 0 then.
    `before` are other ends at the same ports and a number of cycles, likewise followed by a reset.

    Returns the values of `extra` by cycle.
    """
    inputs = [value for end in ends for value in end.inputs]
    outputs = [value for end in ends for value in end.outputs]
    seen = []

    def turn(ends, cycle: int):
        row = yield [*(value for end in ends for value in end.offer(cycle)), 0]
        position = 0
        for end in ends:
            end.see(cycle, row[position : position + len(end.outputs)])
            position += len(end.outputs)
        return row[position:]

    def actor():
        if unrest is not None:
            for cycle in reversed(range(int(unrest.integers(1, 60)))):
                yield [*(int(unrest.integers(1 << len(value))) for value in inputs), int(cycle == 0)]
        if before is not None:
            others, cycles = before
            for cycle in range(cycles):
                yield from turn(others, cycle)
            yield [*(1 if len(value) == 1 else 0 for value in inputs), 1]  # what is offered in reset does not count
        cycle = left = 0
        while left < quiet:
            seen.append((yield from turn(ends, cycle)))
            left = left + 1 if all(end.done for end in ends) else 0
            cycle += 1

    play(dut, [*inputs, RESET], [*outputs, *extra], actor(), limit=limit)
    return seen
