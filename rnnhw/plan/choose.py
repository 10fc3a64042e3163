"""How an engine's lanes are arranged: the fewest cycles that the options allow, then the smallest engine."""

from dataclasses import dataclass
from math import inf

from rnnhw.errors import RnnhwError

from .engine_plan import EnginePlan, engine_timing
from .geometry import Geometry
from .passes import ROWS
from .steady import answer_cycles, endless_cycles, idle_latency, sequence_cycles
from .timing import Timing

LONGEST = 8  # steps of a sequence that are looked at


@dataclass(frozen=True)
class Shape:
    """What a pass costs: its kind, units, lengths of its segments, and whether each step runs it."""

    kind: str
    units: int
    lengths: tuple[int, ...]
    steady: bool

    @property
    def gates(self) -> int:
        """Rows of a unit."""
        return len(ROWS[self.kind])


def shapes_of(layers, parts, every_step: bool) -> tuple[Shape, ...]:
    """The passes of a chain of layers."""
    shapes, lengths = [], parts
    for layer in layers:
        if layer.kind == "dense":
            shapes.append(Shape("dense", layer.output_size, tuple(lengths), every_step))
            lengths = (layer.output_size,)
            continue
        pairs = zip(layer.cells, lengths, strict=True) if layer.kind == "bidirectional" else [(layer, lengths[0])]
        for cell, inputs in pairs:
            for kind in kinds_of(cell):
                shapes.append(Shape(kind, cell.hidden_size, (inputs, cell.hidden_size), True))
        lengths = tuple(cell.hidden_size for cell in layer.cells)
    return tuple(shapes)


def kinds_of(cell) -> tuple[str, ...]:
    """Kinds of the passes of a cell."""
    if cell.kind == "gru" and not cell.reset_after:
        return "reset", "candidate"
    if cell.kind == "rnn":
        return ("relu" if cell.activation == "relu" else "rnn",)
    return (cell.kind,)


