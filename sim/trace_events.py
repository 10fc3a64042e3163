"""Which signals a pass makes, in the order in which a pipeline makes those of a unit, and which jobs an engine has."""

from rnnhw.emit.vectors import Vectors
from rnnhw.fixedpoint import fold_rounding
from rnnhw.plan import BufferPlan, EnginePlan, Plan

#: Signal inside a pipeline for each kind of event; its strobe is called at_<kind>.
KINDS = {
    "sum": ("chain", "sum"),
    "input_sum": ("chain", "input_sum"),
    "z": ("preactivation", "z"),
    "p": ("preactivation", "p"),
    "value": ("activation", "value"),
    "c": ("c_new",),
    "second_z": ("preactivation", "z"),
    "second_value": ("activation", "value"),
    "direct": ("direct",),
    "hidden": ("hidden",),
}


def events(engine: EnginePlan, item, arrays):
    """The events of a unit: kind, row, signal and values of all units (None without `arrays`)."""
    for row, gate in enumerate(item.gates):
        single = len(item.gates) == 1 and item.kind != "candidate"
        suffix = "" if single else f"_{gate}"
        state_part = item.kind == "gru" and gate == "n"
        name = "a_nh" if state_part else f"a{suffix}"
        yield "sum", row, name, _value(arrays, name, _constant(engine, item, row))
        if state_part:
            yield "input_sum", row, "a_nx", _value(arrays, "a_nx")
            yield "p", row, "p", _value(arrays, "p")
        elif item.kind not in ("relu", "dense"):
            yield "z", row, f"z{suffix}", _value(arrays, f"z{suffix}")
            yield "value", row, (signal := "h" if item.kind == "rnn" else gate), _value(arrays, signal)
    row = len(item.gates)
    if item.kind == "lstm":
        yield "c", row, "c", _value(arrays, "c")
    second = {"lstm": ("zc", "tc"), "gru": ("z_n", "n")}.get(item.kind)
    if second:
        yield "second_z", row, second[0], _value(arrays, second[0])
        yield "second_value", row, second[1], _value(arrays, second[1])
    if item.kind == "dense":
        yield "direct", row, "y", _value(arrays, "y")
    else:
        result = "s" if item.kind == "reset" else "h"
        yield "hidden", row, result, _value(arrays, result)


def _value(arrays, name: str, constant: int = 0):
    return None if arrays is None else arrays[name] + constant


def _constant(engine: EnginePlan, item, row: int) -> int:
    """The rounding constant that the hardware's bias carries and golden's sum does not."""
    role = {"relu": "h", "dense": "y"}.get(item.kind, "z")
    if item.kind == "gru" and item.gates[row] == "n":
        role = "c"
    return fold_rounding(item.shifts[row], engine.network.config.rounding[role])[0]


def jobs(plan: Plan, engine: EnginePlan, vectors: Vectors):
    """(sequence, number, last) of each job of an engine, in order."""
    network, order = plan.network, vectors.order
    before = plan.stages[: plan.stages.index(engine)]
    if network.mode == "one-to-many":
        order = [(sequence, step) for sequence, _ in order for step in range(network.steps)]
        lengths = dict.fromkeys(range(len(vectors.lengths)), network.steps)
    else:
        lengths = dict(enumerate(vectors.lengths.tolist()))
    complete = vectors.complete.tolist()
    if any(isinstance(stage, BufferPlan) for stage in before):  # whole sequences only
        order = [(sequence, step) for sequence, step in order if complete[sequence]]
        if any(isinstance(stage, BufferPlan) and stage.last_only for stage in before):
            order = [(sequence, step) for sequence, step in order if step == lengths[sequence] - 1]
    answered = [stage for stage in before if isinstance(stage, EnginePlan) and not stage.every_step]
    for sequence, step in order:
        last = step == lengths[sequence] - 1 and complete[sequence]
        if last or not answered:
            yield sequence, step, last
