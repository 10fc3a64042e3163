"""Data for networks that come without any: drawn with a seed."""

import numpy as np

from rnnhw.analysis.bptt.checks import checked_batch, checked_targets
from rnnhw.analysis.workload import Workload
from rnnhw.errors import RnnhwError
from rnnhw.network import MANY_TO_ONE

#: Batches that are drawn, sequences that they have together at most, and sequences of a batch where nobody says.
BATCHES, SEQUENCES, BATCH = 4, 256, 32
#: Numbers that one pass may hold, 512 MB of them.
NUMBERS = 1 << 26


def affordable(net, steps: int) -> int:
    """How many sequences one pass can take.

    Raises
    ------
    RnnhwError
        Not one.
    """
    of_step = sum(4 * cell.input_size + 8 * len(cell.bias) for cell in net.cells)
    count = NUMBERS // (steps * of_step)
    if not count:
        raise RnnhwError(f"steps must be at most {NUMBERS // of_step:,} for a network of this size, not {steps:,}")
    return count


def settled(net, x, lengths, y, workload: Workload | None, seed: int):
    """What is analysed: inputs, lengths, targets and workload, drawn where they are missing.

    Parameters
    ----------
    net : Network
    x, lengths, y : array_like or None
    workload : Workload or None
    seed : int

    Returns
    -------
    x, lengths, y : numpy.ndarray
    workload : Workload
    source : str
        Where inputs and targets are from.

    Raises
    ------
    RnnhwError
        A batch or targets that do not suit, or another number of steps than the workload's.
    """
    if x is None:
        if lengths is not None or y is not None:
            raise RnnhwError("lengths and y must not be given without x")
        workload = Workload(batch=BATCH) if workload is None else workload
        batch = min(workload.batch, affordable(net, workload.steps))
        x = seeded_inputs(net, min(BATCHES * batch, SEQUENCES), workload.steps, seed)
        source = "standard normal inputs"
    else:
        source = "given inputs"
    x, lengths = checked_batch(net, x, lengths)
    sequences, steps, _ = x.shape
    if workload is None:
        workload = Workload(steps=steps, batch=min(BATCH, sequences), samples=sequences)
    if workload.steps != steps:
        raise RnnhwError(f"steps must be the data's {steps}, not {workload.steps}")
    if y is None:
        drawn = seeded_targets(net, sequences, steps, seed)
        return x, lengths, drawn, workload, f"{source}, random targets, seed {seed}"
    return x, lengths, checked_targets(net, y, lengths, steps), workload, f"{source} and targets"


def seeded_inputs(net, sequences: int, steps: int, seed: int) -> np.ndarray:
    """Inputs of a standard normal distribution, (sequences, steps, inputs)."""
    return np.random.default_rng((seed, 1)).standard_normal((sequences, steps, net.input_size))


def seeded_targets(net, sequences: int, steps: int, seed: int) -> np.ndarray:
    """Targets of a standard normal distribution, or for an argmax or softmax equally likely classes."""
    rng = np.random.default_rng((seed, 2))
    answers = (sequences,) if net.mode == MANY_TO_ONE else (sequences, steps)
    if net.head != "none":
        return rng.integers(0, net.result_size, answers)
    return rng.standard_normal((*answers, net.result_size))
