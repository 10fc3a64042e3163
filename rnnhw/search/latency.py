"""The latency of an inference: exact, and at least."""

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer
from rnnhw.plan import BufferPlan, Geometry, Plan, StepMark
from rnnhw.plan.chain import chain
from rnnhw.plan.choose import shapes_of

LONGEST = 1 << 20  # steps of a sequence


def check_length(qnet, hardware, length) -> None:
    """Refuse a number of steps that no sequence of the network can have.

    Raises
    ------
    RnnhwError
    """
    if length is None:
        return
    usual = {"one-to-one": 1, "one-to-many": qnet.steps}.get(qnet.mode)
    if usual is not None and integer("length", length) != usual:
        raise RnnhwError(f"length must be {usual} for this {qnet.mode} network, not {length}")
    buffered = any(isinstance(stage, BufferPlan) for stage in chain(qnet, hardware))
    integer("length", length, 1, hardware.max_steps if buffered else LONGEST)


def inference_cycles(plan: Plan, length: int | None) -> int:
    """Cycles of an inference in an idle core.

    Parameters
    ----------
    plan : Plan
    length : int, optional
        Steps of a sequence that comes without a pause: from its first element to the last one of its last answer.
        Without it from the last input element to the answer (`Plan.latency_cycles`).
    """
    if length is None:
        return plan.latency_cycles
    steps = 1 if plan.network.mode.startswith("one-to") else length
    run = plan.run([StepMark(t == 0, t == steps - 1) for t in range(steps)])
    return run.answers[-1] - run.accepted[0][0]


def least_inference(network, stages, arrangement: tuple[Geometry, ...], hardware, length: int | None) -> int:
    """What `inference_cycles` is at least: the column words of the slowest engine's row groups.

    Parameters
    ----------
    network : QuantizedNetwork
    stages : list
        Of `rnnhw.plan.chain.chain`.
    arrangement : tuple of Geometry
    hardware : Hardware
    length : int, optional
    """
    steps = 1 if network.mode.startswith("one-to") else length
    least, geometries, jobs = 0, iter(arrangement), steps or 1
    for stage in stages:
        if isinstance(stage, BufferPlan):  # it plays nothing before the sequence's last step has come
            jobs = steps or hardware.max_steps
            continue
        geometry, every, last = next(geometries), 0, 0
        for shape in shapes_of(stage.layers, stage.parts, stage.every_step):
            groups = -(-geometry.rounds(shape.units) * shape.gates // geometry.lanes)
            cycles = groups * sum(map(geometry.words, shape.lengths))
            last += cycles
            every += cycles * shape.steady
        waited = sum(map(geometry.words, stage.parts))  # of the first group, while the input came
        least = max(least, (jobs - 1) * every + last - waited)
    return least
