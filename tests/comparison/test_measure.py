"""Figures of quantised networks against what golden's whole trace gives."""

import numpy as np
import pytest

from rnnhw.comparison import problem as problems
from rnnhw.comparison.details import BINS, details
from rnnhw.comparison.measure import measure
from rnnhw.comparison.metric import METRICS
from rnnhw.comparison.problem import Problem
from rnnhw.quantize import quantize
from tests.comparison.small import labelled, valued

NUMBERS = {"weight_bits": 4, "activation_bits": 6}
KINDS = ["lstm", "gru", "gru-before", "rnn-tanh", "rnn-relu", "bidirectional", "reversed"]


def made(net, data, metric="accuracy") -> Problem:
    return Problem(net, data, data, METRICS[metric])


def decibels(wanted, found):
    return 10 * np.log10(np.sum(wanted**2) / np.sum((wanted - found) ** 2))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_noise_of_each_layer(kind, mode):
    net, data = labelled(7, mode, kinds=[kind], head="none", reading="last-step", hidden=[5, 4])
    problem = made(net, data)
    qnet = quantize(net, data.x, data.lengths, **NUMBERS)
    found = measure(problem, qnet)
    (y, trace), (reference, floats) = (n.run(data.x, data.lengths, trace=True) for n in (qnet, net))
    mask = np.arange(data.x.shape[1]) < data.lengths[:, None]
    for layer, own in zip(net.recurrents, qnet.recurrents, strict=True):
        wanted = [floats[cell.name]["h"][mask] for cell in layer.cells]
        given = [cell.h.to_float(trace.signals[cell.name]["h"])[mask] for cell in own.cells]
        assert found["sqnr"][layer.name] == pytest.approx(
            decibels(*(np.concatenate(p, axis=1) for p in (wanted, given)))
        )
    if mode == "many-to-many":
        y, reference = y[mask], reference[mask]
    assert found["sqnr"][net.layers[-1].name] == pytest.approx(decibels(reference, y))
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean((reference - y) ** 2)))
    labels = data.y[mask] if mode == "many-to-many" else data.y
    right, wanted = (100 * np.mean(answers.argmax(axis=1) == labels) for answers in (y, reference))
    assert found["metric"] == found["accuracy"] == pytest.approx(right)
    assert found["loss"] == pytest.approx(wanted - right)
    counts = {f"{layer}.{point}": count for (layer, point), count in trace.saturations.items()}
    assert {name: entry["clipped"] for name, entry in found["saturations"].items()} == counts
    assert found["saturations"]["input.x"]["of"] == mask.sum() * net.input_size


@pytest.mark.parametrize("mode", ["one-to-many", "one-to-one"])
def test_modes_of_one_step(mode):
    net, data = valued(3, mode, **({"steps": 5} if mode == "one-to-many" else {}))
    found = measure(made(net, data, "RMSE"), quantize(net, data.x, data.lengths, **NUMBERS))
    y = quantize(net, data.x, data.lengths, **NUMBERS).run(data.x, data.lengths)
    assert found["metric"] == pytest.approx(np.sqrt(np.mean((y - data.y) ** 2)))
    assert found["agreement"] is None
    assert found["mape"] > 0
    assert all(ratio > 0 for ratio in found["sqnr"].values())


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_parts_are_as_the_whole(mode, monkeypatch):
    net, data = labelled(9, mode, hidden=[4, 3])
    qnet = quantize(net, data.x, data.lengths, **NUMBERS)
    whole, drawn = measure(made(net, data), qnet), details(made(net, data), qnet)
    monkeypatch.setattr(problems, "CHUNK", 3000)
    parted = made(net, data)
    assert len(parted.chunks) > 3
    found = measure(parted, qnet)
    assert found.pop("sqnr") == pytest.approx(whole.pop("sqnr"))
    assert found == whole
    again = details(parted, qnet)
    assert again["weights"] == drawn["weights"]
    assert again["activations"] == drawn["activations"]
    for layer, errors in drawn["error_by_step"].items():
        assert again["error_by_step"][layer] == pytest.approx(errors, rel=1e-5)


def test_no_noise_has_no_ratio():
    net, data = labelled(1)
    silent = quantize(net, data.x, data.lengths, weight_bits=16, activation_bits=16)
    problem = made(net, data)
    found = measure(problem, silent)
    assert all(ratio > 50 for ratio in found["sqnr"].values())
    zero = [np.zeros_like(part) for part in problem.outputs[0]["lstm0"]]
    problem.outputs[0]["lstm0"][:] = zero
    assert measure(problem, silent)["sqnr"]["lstm0"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_histograms_count_every_value(kind):
    net, data = labelled(11, kinds=[kind], head="none")
    qnet = quantize(net, data.x, data.lengths, **NUMBERS)
    found = details(made(net, data), qnet)
    weights = sum(sum(entry["counts"]) for entry in found["weights"])
    assert weights == sum(c.weight_ih.size + c.weight_hh.size for c in net.cells) + sum(
        d.weight.size for d in net.denses
    )
    for entry in [*found["weights"], *found["activations"]]:
        assert len(entry["edges"]) == BINS + 1
        assert len(entry["counts"]) == BINS
        assert entry["edges"][0] <= entry["low"] < entry["high"] <= entry["edges"][-1]
    steps = data.lengths.sum()
    for entry in found["activations"]:
        values = entry["of"]
        assert sum(entry["counts"]) == values, entry["signal"]
        assert values in {steps * cell.hidden_size for cell in net.cells} | {steps * 3, len(data.x) * 4}
    assert {"x", "h"} <= {entry["signal"] for entry in found["activations"]}


def test_errors_step_by_step():
    net, data = labelled(13, "many-to-one")
    qnet = quantize(net, data.x, data.lengths, **NUMBERS)
    errors = details(made(net, data), qnet)["error_by_step"]
    (y, trace), (reference, floats) = (n.run(data.x, data.lengths, trace=True) for n in (qnet, net))
    difference = qnet.cells[0].h.to_float(trace.signals["lstm0"]["h"]) - floats["lstm0"]["h"]
    for step in range(data.x.shape[1]):
        alive, last = data.lengths > step, data.lengths == step + 1
        assert errors["lstm0"][step] == pytest.approx(np.sqrt(np.mean(difference[alive, step] ** 2)), rel=1e-5)
        answers = np.sqrt(np.mean((y - reference)[last] ** 2)) if last.any() else None
        assert errors[net.layers[-1].name][step] == pytest.approx(answers, rel=1e-5)
