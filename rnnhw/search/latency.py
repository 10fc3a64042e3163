"""The latency of an inference: exact, and at least."""

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer
from rnnhw.plan import BufferPlan, Geometry, Plan, StepMark
from rnnhw.plan.choose import shapes_of


def check_steps(qnet, hardware, buffered: bool, steps) -> None:
    """Refuse a number of steps that no sequence of the network can have.

    Raises
    ------
    RnnhwError
    """
    if steps is None:
        return
    integer("steps", steps, 1)
    if qnet.mode.startswith("one-to") and steps > 1:
        raise RnnhwError(f"steps must be 1 for a {qnet.mode} network, not {steps}")
    if buffered and steps > hardware.max_steps:
        raise RnnhwError(f"steps must be in 1..{hardware.max_steps} (max_steps), not {steps}")


def inference_cycles(plan: Plan, steps: int | None) -> int:
    """Cycles of an inference in an idle core.

    Parameters
    ----------
    plan : Plan
    steps : int, optional
        Of a sequence that comes without a pause: from its first element to the last one of its last answer. Without it
        from the last input element to the answer (`Plan.latency_cycles`).
    """
    if steps is None:
        return plan.latency_cycles
    run = plan.run([StepMark(t == 0, t == steps - 1) for t in range(steps)])
    return run.answers[-1] - run.accepted[0][0]


def least_inference(stages, arrangement: tuple[Geometry, ...], hardware, steps: int | None) -> int:
    """What `inference_cycles` is at least: the column words of the slowest engine's row groups.

    Parameters
    ----------
    stages : list
        Of `rnnhw.plan.chain.chain`.
    arrangement : tuple of Geometry
    hardware : Hardware
    steps : int, optional
    """
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
