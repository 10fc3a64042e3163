"""Run a quantised network over a batch of sequences."""

from contextlib import nullcontext

import numpy as np
from threadpoolctl import threadpool_limits

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import choice
from rnnhw.network import check_batch
from rnnhw.quantize import QuantizedNetwork

from .network import GoldenNetwork
from .state import initial_states, states_to_float
from .trace import KEPT, Trace

SINGLE_THREAD_MACS = 1 << 27  # below so many products a step, BLAS threads cost more than they bring


def run(network: QuantizedNetwork, x, lengths=None, *, trace=False, raw=False, initial_state=None, return_state=False):
    """The golden model's answer.

    Parameters
    ----------
    network : QuantizedNetwork
    x : ndarray, shape (sequences, steps, inputs)
        Float values, or raw integers of the input's format if `raw`; one step where the mode has one input step.
    lengths : ndarray of int, shape (sequences,), optional
    trace : bool or str
        Also return the `Trace`, with every signal (True or "signals"), with what the layers give alone ("outputs"), or
        with none and the saturation counts only ("counts").
    raw : bool
        Raw integers in and out, states included.
    initial_state : ndarray, shape (sequences, state_size), optional
        In place of the cells' own initial states; a backward cell starts from its part at the last step.
    return_state : bool
        Also return the state after each sequence, shape (sequences, state_size).

    Returns
    -------
    y, or a tuple of y, the final state and the Trace as far as they are asked for
        y: (sequences, outputs) for many-to-one, the answer at each sequence's own last step; otherwise
        (sequences, steps, outputs), zero past a sequence's end.
    """
    notes = _notes(trace)
    one_step = network.mode in ("one-to-one", "one-to-many")
    checked, lengths = check_batch(x, lengths, network.input_size, one_step)
    x_raw = _raw_input(network, x) if raw else network.input.from_float(checked)
    state_raw = initial_states(network, initial_state, len(x_raw), raw)
    if notes is not None and not raw:
        valid = np.arange(checked.shape[1]) < lengths[:, None]
        clipped = np.abs(checked - network.input.to_float(x_raw)) > network.input.ulp / 2
        notes.count("input", "x", clipped[valid])
    macs = len(x_raw) * max(cell.weight_hh_raw.size + cell.weight_ih_raw.size for cell in network.cells)
    with threadpool_limits(1, user_api="blas") if macs < SINGLE_THREAD_MACS else nullcontext():
        y, state = GoldenNetwork(network, notes).answers(x_raw, lengths, state_raw)
    if not raw:
        y, state = network.output.to_float(y), states_to_float(network, state)
    answer = (y, *((state,) if return_state else ()), *((notes,) if notes is not None else ()))
    return answer if len(answer) > 1 else y


def _notes(trace) -> Trace | None:
    if isinstance(trace, bool | np.bool_):
        return Trace() if trace else None
    return Trace(choice("trace", trace, KEPT))


def _raw_input(network: QuantizedNetwork, x) -> np.ndarray:
    x_raw = np.asarray(x)
    if x_raw.dtype.kind not in "iu":
        raise RnnhwError(f"raw inputs must be integers, not {x_raw.dtype}")
    form = network.input
    if x_raw.size and (x_raw.min() < form.min_raw or x_raw.max() > form.max_raw):
        raise RnnhwError(f"raw inputs must be in {form.min_raw}..{form.max_raw}, not {x_raw.min()}..{x_raw.max()}")
    return x_raw.astype(np.int64)
