"""What a truncation of backpropagation loses of the gradient, measured, and the one that is recommended."""

from dataclasses import asdict, dataclass

import numpy as np

from rnnhw.analysis.bptt.backward import Gradients, Pass
from rnnhw.analysis.bptt.growth import lag_marks

#: The error of the gradient that a recommended truncation may have: |g_K - g| / |g|.
TOLERANCE = 0.1
#: Why a truncation is recommended.
RULES = {
    "measured": f"the fewest steps from which on |g_K - g| / |g| is at most {TOLERANCE:g}",
    "lag": "the lag at which the gain of every cell is down to 1 %, since the errors are those of random targets",
}


@dataclass(frozen=True)
class Cut:
    """A truncation at `steps` steps, K, and its gradient g_K beside the full one, g, over all weights.

    Parameters
    ----------
    steps : int
    error : float
        |g_K - g| / |g|.
    norm : float
        |g_K| / |g|.
    cosine : float
        Of the angle between both; 0 if one of them is zero.
    """

    steps: int
    error: float
    norm: float
    cosine: float

    def data(self) -> dict:
        """As plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Truncation:
    """Truncations that were measured.

    Parameters
    ----------
    cuts : tuple of Cut
        By rising steps, the last one without any truncation.
    recommended : Cut
        See `measure_truncations`.
    rule : str
        Why it is recommended, a key of `RULES`.
    given : Cut or None
        That of the number of steps that was asked for.
    sequences : int
        Whose loss the gradients are of.
    """

    cuts: tuple[Cut, ...]
    recommended: Cut
    rule: str
    given: Cut | None
    sequences: int

    def data(self) -> dict:
        """As plain data."""
        return {
            "tolerance": TOLERANCE,
            "sequences": self.sequences,
            "measured": [cut.data() for cut in self.cuts],
            "recommended": self.recommended.steps,
            "rule": RULES[self.rule],
            "given": None if self.given is None else self.given.data(),
        }


def measure_truncations(done: Pass, steps: int | None, lag: int | None) -> Truncation:
    """Measure truncations at 1, 2, 3, 4, 6, 8, 12, 16 and so on steps, at `steps` and at `lag`, and recommend one.

    Parameters
    ----------
    done : Pass
    steps : int, optional
        What was asked for, 1 .. the steps of the longest sequence.
    lag : int, optional
        What is recommended, no more than the steps of the longest sequence; without it the fewest steps from which on
        the error stays within `TOLERANCE`.
    """
    longest = int(done.lengths.max())
    full = flat(done.gradients())
    marks = sorted({*lag_marks(longest), *(mark for mark in (steps, lag) if mark is not None)})
    cuts = tuple(_cut(mark, flat(done.gradients(mark)) if mark < longest else full, full) for mark in marks)
    at = len(cuts) - 1
    while at and cuts[at - 1].error <= TOLERANCE:
        at -= 1
    named = {cut.steps: cut for cut in cuts}
    best, rule = (cuts[at], "measured") if lag is None else (named[lag], "lag")
    return Truncation(cuts, best, rule, named.get(steps), len(done.lengths))


def flat(gradients: Gradients) -> np.ndarray:
    """All gradients as one vector."""
    return np.concatenate([gradient.ravel() for gradient in gradients.values()])


def _cut(steps: int, found: np.ndarray, full: np.ndarray) -> Cut:
    unit = abs(full).max()
    if unit == 0.0:
        return Cut(steps, 0.0, 1.0, 0.0)
    found, full = found / unit, full / unit
    norm, whole = np.linalg.norm(found), np.linalg.norm(full)
    cosine = found @ full / (norm * whole) if norm else 0.0
    return Cut(steps, *(float(value) for value in (np.linalg.norm(found - full) / whole, norm / whole, cosine)))


def norm_of(gradients: Gradients) -> float:
    """The norm of all gradients together, of any size that floats have."""
    whole = flat(gradients)
    unit = abs(whole).max()
    return float(unit * np.linalg.norm(whole / unit)) if unit else 0.0
