"""Where a wrong bit was born: the golden trace held against the signals inside the hardware."""

from dataclasses import dataclass

import numpy as np

from rnnhw.emit.vectors import Vectors
from rnnhw.plan import Plan
from rnnhw.plan.passes import ROW_GATES
from rnnhw.quantize import GATES

from .stimulus import Probe

_BACK = ("engine", "back")
#: Signal inside the core for each kind of trace event, and the strobe that says when it stands there.
PROBES = (
    Probe("a", (*_BACK, "drain", "sum"), (*_BACK, "at_sum"), signed=True),
    Probe("z", (*_BACK, "preactivation", "z"), (*_BACK, "at_z"), signed=True),
    Probe("gate", (*_BACK, "activation", "value"), (*_BACK, "at_gate"), signed=True),
    Probe("c", (*_BACK, "cell_update", "c_new"), (*_BACK, "c_write"), signed=True),
    Probe("zc", (*_BACK, "cell_update", "z"), (*_BACK, "at_zc"), signed=True),
    Probe("tc", (*_BACK, "activation", "value"), (*_BACK, "at_tc"), signed=True),
    Probe("h", (*_BACK, "cell_update", "h"), (*_BACK, "hidden"), signed=True),
    Probe("y", (*_BACK, "preactivation", "dense"), (*_BACK, "at_y"), signed=True),
)
_ORDER = {name: rank for rank, name in enumerate(("a", "z", "gate", "c", "zc", "tc", "h", "y"))}


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


def first_difference(plan: Plan, vectors: Vectors, probes: dict[str, list[int]]) -> Difference | None:
    """Find the first event of the trace in which hardware and golden differ.

    Parameters
    ----------
    plan : Plan
    vectors : Vectors
        What was run.
    probes : dict
        The logs of `PROBES`.

    Returns
    -------
    Difference or None
        None if every traced signal is as golden says.
    """
    _, trace = plan.network.run_raw(vectors.x_raw, vectors.lengths, trace=True)
    expected = _expected(plan, vectors.lengths.tolist(), trace.signals)
    places = {probe.name: ".".join(probe.path) for probe in PROBES}
    worst = None
    for kind, events in expected.items():
        found = probes[kind]
        values = np.array([event[1] for event in events])
        common = min(len(found), len(values))
        differing = np.flatnonzero(values[:common] != np.array(found[:common], dtype=np.int64))
        if not len(differing) and len(found) >= len(values):
            continue
        at = int(differing[0]) if len(differing) else common
        key, value, label = events[at]
        if worst is None or (*key, _ORDER[kind]) < worst[0]:
            got = found[at] if at < len(found) else None
            worst = (*key, _ORDER[kind]), Difference(*label, value, got, places[kind])
    return None if worst is None else worst[1]


def _expected(plan: Plan, lengths: list[int], signals: dict) -> dict[str, list]:
    """All trace events in the hardware's order: ``(sort key, value, label)`` by kind."""
    events = {name: [] for name in _ORDER}
    for sequence, length in enumerate(lengths):
        for step in range(length):
            for number, item in enumerate(plan.passes):
                if not item.recurrent and not (plan.every_step or step == length - 1):
                    continue
                arrays = {name: array[sequence, step] for name, array in signals[item.layer.name].items()}
                _pass_events(events, item, number, sequence, step, arrays)
    return events


def _pass_events(events, item, number: int, sequence: int, step: int, arrays) -> None:
    where = (sequence, step, item.layer.name)
    folded = _folded_constants(item)
    per_unit = len(ROW_GATES) if item.recurrent else 1

    def note(kind, row, signal, value):
        unit = row // per_unit
        events[kind].append(((sequence, step, number, row), int(value), (*where, unit, signal)))

    for row in range(item.rows):
        unit, suffix = row // per_unit, ""
        if item.recurrent:
            gate = ROW_GATES[row % per_unit]
            suffix = f"_{gate}"
            note("z", row, f"z_{gate}", arrays[f"z_{gate}"][unit])
            note("gate", row, gate, arrays[gate][unit])
        else:
            note("y", row, "y", arrays["y"][unit])
        note("a", row, f"a{suffix}", arrays[f"a{suffix}"][unit] + folded[row])
        if item.recurrent and row % per_unit == per_unit - 1:
            for kind in ("c", "zc", "tc", "h"):
                note(kind, row, kind, arrays[kind][unit])


def _folded_constants(item) -> np.ndarray:
    """The rounding constants that the hardware's bias carries and golden's sum does not."""
    bias = item.layer.bias_raw
    if item.recurrent:
        order = [GATES.index(gate) for gate in ROW_GATES]
        bias = bias.reshape(4, -1)[order].T.reshape(-1)
    return item.bias_raw - bias
