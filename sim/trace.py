"""Where a wrong bit was born: the golden trace held against the signals inside the hardware."""

from dataclasses import dataclass

from rnnhw.emit.vectors import Vectors
from rnnhw.plan import BufferPlan, EnginePlan, Plan

from .stimulus import Probe
from .trace_events import KINDS, events, jobs


@dataclass(frozen=True)
class Difference:
    """The first signal that differs.

    Parameters
    ----------
    sequence, step : int
        Counted from 0.
    layer : str
    unit : int
    signal : str
        As in `rnnhw.golden.Trace`, for instance ``z_f`` or ``c``.
    expected, found : int or None
        Raw values; None if the hardware never produced one.
    path : str
        The signal's place in the hardware.
    """

    sequence: int
    step: int
    layer: str
    unit: int
    signal: str
    expected: int
    found: int | None
    path: str

    def __str__(self) -> str:
        found = "nothing" if self.found is None else self.found
        return (
            f"sequence {self.sequence}, step {self.step}, layer {self.layer}, unit {self.unit}: "
            f"{self.signal} is {found}, golden says {self.expected} (first differing signal, {self.path})"
        )


def trace_probes(plan: Plan) -> tuple[Probe, ...]:
    """The signals inside a core that a trace looks at: for each pipeline of each engine those that it has."""
    probes = []
    for engine in plan.engines:
        for number in range(engine.geometry.pipelines):
            base = (engine.name, "back", f"pipeline_{number}")
            for kind in _kinds(engine):
                path = base + KINDS[kind]
                probes.append(Probe(_name(engine, number, kind), path, (*base, f"at_{kind}"), signed=True))
    return tuple(probes)


def _kinds(engine: EnginePlan) -> list[str]:
    """Kinds of events that an engine has."""
    has = {kind for item in engine.passes for kind, *_ in events(engine, item, None)}
    return [kind for kind in KINDS if kind in has]


def _name(engine: EnginePlan, pipeline: int, kind: str) -> str:
    return f"{engine.name}.{pipeline}.{kind}"


def first_difference(plan: Plan, vectors: Vectors, probes: dict[str, list[int]]) -> Difference | None:
    """Find the first event of the trace in which hardware and golden differ.

    Parameters
    ----------
    plan : Plan
    vectors : Vectors
        What was run.
    probes : dict
        The logs of `trace_probes`.

    Returns
    -------
    Difference or None
        None if every traced signal is as golden says.
    """
    state = {} if vectors.initial_state is None else {"initial_state": vectors.initial_state}
    _, trace = plan.network.run_raw(vectors.x_raw, vectors.lengths, trace=True, **state)
    places = {probe.name: ".".join(probe.path) for probe in trace_probes(plan)}
    worst = None
    for engine in plan.engines:
        logs = _expected(plan, engine, vectors, trace.signals)
        for name, entries in logs.items():
            found = _first(entries, probes[name])
            if found is not None and (worst is None or found[0] < worst[0]):
                worst = found[0], Difference(*found[1], path=places[name])
    return None if worst is None else worst[1]


def _first(entries, log):
    """Key and fields of the first entry that a log does not have."""
    for at, (key, value, label) in enumerate(entries):
        got = log[at] if at < len(log) else None
        if value is not None and got != value:
            return key, (*label, value, got)
    return None


def _expected(plan: Plan, engine: EnginePlan, vectors: Vectors, signals: dict) -> dict[str, list]:
    """All entries of an engine's logs in order: (sort key, value or None where nothing counts, label)."""
    logs, shape = {}, engine.geometry
    before = plan.stages[: plan.stages.index(engine)]
    stored = sum(isinstance(stage, BufferPlan) for stage in before)  # its first job has seen a sequence's last one
    sent = {item: place for place, item in enumerate(vectors.order)}  # time, where streams take turns
    rank, turn = plan.engines.index(engine), {kind: n for n, kind in enumerate(KINDS)}
    layers = plan.network.recurrents
    mirrored = {cell.name for layer in layers for cell, back in zip(layer.cells, layer.backwards, strict=True) if back}
    for sequence, job, last in jobs(plan, engine, vectors):
        time = (sequence, stored, job) if plan.hardware.streams == 1 else (sent[sequence, job],)
        for number, item in enumerate(engine.passes):
            if not (item.recurrent or last or engine.every_step):
                continue
            step = vectors.lengths[sequence] - 1 - job if item.name in mirrored else job
            arrays = {name: array[sequence, step] for name, array in signals[item.name].items()}
            made = list(events(engine, item, arrays))
            for place in range(item.rounds):
                for pipeline in range(shape.pipelines):
                    unit = place * shape.pipelines + pipeline
                    for kind, order, signal, values in made:
                        value = int(values[unit]) if unit < item.units else None
                        key = (*time, rank, number, unit, order, turn[kind])
                        entry = (key, value, (sequence, int(step), item.name, unit, signal))
                        logs.setdefault(_name(engine, pipeline, kind), []).append(entry)
    return logs
