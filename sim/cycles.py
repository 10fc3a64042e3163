"""The cycles of a run held against the plan, and the cycles a step that were measured."""

import numpy as np

from rnnhw.emit.core import Core
from rnnhw.emit.vectors import ONE_STEP, Vectors
from rnnhw.plan import Run

from .outcome import SimulationError
from .stimulus import Transcript

SETTLED = 5  # steps till a sequence's start no longer shows: two wait in the banks


class CycleMismatch(SimulationError):
    """The results are right but do not come when the plan says."""


def check_cycles(core: Core, vectors: Vectors, plan: Run, transcript: Transcript, simulator: str) -> None:
    """Compare the cycle of every beat of every stream with the plan.

    Raises
    ------
    CycleMismatch
    """
    inputs, elements = core.plan.network.input_size, transcript.inputs["i"]
    compared = [
        ("first element of input step", elements[::inputs], [step[0] for step in plan.accepted]),
        ("last element of input step", elements[inputs - 1 :: inputs], [step[1] for step in plan.accepted]),
        ("output element", transcript.outputs["o"].cycles, plan.outputs),
    ]
    if "state" in vectors.beats:
        compared.append(("element of the initial state", transcript.inputs["state"], plan.state_accepted))
    if "final" in vectors.expected:
        compared.append(("element of the final state", transcript.outputs["final"].cycles, plan.final_outputs))
    for what, found, wanted in compared:
        if len(found) != len(wanted):
            raise CycleMismatch(f"{core.name} in {simulator}: {len(found)} times {what}, the plan says {len(wanted)}")
        for index, (have, want) in enumerate(zip(found, wanted, strict=True)):
            if have != want:
                raise CycleMismatch(f"{core.name} in {simulator}: {what} {index} in cycle {have}, the plan says {want}")


def cycles_per_step(core: Core, vectors: Vectors, transcript: Transcript) -> int | float | None:
    """Mean cycles between the first elements of neighbouring steps, where no start or end of a sequence shows.

    None where there are no such steps, and where whole sequences are stored: what comes in then goes at its own pace.
    """
    if core.plan.buffered:
        return None
    starts = np.array(transcript.inputs["i"][:: core.plan.network.input_size])
    first, last = (np.array([mark[index] for mark in vectors.steps]) for index in (0, 1))
    if core.plan.network.mode in ONE_STEP:  # all steps are alike
        first, last = first & False, last & False
    measured = [
        starts[step] - starts[step - 1]
        for step in range(SETTLED + 1, len(starts))
        if not first[step - SETTLED : step + 1].any() and not last[step - SETTLED : step].any()
    ]
    if not measured:
        return None
    mean = float(np.mean(measured))
    return int(mean) if mean.is_integer() else mean
