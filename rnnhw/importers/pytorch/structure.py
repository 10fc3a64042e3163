"""The network that a module computes, from runs on ids of several sizes."""

from rnnhw.errors import RnnhwError
from rnnhw.importers.pytorch.tracing import WrongLayout


class NotFollowedError(RnnhwError):
    """The module's own code fails on ids, in every size that was tried."""


def structure(live, name):
    """The network of a live module.

    The module runs with more sequences and steps than the example has, twice, so that what it counts out (its last
    step as number 7) is not taken for what it is in the example; only where it takes no other size does it run with
    that.

    Parameters
    ----------
    live : Live
    name : str

    Returns
    -------
    Network
    bool
        Whether the first axis of the module's input counts the sequences.

    Raises
    ------
    RnnhwError
    """
    failures = []
    for first in live.example.layouts():
        try:
            return _in_one_layout(live, name, first), first
        except WrongLayout as error:
            failures.append(RnnhwError(f"{error} takes the sequences of the example for its steps"))
        except NotFollowedError as error:
            failures.insert(0, error)
    raise failures[0]


def _in_one_layout(live, name, first):
    own = live.example.batch(first)
    sequences, steps = own.sequences, own.steps
    failure = None
    for sizes in (
        ((3, steps + 1), (2, steps + 3)),
        ((sequences, steps + 1),),
        ((3, steps),),
        ((sequences, steps),),
    ):
        if sizes[0][1] < 2:  # a single step is the first as well as the last
            continue
        try:
            nets = [live.trace(*size, first).network(name) for size in sizes]
        except (RnnhwError, WrongLayout):
            raise
        except Exception as error:  # the user's code, which may not take this size
            failure = failure or error
            continue
        if any(net != nets[0] for net in nets):
            raise RnnhwError("the module computes another network for another number of steps or sequences")
        return nets[0]
    if failure is None:
        raise NotFollowedError(f"the example must have at least 2 steps, not shape {tuple(own.x.shape)}")
    line = (str(failure).strip().splitlines() or [""])[0]
    raise NotFollowedError(f"the module cannot be followed: {type(failure).__name__}: {line}") from failure
