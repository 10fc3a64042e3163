"""The check of every import: the module itself and the network made of it answer alike."""

from dataclasses import replace

import numpy as np
import torch

from rnnhw.errors import RnnhwError
from rnnhw.importers.pytorch.example import Batch
from rnnhw.importers.pytorch.live import answer_of

_SEED = 20240229
#: Sequences of the example that are looked at, where the module takes so few.
_MOST = 8


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
    compared = False
    for what, batches in _cases(live.example, first):
        for batch in batches:
            answers = _answers(live, net, batch, first)
            if answers is not None:
                _compare(*answers, live.tolerance, what)
                compared = True
                break
    if not compared:
        raise RnnhwError("the module takes none of the batches that it was tried on, so the import cannot be checked")


def _cases(example, first):
    """What the module is run on: its name, and batches of which the first one counts that the module takes."""
    own = example.batch(first)
    few = Batch(
        own.x[:_MOST],
        None if own.lengths is None else own.lengths[:_MOST],
        tuple(state[..., :_MOST, :] for state in own.states),
    )
    yield "the example", (_at_least_two(few), _at_least_two(own), own)
    rng = np.random.default_rng(_SEED)
    for sequences, steps in ((4, own.steps + 2), (2, 2), (3, 5)):
        batch = example.resized(first, sequences, steps, lambda shape: torch.from_numpy(rng.normal(size=shape)))
        what = f"{sequences} random sequences of {steps} steps"
        yield what, (batch,)
        if batch.lengths is not None:
            yield f"{what}, not ordered by length", (replace(batch, lengths=rng.permutation(batch.lengths)),)
        if batch.states:
            yield f"{what}, states zero", (replace(batch, states=_zeros(batch)),)


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


def _answers(live, net, batch, first):
    """A network's and its module's answers to a batch in one form, None if the module does not take the batch."""
    full = None if batch.lengths is None else np.full(batch.sequences, batch.steps)
    try:
        returned = live.run(batch, first)
        run = live.trace(batch.sequences, batch.steps, first, full)
    except RnnhwError:
        raise
    except Exception:  # the user's code, which may not take every size or order
        return None
    theirs = run.provenance.arranged(run.answer, answer_of(returned))
    mine = net.run(batch.x.numpy(), batch.lengths, initial_state=run.initial_state(net, batch.states))
    if batch.lengths is not None and mine.ndim == 3:
        counts = np.arange(batch.steps) < batch.lengths[:, None]
        mine, theirs = mine * counts[:, :, None], theirs * counts[:, :, None]
    return mine.reshape(theirs.shape), theirs


def _compare(mine, theirs, tolerance, what):
    """Refuse answers that differ."""
    difference = np.abs(mine - theirs)
    if difference.max() > tolerance * np.abs(theirs).max():
        at = np.unravel_index(difference.argmax(), difference.shape)
        raise RnnhwError(
            f"the module answers {theirs[at]:.9g} where the network made of it answers {mine[at]:.9g} "
            f"(at {list(map(int, at))}, on {what}): it does something besides that does not show"
        )
