"""The latency of an inference: exact, and at least."""

from rnnhw.estimate.figures_speed import latency
from rnnhw.plan import BufferPlan, Geometry, Plan
from rnnhw.plan.choose import shapes_of


def inference_cycles(plan: Plan, length: int | None) -> float:
    """Cycles of an inference in an idle core.

    Parameters
    ----------
    plan : Plan
    length : int, optional
        Steps of a sequence that comes without a pause: from its first element to the last one of its last answer.
        Without it from the last input element to the answer (`Plan.latency_cycles`).
    """
    return plan.latency_cycles if length is None else latency(plan, length)


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
