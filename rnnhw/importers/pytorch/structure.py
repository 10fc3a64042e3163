"""Finding out what a module does with its layers, by comparing its answer with every possibility.

A possibility ("candidate") says which axis of the input counts the sequences, in which order the recurrent
and the linear layers run, whether a sequence is answered at its last step or at every step, what of a
bidirectional layer is read, behind which linear layers a relu stands, and whether a softmax stands at the
end. Some candidates stand for structures that rnnhw does not build (the first step, the mean over the steps,
a relu behind the recurrent layers): they are there so that an example which cannot tell them apart is
refused.
"""

from dataclasses import dataclass, replace
from itertools import islice, product

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.pytorch.order import chains
from rnnhw.network.layers import Bidirectional
from rnnhw.network.naming import number_layers
from rnnhw.network.network import Network
from rnnhw.network.options import MANY_TO_MANY, MANY_TO_ONE
from rnnhw.network.reference import activate, apply_head, dense_sums

#: Upper limit on the candidates for one module.
MOST_CANDIDATES = 4096

# what may leave the recurrent layers, from their outputs (sequences, steps, units); those with a mode are built
_READINGS = {
    "the last step": (MANY_TO_ONE, lambda h: h[:, -1]),
    "every step": (MANY_TO_MANY, lambda h: h),
    "the first step": (None, lambda h: h[:, 0]),
    "the mean over the steps": (None, lambda h: h.mean(axis=1)),
    "a relu of the last step": (None, lambda h: np.maximum(h[:, -1], 0.0)),
    "a relu of every step": (None, lambda h: np.maximum(h, 0.0)),
}
# the same for the final states of both directions (sequences, units) of a bidirectional layer
_FINAL_READINGS = {
    "the final states": (MANY_TO_ONE, lambda forward, backward: np.concatenate([forward, backward], axis=1)),
    "the final states, backward first": (None, lambda forward, backward: np.concatenate([backward, forward], axis=1)),
    "a relu of the final states": (
        None,
        lambda forward, backward: np.maximum(np.concatenate([forward, backward], axis=1), 0.0),
    ),
}
# those that are nothing new behind cells that end with a relu themselves
_RELUS = ("a relu of the last step", "a relu of every step", "a relu of the final states")


@dataclass(frozen=True)
class Candidate:
    """One way in which the module may be put together.

    Attributes
    ----------
    batch_first : bool
        Whether the first axis of the input counts the sequences (else the second).
    layers : tuple of layers
        In order, with their activations.
    taken : str
        What leaves the recurrent layers.
    head : {"none", "softmax"}
    """

    batch_first: bool
    layers: tuple
    taken: str
    head: str = "none"

    @property
    def mode(self):
        """Mode of the network, None for a structure that is not supported."""
        return (_READINGS | _FINAL_READINGS)[self.taken][0]

    @property
    def reading(self):
        """Reading of the network."""
        last = [layer for layer in self.layers if layer.kind != "dense"][-1]
        late = isinstance(last, Bidirectional) and self.mode == MANY_TO_ONE and self.taken in _READINGS
        return "last-step" if late else "final"

    def describe(self):
        """The candidate in words, for messages."""
        heads = [layer.activation for layer in self.layers if layer.kind == "dense"]
        layout = "sequences first" if self.batch_first else "steps first"
        linear = f", linear layers {'/'.join(heads)}" if heads else ""
        return f"{self.taken}, {layout}{linear}" + ("" if self.head == "none" else f", {self.head}")


def _readings(last, h):
    """What may be taken of the outputs `h` of the last recurrent layer: name and array."""
    found = {name: read(h) for name, (_, read) in _READINGS.items()}
    if isinstance(last, Bidirectional):
        states = h[:, -1, : last.forward.hidden_size], h[:, 0, last.forward.hidden_size :]
        found |= {name: read(*states) for name, (_, read) in _FINAL_READINGS.items()}
    without = _RELUS if all(getattr(cell, "activation", None) == "relu" for cell in last.cells) else ()
    return {name: value for name, value in found.items() if name not in without}


def _answers(groups, denses, x, batch_first):
    """Every candidate of one layout with its answer; recurrent layers run once an order, heads once a choice."""
    x = x if batch_first else x.swapaxes(0, 1)
    sizes = {k: (group[0].input_size, group[-1].output_size) for k, group in enumerate(groups)}
    head_sizes = {k: (dense.input_size, dense.output_size) for k, dense in enumerate(denses)}
    for order in chains(sizes, x.shape[2]):
        if next(chains(head_sizes, sizes[order[-1]][1]), None) is None:
            continue
        recurrent = [layer for k in order for layer in groups[k]]
        h = Network(number_layers(recurrent), MANY_TO_MANY).run(x)
        for taken, value in _readings(recurrent[-1], h).items():
            for layers, y in _heads(denses, head_sizes, value):
                for head in ("none", "softmax") if y.shape[-1] > 1 else ("none",):
                    answer = apply_head(head, y)
                    if answer.ndim == 3 and not batch_first:
                        answer = answer.swapaxes(0, 1)
                    yield Candidate(batch_first, (*recurrent, *layers), taken, head), answer


def _heads(denses, sizes, value):
    """Every order and choice of activations of the linear layers, with what they make of `value`."""
    for order in chains(sizes, value.shape[-1]):
        for choice in product(("linear", "relu"), repeat=len(order)):
            chosen = [replace(denses[k], activation=a) for k, a in zip(order, choice, strict=True)]
            y = value
            for layer in chosen:
                y = activate(layer, dense_sums(layer, y))
            yield chosen, y


def _difference(mine, theirs):
    """Largest difference; infinite if the shapes differ by more than a left-out last axis of one output."""
    if mine.shape[-1] == 1 and theirs.shape == mine.shape[:-1]:
        mine = mine[..., 0]
    return float(np.abs(mine - theirs).max()) if mine.shape == theirs.shape else np.inf


def find_structure(groups, denses, x, y, tolerance):
    """The one candidate whose answer is the module's.

    Parameters
    ----------
    groups : list of list of layers
        Layers of each recurrent module.
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
            f"the recurrent and linear layers do not chain from the example's {x.shape[2]} inputs (last axis) on"
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
        "the module does not compute recurrent layers whose last step, final states or every step go through "
        f"its linear layers: of {tried} structures tried {near}"
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
            f"the module uses {candidate.taken} of its recurrent layers, which is not supported; "
            "only the last step, the final states or every step are"
        )
    return candidate
