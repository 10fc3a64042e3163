"""How an engine's lanes are arranged: the fewest cycles that the options allow, then the smallest engine."""

from dataclasses import dataclass

from rnnhw.errors import RnnhwError

from .engine_plan import EnginePlan
from .geometry import Geometry
from .passes import ROWS
from .stages.base import Sink
from .steady import mean_cycles


@dataclass(frozen=True)
class Shape:
    """What a pass costs: rows of a unit, units, lengths of its segments, and whether each step runs it."""

    gates: int
    units: int
    lengths: tuple[int, ...]
    steady: bool


def shapes_of(layers, parts, every_step: bool) -> tuple[Shape, ...]:
    """The passes of a chain of layers."""
    shapes, lengths = [], parts
    for layer in layers:
        if layer.kind == "dense":
            shapes.append(Shape(1, layer.output_size, tuple(lengths), every_step))
            lengths = (layer.output_size,)
            continue
        pairs = zip(layer.cells, lengths, strict=True) if layer.kind == "bidirectional" else [(layer, lengths[0])]
        for cell, inputs in pairs:
            for kind in kinds_of(cell):
                shapes.append(Shape(len(ROWS[kind]), cell.hidden_size, (inputs, cell.hidden_size), True))
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


def steady_cycles(plan: EnginePlan) -> float:
    """Cycles from one step to the next in the middle of a long sequence, with nothing in the way at either end."""
    streams = range(plan.hardware.streams)
    first, later = ([(begins, False, stream) for stream in streams] for begins in (True, False))
    return mean_cycles(plan.stage(Sink()), plan.input_size, later, first)


def choose(make, shapes, lanes: int, columns: int, pipelines) -> EnginePlan:
    """The fastest engine within the limits, and the smallest one of those.

    All arrangements of at most so many lanes and columns are considered, so that a limit turned up never makes a
    step slower.

    Parameters
    ----------
    make : callable
        Geometry -> EnginePlan.
    shapes : tuple of Shape
    lanes, columns : int
        Limits.
    pipelines : "auto" or int
    """
    best, fewest = None, None
    for bound, _, geometry in sorted(
        _candidates(shapes, lanes, columns, pipelines), key=lambda entry: (entry[0], entry[1])
    ):
        if fewest is not None and bound >= fewest:
            break
        plan = make(geometry)
        cycles = steady_cycles(plan)
        if fewest is None or cycles < fewest:
            best, fewest = plan, cycles
    return best


def _candidates(shapes, lanes: int, columns: int, pipelines):
    """(bound, size, geometry) of every arrangement that differs in its cycles."""
    units = max(shape.units for shape in shapes)
    counts = _distinct(min(lanes, units), lambda n: -(-units // n)) if pipelines == "auto" else [pipelines]
    for width in _distinct(columns, lambda n: tuple(-(-length // n) for s in shapes for length in s.lengths)):
        words = [sum(-(-length // width) for length in shape.lengths) for shape in shapes]
        for count in counts:
            if count % width and width % count:
                continue
            for each in _distinct(lanes // count, lambda n, count=count: groups_of(shapes, count, n)):
                groups = groups_of(shapes, count, each)
                pairs = zip(groups, words, shapes, strict=True)
                bound = sum(g * w for g, w, shape in pairs if shape.steady)
                yield bound, (count, each * width), Geometry(each, count, width)


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
    if pipelines != "auto" and all(pipelines % n and n % pipelines for n in range(1, columns + 1)):
        raise RnnhwError(f"pipelines{where} must divide columns_per_cycle or be divided by it, not {pipelines}")
