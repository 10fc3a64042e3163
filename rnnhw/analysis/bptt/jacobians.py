"""Jacobians of the recurrences of a network: of one step, and their products along sequences.

The state s of a cell is h, and of an LSTM (h, c). J_t = ds_t/ds_{t-1} at a fixed input, and

    ds_t/ds_{t-k} = J_t J_{t-1} ... J_{t-k+1}                                   (Bengio et al. 1994)

whose block of the rows and columns of h is dh_t/dh_{t-k}. For an LSTM the block holds c_{t-k} fixed: what a gradient
does on its way through (h, c) jointly is the whole product, and a product of blocks would leave out all that went
through c in between.
"""

from collections.abc import Iterator

import numpy as np

from rnnhw.analysis.bptt.checks import checked_batch, traced
from rnnhw.analysis.bptt.tape import Tape, read_tapes


def step_jacobians(net, x, lengths=None) -> dict[str, np.ndarray]:
    """The Jacobian of every step of every cell, ds_t/ds_{t-1} with s = h, or (h, c) of an LSTM.

    Parameters
    ----------
    net : Network
        Many-to-one or many-to-many.
    x : array_like, shape (sequences, steps, inputs)
    lengths : array_like of int, shape (sequences,), or None

    Returns
    -------
    dict of str to numpy.ndarray, shape (sequences, steps, state, state)
        By the cell's name and by time step. A backward cell's is ds_t/ds_{t+1}. The identity past a sequence's
        length, where a state stays as it is.

    Raises
    ------
    RnnhwError
        A mode or a batch that does not suit.

    Examples
    --------
    >>> import numpy as np
    >>> from rnnhw.analysis import Architecture, initial_network
    >>> net = initial_network(Architecture(cell="lstm", inputs=2, hidden=8))
    >>> jacobians = step_jacobians(net, np.zeros((3, 5, 2)))
    >>> jacobians["lstm0"].shape
    (3, 5, 16, 16)
    """
    x, lengths = checked_batch(net, x, lengths)
    found = {}
    for tape in read_tapes(net, traced(net, x, lengths)):
        size = tape.cell.state_size
        whole = np.tile(np.eye(size), (*x.shape[:2], 1, 1))
        rows, places = np.nonzero(tape.valid)
        for k in range(x.shape[1]):
            here = rows[places == k]
            whole[here, tape.steps[here, k]] = step_jacobian(tape, k)[here]
        found[tape.name] = whole
    return found


def step_jacobian(tape: Tape, k: int, sequences=slice(None)) -> np.ndarray:
    """The Jacobian of the step k before the last, (sequences, state, state)."""
    at = {name: values[sequences] for name, values in tape.at(k, rows=True).items()}
    size = tape.cell.state_size
    identity = np.broadcast_to(np.eye(size), (len(next(iter(at.values()))), size, size))
    return tape.rule.pull(tape.cell, at, identity)[0]


def products(tape: Tape) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The products J_t J_{t-1} ... J_{t-k+1} from each sequence's last step t, for k = 1, 2, ... longest.

    They are kept scaled, since hundreds of factors leave the range of a float.

    Yields
    ------
    scaled : numpy.ndarray, shape (sequences, state, state)
        Of Frobenius norm 1, or 0 where nothing is left; the product is exp(log) * scaled. NaN past a sequence's length.
    log : numpy.ndarray, shape (sequences,)
        Natural logarithm of the product's Frobenius norm.
    """
    size = tape.cell.state_size
    product = np.tile(np.eye(size), (len(tape.valid), 1, 1))
    log = np.zeros(len(product))
    for k in range(tape.longest):
        product = tape.rule.pull(tape.cell, tape.at(k, rows=True), product)[0]
        norm = np.linalg.norm(product, axis=(1, 2))
        with np.errstate(divide="ignore"):
            log = log + np.log(norm)
        product = product / np.where(norm > 0, norm, 1.0)[:, None, None]
        valid = tape.valid[:, k]
        yield np.where(valid[:, None, None], product, np.nan), np.where(valid, log, np.nan)
