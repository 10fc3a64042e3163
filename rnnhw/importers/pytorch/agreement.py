"""The check of every import: the module itself and the network made of it answer alike."""

from dataclasses import replace

import numpy as np
import torch

from rnnhw.errors import RnnhwError
from rnnhw.importers.pytorch.example import Batch
from rnnhw.importers.pytorch.live import answer_of

_SEED = 20240229


def check(live, net, first):
    """Run a module and its network on the example and on random sequences of other sizes.

    Parameters
    ----------
    live : Live
    net : Network
    first : bool
        Whether the first axis of the module's input counts the sequences.

    Raises
    ------
    RnnhwError
        Answers that differ, with both numbers.
    """
    example = _at_least_two(live.example.batch(first))
    _compare(live, net, example, first, "the example")
    rng = np.random.default_rng(_SEED)

    def random(shape):
        return torch.from_numpy(rng.normal(size=shape))

    for sequences, steps in ((4, example.steps + 2), (2, 2), (3, 5)):
        batch = live.example.resized(first, sequences, steps, random)
        shuffled = None if batch.lengths is None else rng.permutation(batch.lengths)
        for each in (batch, replace(batch, lengths=shuffled), replace(batch, states=_zeros(batch))):
            if each is batch or (shuffled is not None and each.states is batch.states) or batch.states:
                try:
                    live.run(each, first)
                except Exception:  # the user's code, which may not take this size or order
                    continue
                _compare(live, net, each, first, f"{sequences} random sequences of {steps} steps")


def _zeros(batch):
    return tuple(torch.zeros_like(state) for state in batch.states)


def _at_least_two(batch):
    """A batch of which the axes can be told apart: what there is once only is repeated."""
    x, lengths, states = batch.x, batch.lengths, batch.states
    if batch.sequences < 2:
        x = torch.cat([x, x.flip(1)])
        lengths = None if lengths is None else np.repeat(lengths, 2)
        states = tuple(torch.cat([state, state], dim=-2) for state in states)
    if x.shape[1] < 2:
        x = torch.cat([x, -x], dim=1)
    if lengths is not None:
        lengths = np.maximum(lengths, 2)
        x = x[:, : lengths.max()]
    return Batch(x, lengths, states)


def _compare(live, net, batch, first, what):
    """Hold one batch's answers against each other."""
    full = None if batch.lengths is None else np.full(batch.sequences, batch.steps)
    run = live.trace(batch.sequences, batch.steps, first, full)
    theirs = run.provenance.arranged(run.answer, answer_of(live.run(batch, first)))
    mine = net.run(batch.x.numpy(), batch.lengths, initial_state=run.initial_state(net, batch.states))
    if batch.lengths is not None and mine.ndim == 3:
        counts = np.arange(batch.steps) < batch.lengths[:, None]
        mine, theirs = mine * counts[:, :, None], theirs * counts[:, :, None]
    mine = mine.reshape(theirs.shape)
    difference = np.abs(mine - theirs)
    if difference.max() > live.tolerance * np.abs(theirs).max():
        at = np.unravel_index(difference.argmax(), difference.shape)
        raise RnnhwError(
            f"the module answers {theirs[at]:.9g} where the network made of it answers {mine[at]:.9g} "
            f"(at {list(map(int, at))}, on {what}): it does something besides that does not show"
        )
