"""The order in which an engine's states come in and go out, and when."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StatePart:
    """A run of elements of the flat state vector.

    Parameters
    ----------
    memory : str
        "h", or "c" of an LSTM.
    length : int
    number : int
        The pass that writes it in a step.
    carry : str or None
        The kind of carry memory that it stands in (too).
    """

    memory: str
    length: int
    number: int
    carry: str | None


def state_parts(passes) -> tuple[StatePart, ...]:
    """The parts of an engine's state vector, cell by cell: h, then c of an LSTM."""
    parts = []
    for number, item in enumerate(passes):
        if item.kind in ("dense", "reset"):
            continue
        carry = {"gru": "gru", "candidate": "reset"}.get(item.kind)
        parts.append(StatePart("h", item.units, number, carry))
        if item.kind == "lstm":
            parts.append(StatePart("c", item.units, number, "lstm"))
    return tuple(parts)


class StatePort:
    """A stream of states: elements pass one a cycle, in order.

    Members
    -------
    cycles : list of int
        When each element was transferred.
    """

    def __init__(self):
        self.cycles: list[int] = []

    def transfer(self, earliest: int) -> int:
        """The next element, which both sides are ready for from `earliest` on."""
        self.cycles.append(max(earliest, self.cycles[-1] + 1 if self.cycles else 0))
        return self.cycles[-1]


class StateTimes:
    """When an engine loads initial states and gives final ones.

    Parameters
    ----------
    parts : tuple of StatePart
    geometry : Geometry
    source : StatePort or None
        Where initial states come from; None: the engine starts from zero.
    sink : StatePort or None
        Where final states go.
    """

    def __init__(self, parts, geometry, source: StatePort | None, sink: StatePort | None):
        self.parts, self.geometry, self.source, self.sink = parts, geometry, source, sink

    def load(self, idle: int) -> int:
        """Take a vector once the engine is idle with a first step waiting; the cycle from which it goes on."""
        accepted = idle
        for part in self.parts:
            for _ in range(part.length):
                accepted = self.source.transfer(accepted + 1)
        return accepted + 2  # a round is written the cycle after its last element came

    def read(self, idle: int) -> int:
        """Give a vector once the engine is idle; the cycle from which it goes on."""
        done = idle
        for part in self.parts:
            width = self.geometry.columns if part.memory == "h" else self.geometry.pipelines
            for start in range(0, part.length, width):
                valid = done + 3  # address, word, register
                for _ in range(min(width, part.length - start)):
                    done = self.sink.transfer(valid)
        return done + 1