def groups_of(shapes, pipelines: int, lanes: int) -> tuple[int, ...]:
    """Row groups of each pass."""
    return tuple(-(-(-(-s.units // pipelines) * s.gates) // lanes) for s in shapes)


def feeds_back(network) -> bool:
    """Whether an answer is the next input."""
    return network.mode == "one-to-many" and network.steps > 1


def single_steps(network) -> bool:
    """Whether each sequence is one step, so that no step waits for the state of another."""
    return network.mode == "one-to-one" or (network.mode == "one-to-many" and network.steps == 1)


def sequence_steps(network, hardware) -> float:
    """Steps of the sequences for which an engine is chosen: all of one, as many as can be stored, or without end."""
    if single_steps(network):
        return 1
    return hardware.max_steps if any(layer.kind == "bidirectional" for layer in network.layers) else inf


def step_cycles(plan: EnginePlan) -> float:
    """Cycles that an engine takes for a step, with nothing in the way at either end: what it is chosen by.

    If answers are fed back, from answer to answer, or, for a part of a chain, from input to output.
    """
    network, size = plan.network, plan.input_size
    if feeds_back(network):
        if len(plan.layers) == len(network.layers):
            return answer_cycles(plan.stage, size, network.steps)
        return idle_latency(plan.stage, size)
    steps, streams = sequence_steps(network, plan.hardware), plan.hardware.streams
    if steps == inf:
        return endless_cycles(plan.stage, size, streams)
    return sequence_cycles(plan.stage, size, steps, streams, LONGEST)


class Arrangements:
    """The ways in which an engine's lanes may be arranged within limits.

    What is considered within some limits is considered within wider ones too, so that a limit turned up never makes
    a step slower.

    Parameters
    ----------
    make : callable
        Geometry -> EnginePlan.
    shapes : tuple of Shape
    lanes, columns : int
        Limits.
    pipelines : "auto" or int
    """

    def __init__(self, make, shapes, lanes: int, columns: int, pipelines):
        self.make, self._measured = make, {}
        plan = make(Geometry(1))
        network, hardware = plan.network, plan.hardware
        kinds = {shape.kind for shape in shapes}
        steps = sequence_steps(network, plan.hardware)
        tokens = plan.hardware.streams * (1 + 1 / (steps - 1) if steps > 1 else inf)
        elements = max(plan.input_size, plan.layers[-1].output_size * plan.every_step)  # in or out, one a cycle
        self.least = {
            geometry: max(
                elements,
                least_cycles(shapes, geometry, engine_timing(network, kinds, geometry.columns, hardware), tokens),
            )
            for geometry in _candidates(shapes, lanes, columns, pipelines)
        }

    def cycles(self, geometry: Geometry) -> float:
        """What `step_cycles` says of an arrangement; of long sequences it may say too little."""
        if geometry not in self._measured:
            self._measured[geometry] = max(self.least[geometry], step_cycles(self.make(geometry)))
        return self._measured[geometry]

    def fewest(self) -> float:
        """Cycles of the fastest one."""
        fewest = inf
        for geometry in sorted(self.least, key=lambda g: (self.least[g], size(g))):
            if self.least[geometry] >= fewest:
                break
            fewest = min(fewest, self.cycles(geometry))
        return fewest

    def smallest(self, cycles: float, multipliers: float = inf) -> Geometry | None:
        """The smallest one that takes at most so many cycles and multipliers."""
        for geometry in sorted(self.least, key=size):
            if size(geometry)[0] > multipliers:
                return None
            if self.least[geometry] <= cycles and self.cycles(geometry) <= cycles:
                return geometry
        return None


def choose(arrangements: Arrangements) -> EnginePlan:
    """The fastest engine, and the smallest one of those."""
    return arrangements.make(arrangements.smallest(arrangements.fewest()))


def size(geometry: Geometry) -> tuple[int, int, int]:
    """Multipliers, pipelines and lanes: what an arrangement is compared by."""
    return geometry.all_lanes * geometry.columns, geometry.pipelines, geometry.lanes


def least_cycles(shapes, geometry: Geometry, timing: Timing, steps: float) -> float:
    """Cycles that a step takes at least: those of the front, those of the drain, and of the longest way round.

    A cell's way round goes from the last column word of its first group, which needs the whole state, over its last
    group and the drain of that group's rows back into the state. It may take as long as `steps` steps.
    """
    front = drain = around = 0
    for shape in (shape for shape in shapes if shape.steady):
        rounds, words = geometry.rounds(shape.units), sum(map(geometry.words, shape.lengths))
        rows = rounds * shape.gates
        groups = -(-rows // geometry.lanes)
        front += groups * words
        drain += rows + rounds * (shape.kind in ("lstm", "gru"))
        if shape.kind in ("lstm", "gru", "rnn", "relu"):
            rest = (groups - 1) * words + rows - (groups - 1) * geometry.lanes
            around = max(around, rest + timing.capture + timing.result + 1)
    return max(front, drain, around / steps)


def _candidates(shapes, lanes: int, columns: int, pipelines):
    """Every arrangement that differs in its row groups or column words, with the fewest lanes."""
    units = max(shape.units for shape in shapes)
    counts = _distinct(min(lanes, units), lambda n: -(-units // n)) if pipelines == "auto" else [pipelines]
    for width in _distinct(columns, lambda n: tuple(-(-length // n) for s in shapes for length in s.lengths)):
        for count in counts:
            if count % width and width % count:
                continue
            for each in _distinct(lanes // count, lambda n, count=count: groups_of(shapes, count, n)):
                yield Geometry(each, count, width)


def _distinct(limit: int, outcome) -> list[int]:
    """The smallest of 1 .. limit for each outcome."""
    first = {}
    for number in range(1, limit + 1):
        first.setdefault(outcome(number), number)
    return list(first.values())


def check_limits(name: str, shapes, lanes: int, columns: int, pipelines) -> None:
    """Refuse what cannot be used, with what can.

    Raises
    ------
    RnnhwError
    """
    rows = max(shape.gates * shape.units for shape in shapes)
    longest = max(length for shape in shapes for length in shape.lengths)
    units = max(shape.units for shape in shapes)
    where = f" of {name}" if name else ""
    if lanes > rows:
        raise RnnhwError(f"lanes{where} must be in 1..{rows} (rows of its largest matrix), not {lanes}")
    if columns > longest:
        raise RnnhwError(
            f"columns_per_cycle{where} must be in 1..{longest} (elements of its longest vector), not {columns}"
        )
    if pipelines != "auto" and not 1 <= pipelines <= min(lanes, units):
        raise RnnhwError(f"pipelines{where} must be in 1..{min(lanes, units)} (lanes, units), not {pipelines}")
