"""The norm to clip gradients at, from the norms that batches have, and what a first step of training changes."""

from dataclasses import dataclass

import numpy as np

from rnnhw.analysis.bptt.backward import Gradients, Pass
from rnnhw.analysis.bptt.truncation import norm_of
from rnnhw.analysis.workload import Workload

#: Thresholds that Pascanu, Mikolov and Bengio (2013, section 3.2) found to work, in average norms; we take 1.
FACTORS = (0.5, 1.0, 10.0)
#: What is recommended, by what it is the mean of.
RULES = {
    "full": "the mean norm",
    "step": "the mean norm of gradients truncated at 1 step, before they explode",
}
#: A relative change of weights per step that is usual: Karpathy, CS231n notes ("ratio of weights:updates").
USUAL_CHANGE = 1e-3
#: Sequences whose gradients are taken, at most, and batches.
MOST_SEQUENCES, MOST_BATCHES = 256, 16
#: |update| of the first step as a multiple of learning rate and gradient, or of learning rate alone, where an optimiser
#: divides the gradient by what it has seen of its size: by |g|, and RMSprop (alpha = 0.99) by sqrt(1 - alpha) |g|.
FOLLOWS_GRADIENT = ("sgd", "momentum")
FIRST_STEP = {"adagrad": 1.0, "adam": 1.0, "adamw": 1.0, "rmsprop": 10.0}


@dataclass(frozen=True)
class Clipping:
    """Norms of the gradients of batches at these weights, and what follows from them.

    Parameters
    ----------
    norms : tuple of float
        Of each batch's gradient over all weights.
    healthy : tuple of float
        The same, or where gradients explode those that are truncated at 1 step: none of them has come far enough.
    rule : str
        Which of both, a key of `RULES`.
    batch : int
        Sequences of each.
    given : float or None
        The norm that was asked for.
    """

    norms: tuple[float, ...]
    healthy: tuple[float, ...]
    rule: str
    batch: int
    given: float | None

    @property
    def mean(self) -> float:
        """Of the norms."""
        return float(np.mean(self.norms))

    @property
    def recommended(self) -> float:
        """The mean of the healthy norms."""
        return FACTORS[1] * float(np.mean(self.healthy))

    @property
    def range(self) -> tuple[float, float]:
        """Half to ten times what is recommended."""
        return FACTORS[0] * self.recommended, FACTORS[2] * self.recommended

    @property
    def used(self) -> float:
        """What was asked for, or else is recommended."""
        return self.recommended if self.given is None else self.given

    @property
    def clipped(self) -> float:
        """Share of the batches whose norm is larger than what is used."""
        return float(np.mean(np.array(self.norms) > self.used))

    def data(self) -> dict:
        """As plain data."""
        return {
            "batches": len(self.norms),
            "batch": self.batch,
            "mean_norm": self.mean,
            "largest_norm": max(self.norms),
            "smallest_norm": min(self.norms),
            "recommended": self.recommended,
            "rule": RULES[self.rule],
            "range": list(self.range),
            "used": self.used,
            "share_clipped": self.clipped,
        }


@dataclass(frozen=True)
class Step:
    """What the first step of training changes.

    Parameters
    ----------
    learning_rate : float
    optimiser : str
    changes : dict of str to float
        Norm of the update / norm of the weights, of each weight matrix.
    """

    learning_rate: float
    optimiser: str
    changes: dict[str, float]

    @property
    def largest(self) -> tuple[str, float]:
        """The weight matrix that changes most, and by how much."""
        return max(self.changes.items(), key=lambda item: item[1])

    @property
    def follows_gradient(self) -> bool:
        """Whether the optimiser's first step is in proportion to the gradient."""
        return self.optimiser in FOLLOWS_GRADIENT

    @property
    def usual_rate(self) -> float | None:
        """The learning rate at which the largest change would be the usual one.

        None if nothing changes, and for optimisers whose first step is larger than those that follow.
        """
        change = self.largest[1]
        return self.learning_rate * USUAL_CHANGE / change if change and self.follows_gradient else None

    def data(self) -> dict:
        """As plain data."""
        name, change = self.largest
        return {
            "learning_rate": self.learning_rate,
            "optimiser": self.optimiser,
            "relative_change": self.changes,
            "largest": {"weights": name, "relative_change": change},
            "usual_relative_change": USUAL_CHANGE,
            "learning_rate_for_usual": self.usual_rate,
        }


def measure_norms(net, x, lengths, y, batch: int, given: float | None, explode: bool) -> tuple[Clipping, Gradients]:
    """The norms of the gradients of batches, and the first batch's gradients.

    Parameters
    ----------
    net : Network
    x, lengths, y : numpy.ndarray
    batch : int
        Sequences of a batch; fewer where there are fewer, or more than `MOST_SEQUENCES`.
    given : float or None
        The norm that was asked for.
    explode : bool
        Whether gradients explode, see `Clipping`.
    """
    batch = min(batch, len(x), MOST_SEQUENCES)
    count = min(len(x) // batch, MOST_BATCHES, MOST_SEQUENCES // batch)
    norms, healthy, first = [], [], None
    for at in range(count):
        part = slice(at * batch, (at + 1) * batch)
        done = Pass(net, x[part], lengths[part], y[part])
        gradients = done.gradients()
        first = gradients if first is None else first
        norms.append(norm_of(gradients))
        healthy.append(norm_of(done.gradients(1)) if explode else norms[-1])
    return Clipping(tuple(norms), tuple(healthy), "step" if explode else "full", batch, given), first


def first_step(net, gradients: Gradients, clipping: Clipping, learning_rate: float, workload: Workload) -> Step:
    """What the first step on a batch changes, after clipping: one scale for all gradients (Pascanu et al. 2013)."""
    norm = norm_of(gradients)
    scale = min(1.0, clipping.used / norm) if norm else 1.0
    changes = {}
    for part in (*net.cells, *net.denses):
        for key in part.tensors:
            name, size = f"{part.name}.{key}", norm_of({key: getattr(part, key)})
            if "weight" in key and size:
                changes[name] = learning_rate * _update(gradients[name], scale, workload.optimiser) / size
    return Step(learning_rate, workload.optimiser, changes)


def _update(gradient: np.ndarray, scale: float, optimiser: str) -> float:
    """Norm of the first update at a learning rate of 1."""
    if optimiser in FOLLOWS_GRADIENT:
        return scale * norm_of({"one": gradient})
    return FIRST_STEP[optimiser] * float(np.count_nonzero(gradient)) ** 0.5
