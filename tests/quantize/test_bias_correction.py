"""Biases that take up the mean error of rounded weights."""

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.network.curves import SIGMOID_CURVES
from rnnhw.quantize import quantize
from tests.golden.two_ways import two_ways
from tests.networks import CELLS, random_batch, random_lengths, random_network

assert rnnhw.golden


def walked(h: np.ndarray, initial: np.ndarray, lengths, backward: bool) -> np.ndarray:
    """The state before each step, sequence by sequence."""
    before = np.zeros(h.shape)
    for sequence, length in enumerate(lengths.tolist()):
        state, order = initial, range(length)
        for step in reversed(order) if backward else order:
            before[sequence, step] = state
            state = h[sequence, step]
    return before


def mean_sums(net, made, trace, lengths):
    """Mean sums of each gate and dense layer with rounded weights on the float run's values, exact ones, and an ulp."""
    for layer, quantized in zip(net.recurrents, made.recurrents, strict=True):
        for cell, own, backward in zip(layer.cells, quantized.cells, layer.backwards, strict=True):
            signals, mask, rows = trace[cell.name], trace["mask"], cell.hidden_size
            h = walked(signals["h"], cell.initial[:rows], lengths, backward)
            for gate, name in enumerate(cell.gates):
                part, ulp = slice(gate * rows, (gate + 1) * rows), 2.0 ** -own.accumulator_frac(gate)
                w = own.weight_ih[gate].to_float(own.weight_ih_raw[part])
                u = own.weight_hh[gate].to_float(own.weight_hh_raw[part])
                bias = own.bias_raw[part] * ulp
                seen = h
                if cell.kind == "gru" and name == "n":
                    if cell.reset_after:
                        found = (h @ u.T + own.bias_hn_raw * ulp)[mask].mean(axis=0)
                        yield found, signals["p"][mask].mean(axis=0), ulp
                        exact = signals["x"] @ cell.weight_ih[part].T + cell.bias[part]
                        yield (signals["x"] @ w.T + bias)[mask].mean(axis=0), exact[mask].mean(axis=0), ulp
                        continue
                    seen = h * SIGMOID_CURVES[net.sigmoid](signals["z_r"])
                found = signals["x"] @ w.T + seen @ u.T + bias
                exact = signals["z" if cell.kind == "rnn" else f"z_{name}"]
                yield found[mask].mean(axis=0), exact[mask].mean(axis=0), ulp
    for layer, own in zip(net.denses, made.denses, strict=True):
        values, ulp = trace[layer.name], 2.0**-own.accumulator_frac
        mask = trace["mask"] if values["x"].ndim == 3 else slice(None)
        found = values["x"] @ own.weight.to_float(own.weight_raw).T + own.bias_raw * ulp
        yield found[mask].mean(axis=0), values["y"][mask].mean(axis=0), ulp


def make(kind: str, mode: str, seed: int):
    rng = np.random.default_rng(seed)
    if kind == "bidirectional":
        net = two_ways(rng, ("lstm", "gru", "gru-before", "rnn-tanh")[seed % 4], mode)
    else:
        net = random_network(rng, inputs=3, hidden=[3, 4], outputs=[2, 3], kinds=[kind], mode=mode, head="none")
    return net, random_batch(rng, net, 5, 6), random_lengths(rng, 5, 6 if mode.startswith("many") else 1)


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many", "one-to-many"])
@pytest.mark.parametrize("kind", [*CELLS, "reversed", "bidirectional"])
def test_means_are_those_of_the_float_run(kind, mode):
    if mode == "one-to-many" and kind in ("reversed", "bidirectional"):
        mode = "one-to-one"
    for seed in range(4):
        net, x, lengths = make(kind, mode, seed)
        _, trace = net.run(x, lengths, trace=True)
        if mode == "one-to-many":
            lengths = np.full(len(x), net.steps)
            made = quantize(net, x, weight_bits=3, bias_correction=True)
        else:
            made = quantize(net, x, lengths, weight_bits=3, bias_correction=True)
        checked = 0
        for found, exact, ulp in mean_sums(net, made, trace, lengths):
            assert np.abs(found - exact).max() <= ulp / 2 + 1e-9
            checked += 1
        assert checked >= 4


@pytest.mark.parametrize("weight_bits", [1, 2, 4])
@pytest.mark.parametrize("method", ["max-abs", "mse"])
def test_without_it_means_are_off(method, weight_bits):
    """Control: the same measure finds the error that is not taken up; and weights stay as they are."""
    net, x, lengths = make("lstm", "many-to-many", 1)
    _, trace = net.run(x, lengths, trace=True)
    options = {"weight_bits": weight_bits, "method": method}
    plain, corrected = (quantize(net, x, lengths, **options, bias_correction=flag) for flag in (False, True))
    assert any(np.abs(found - exact).max() > 8 * ulp for found, exact, ulp in mean_sums(net, plain, trace, lengths))
    assert all(np.abs(found - exact).max() <= ulp for found, exact, ulp in mean_sums(net, corrected, trace, lengths))
    for before, after in zip(plain.cells, corrected.cells, strict=True):
        assert (before.weight_ih_raw == after.weight_ih_raw).all()
        assert (before.bias_raw != after.bias_raw).any()
        assert before.weight_ih == after.weight_ih
