"""Run a quantised network over a batch of sequences."""

from contextlib import nullcontext

import numpy as np
from threadpoolctl import threadpool_limits

from rnnhw.errors import RnnhwError
from rnnhw.network import check_batch
from rnnhw.quantize import QuantizedNetwork

from .dense import GoldenDense
from .lstm import GoldenLSTM
from .trace import Trace

SINGLE_THREAD_MACS = 1 << 27  # below so many products a step, BLAS threads cost more than they bring


def run(network: QuantizedNetwork, x, lengths=None, *, trace: bool = False, raw: bool = False):
    """The golden model's answer.

    Parameters
    ----------
    network : QuantizedNetwork
    x : ndarray, shape (sequences, steps, inputs)
        Float values, or raw integers of the input's format if `raw`.
    lengths : ndarray of int, shape (sequences,), optional
    trace : bool
        Also return the `Trace`.
    raw : bool
        Raw integers in and out.

    Returns
    -------
    ndarray or (ndarray, Trace)
        (sequences, outputs) for many-to-one: the answer at each sequence's own last step;
        (sequences, steps, outputs) for many-to-many, zero past a sequence's end.
    """
    notes = Trace() if trace else None
    checked, lengths = check_batch(x, lengths, network.input_size)
    valid = np.arange(checked.shape[1]) < lengths[:, None]
    x_raw = _raw_input(network, x, notes, valid) if raw else network.input.from_float(checked)
    if notes is not None:
        notes.signals["input"] = {"x": x_raw}
        if not raw:
            exact = network.input.to_float(x_raw)
            clipped = np.abs(checked - exact) > network.input.ulp / 2
            notes.count("input", "x", clipped[valid])
    macs = len(x_raw) * max(layer.weight_hh_raw.size + layer.weight_ih_raw.size for layer in network.lstms)
    with threadpool_limits(1, user_api="blas") if macs < SINGLE_THREAD_MACS else nullcontext():
        y_raw = _steps(network, x_raw, lengths, valid, notes)
    y = y_raw if raw else network.output.to_float(y_raw)
    return (y, notes) if trace else y


def _raw_input(network: QuantizedNetwork, x, notes, valid) -> np.ndarray:
    x_raw = np.asarray(x)
    if x_raw.dtype.kind not in "iu":
        raise RnnhwError(f"raw inputs must be integers, not {x_raw.dtype}")
    form = network.input
    if x_raw.size and (x_raw.min() < form.min_raw or x_raw.max() > form.max_raw):
        raise RnnhwError(f"raw inputs must be in {form.min_raw}..{form.max_raw}, not {x_raw.min()}..{x_raw.max()}")
    return x_raw.astype(np.int64)


def _steps(network, x_raw, lengths, valid, notes) -> np.ndarray:
    """All steps of all sequences; the first layer's input product is one product for all steps."""
    sequences, steps, _ = x_raw.shape
    lstms = [GoldenLSTM(layer, network, notes) for layer in network.lstms]
    denses = [GoldenDense(layer, network, notes) for layer in network.denses]
    many = network.mode == "many-to-many"
    answers = np.zeros((sequences, steps if many else 1, network.output_size), np.int64)
    for lstm in lstms:
        lstm.reset(sequences)
    projected = lstms[0].project(x_raw)
    for step in range(steps):
        alive, final = valid[:, step], lengths == step + 1
        value = lstms[0].step(projected[:, step], step, steps, alive)
        for lstm in lstms[1:]:
            value = lstm.step(lstm.project(value), step, steps, alive)
        if not many and not final.any():
            continue
        answering = alive if many else final
        for dense in denses:
            value = dense.step(value, step, steps, answering)
        if many:
            answers[alive, step] = value[alive]
        else:
            answers[final, 0] = value[final]
    return answers if many else answers[:, 0]
