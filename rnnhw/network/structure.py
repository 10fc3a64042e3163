"""Finding out what a module does with its layers, by comparing its answer with every possibility.

A possibility ("candidate") says which axis of the input counts the sequences, in which order the LSTMs
and the linear layers run, whether a sequence is answered at its last step or at every step, and behind
which linear layers a relu stands. Some candidates stand for structures that rnnhw does not build (the
first step, the mean over the steps, a relu behind the LSTM): they are there so that an example which
cannot tell them apart is refused.
"""

from dataclasses import dataclass, replace
from itertools import islice, product

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.options import MANY_TO_MANY, MANY_TO_ONE
from rnnhw.network.order import chains
from rnnhw.network.reference import activate, dense_sums, run_cell

#: Upper limit on the candidates for one module.
MOST_CANDIDATES = 4096

# what may leave the LSTMs, from their outputs (sequences, steps, units); those with a mode are built
_READINGS = {
    "the last step": (MANY_TO_ONE, lambda h: h[:, -1]),
    "every step": (MANY_TO_MANY, lambda h: h),
    "the first step": (None, lambda h: h[:, 0]),
    "the mean over the steps": (None, lambda h: h.mean(axis=1)),
    "a relu of the last step": (None, lambda h: np.maximum(h[:, -1], 0.0)),
    "a relu of every step": (None, lambda h: np.maximum(h, 0.0)),
}


@dataclass(frozen=True)
class Candidate:
    """One way in which the module may be put together.

    Attributes
    ----------
    batch_first : bool
        Whether the first axis of the input counts the sequences (else the second).
    layers : tuple of LSTM and Dense
        In order, with their activations.
    reading : str
        What leaves the LSTMs.
    """

    batch_first: bool
    layers: tuple
    reading: str

    @property
    def mode(self):
        """Mode of the network, None for a structure that is not supported."""
        return _READINGS[self.reading][0]

    def describe(self):
        """The candidate in words, for messages."""
        heads = [layer.activation for layer in self.layers if layer.kind == "dense"]
        layout = "sequences first" if self.batch_first else "steps first"
        return f"{self.reading}, {layout}" + (f", linear layers {'/'.join(heads)}" if heads else "")


def _answers(groups, denses, x, batch_first):
    """Every candidate of one layout with its answer; LSTMs run once an order, heads once a choice."""
    x = x if batch_first else x.swapaxes(0, 1)
    sizes = {k: (group[0].input_size, group[-1].output_size) for k, group in enumerate(groups)}
    head_sizes = {k: (dense.input_size, dense.output_size) for k, dense in enumerate(denses)}
    for order in chains(sizes, x.shape[2]):
        if next(chains(head_sizes, sizes[order[-1]][1]), None) is None:
            continue
        h, lstms = x, [layer for k in order for layer in groups[k]]
        for layer in lstms:
            h = run_lstm(layer, h)
        for reading, (_, read) in _READINGS.items():
            for heads in chains(head_sizes, h.shape[2]):
                for choice in product(("linear", "relu"), repeat=len(heads)):
                    chosen = [replace(denses[k], activation=a) for k, a in zip(heads, choice, strict=True)]
                    y = read(h)
                    for layer in chosen:
                        y = activate(layer, dense_sums(layer, y))
                    if y.ndim == 3 and not batch_first:
                        y = y.swapaxes(0, 1)
                    yield Candidate(batch_first, (*lstms, *chosen), reading), y


def _difference(mine, theirs):
    """Largest difference; infinite if the shapes differ by more than a left-out last axis of one output."""
    if mine.shape[-1] == 1 and theirs.shape == mine.shape[:-1]:
        mine = mine[..., 0]
    return float(np.abs(mine - theirs).max()) if mine.shape == theirs.shape else np.inf


def find_structure(groups, denses, x, y, tolerance):
    """The one candidate whose answer is the module's.

    Parameters
    ----------
    groups : list of list of LSTM
        Layers of each LSTM module.
    denses : list of Dense
    x : numpy.ndarray, 3 axes
        The example as the module takes it: sequences first or steps first.
    y : numpy.ndarray
        The module's answer.
    tolerance : float
        Largest difference that counts as equal, relative to the largest magnitude in `y`.

    Returns
    -------
    Candidate

    Raises
    ------
    RnnhwError
        No candidate agrees, more than one does, only one that is not supported, or the example has one step.
    """
    limit = tolerance * float(np.abs(y).max())
    tried, matching, closest = 0, [], (np.inf, None)
    for candidate, answer in islice(_all_answers(groups, denses, x), MOST_CANDIDATES + 1):
        tried += 1
        difference = _difference(answer, y)
        if difference <= limit:
            matching.append(candidate)
        if difference < closest[0]:
            closest = difference, candidate
    if not tried:
        raise RnnhwError(
            f"the LSTM and linear layers do not chain from the example's {x.shape[2]} inputs (last axis) on"
        )
    if tried > MOST_CANDIDATES:
        raise RnnhwError(f"there are more than {MOST_CANDIDATES} ways to put the module together, too many to try")
    if not matching:
        raise _nothing_agrees(tried, closest, y)
    return _the_one(matching, x)


def _all_answers(groups, denses, x):
    for batch_first in (True, False):
        yield from _answers(groups, denses, x, batch_first)


def _nothing_agrees(tried, closest, y):
    difference, candidate = closest
    if candidate is None:
        near = f"none has an output of shape {y.shape}"
    else:
        near = f"the closest ({candidate.describe()}) differs by {difference:.3g}"
    return RnnhwError(
        f"the module does not compute an LSTM whose last step or every step goes through its linear layers: "
        f"of {tried} structures tried {near}"
    )


def _the_one(matching, x):
    """The only candidate in the list, if it is one that can be built and was really told apart."""
    for candidate in matching:
        steps = x.shape[1 if candidate.batch_first else 0]
        if steps < 2:
            raise RnnhwError(
                f"the example must have at least 2 steps, not 1 (shape {x.shape}, "
                f"{'sequences' if candidate.batch_first else 'steps'} first)"
            )
    if len(matching) > 1:
        raise RnnhwError(
            f"{len(matching)} structures agree on the example ({matching[0].describe()}; "
            f"{matching[1].describe()}): give one on which they differ, such as more random sequences"
        )
    (candidate,) = matching
    if candidate.mode is None:
        raise RnnhwError(
            f"the module uses {candidate.reading} of its LSTM, which is not supported; "
            "only the last step or every step is"
        )
    return candidate
