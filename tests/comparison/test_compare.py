"""Comparisons as a whole: the document, the front, verification, what is kept."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnhw import Design
from rnnhw.comparison import compare, tasks
from rnnhw.comparison.hardware import usual_steps
from rnnhw.emit.core import Core
from rnnhw.errors import RnnhwError
from rnnhw.network import Dataset
from rnnhw.plan import make_plan
from rnnhw.quantize import quantize
from rnnhw.sweep import Store
from tests.comparison.jobs import small_comparison
from tests.comparison.small import labelled, valued


def test_points_are_what_design_and_golden_say(tmp_path):
    net, data = labelled(21)
    found = small_comparison(tmp_path)
    assert len(found.points) == 12
    reference = 100 * np.mean(net.run(data.x, data.lengths).argmax(axis=1) == data.y)
    assert found.document()["metric"] == {"name": "accuracy", "unit": "%", "better": "higher", "float": reference}
    for point in found.points[::5]:
        numbers = {key: point[key] for key in ("weight_bits", "activation_bits")}
        qnet = quantize(net, data.x, data.lengths, **numbers, method="mse", bias_correction=True)
        right = 100 * np.mean(qnet.run(data.x, data.lengths).argmax(axis=1) == data.y)
        assert point["metric"] == pytest.approx(right)
        assert point["loss"] == pytest.approx(reference - right)
        design = Design(qnet, target="ecp5-25f", **point["knobs"])
        figures = design.estimate(usual_steps(data))
        assert (point["cycles"], point["dsp"], point["bram"]) == (figures.cycles_per_step, figures.dsp, figures.bram)
        assert (point["memory"], point["latency"]) == (figures.weight_memory_bits, figures.latency_cycles)
        assert point["lut"] == vars(figures.lut)
        assert point["clock"] == vars(figures.clock_mhz)
        assert point["energy"] == vars(figures.energy.total_nj) | {"of": "inference"}
        assert point["refused"] is None


def test_the_document_says_what_was_compared(tmp_path):
    found = small_comparison(tmp_path, streams=2, sources={"command": "rnnhw compare", "data": "x.npz"})
    document = found.document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["hardware"] == {"target": "ecp5-25f", "knobs": {"streams": 2}}
    assert (document["cost"], document["auto"], document["command"]) == ("lut", None, "rnnhw compare")
    data = {"file": "x.npz", "sequences": 40, "steps": 6, "variable_length": True, "task": "classification"}
    assert document["data"] == data | {"calibration_file": "x.npz", "calibration_sequences": 40}
    assert [layer["name"] for layer in document["model"]["layers"]] == ["lstm0", "fc0"]
    assert document["details"].keys() == {point["id"] for point in found.front} != set()
    assert "12 configurations" in repr(found)


def test_more_workers_find_the_same(tmp_path):
    one = small_comparison(tmp_path / "one", 1)
    assert small_comparison(tmp_path / "two", 2).document() == one.document()


@contextmanager
def counting(done: list):
    yield done.append


def test_a_run_that_was_interrupted_goes_on(tmp_path):
    """A process is killed by Ctrl-C after its first results; the next one finds them, and ends as if nothing was."""
    command = [sys.executable, "-m", "tests.comparison.jobs", str(tmp_path / "store"), "2"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True, "env": environment}
    with subprocess.Popen(command, **pipes) as child:
        for line in child.stdout:
            if int(line.split()[1]) >= 2:
                child.send_signal(signal.SIGINT)
                break
        assert "ended" not in child.stdout.read()
    assert child.returncode != 0
    done = []
    found = small_comparison(tmp_path / "store", progress=lambda title: counting(done))
    assert max(counts.found for counts in done) >= 2
    assert found.document() == small_comparison(tmp_path / "fresh").document()
    done.clear()
    assert small_comparison(tmp_path / "store", progress=lambda title: counting(done)).points == found.points
    assert all(counts.done == counts.found for counts in done if counts.done)


def test_golden_runs_once_for_all_knobs(tmp_path, monkeypatch):
    runs, measure = [], tasks.measure

    def counted(problem, qnet):
        runs.append(qnet.config)
        return measure(problem, qnet)

    monkeypatch.setattr(tasks, "measure", counted)
    small_comparison(tmp_path)
    assert len(runs) == 6
    small_comparison(tmp_path, lanes=[3, 5])  # other knobs, later
    assert len(runs) == 6


def test_widths_of_a_single_layer(tmp_path):
    found = small_comparison(tmp_path, lanes=2, activation_bits=8, layers={"lstm0": {"weight_bits": 5}})
    assert [point["id"] for point in found.points] == ["5-4/8", "5-6/8", "5-8/8"]
    widths = {"lstm0": {"weight_bits": 5, "activation_bits": 8}, "fc0": {"weight_bits": 6, "activation_bits": 8}}
    assert found.points[1]["layers"] == widths
    net, data = labelled(21)
    own = {"weight_bits": 6, "activation_bits": 8, "layers": {"lstm0": {"weight_bits": 5}}}
    qnet = quantize(net, data.x, data.lengths, **own, method="mse", bias_correction=True)
    assert found.points[1]["rmse"] == np.sqrt(
        np.mean((qnet.run(data.x, data.lengths) - net.run(data.x, data.lengths)) ** 2)
    )


def test_what_cannot_be_made_is_refused_point_by_point(tmp_path):
    found = small_comparison(tmp_path, activation_bits=[4, 8], state_bits=[6, 16], lanes=2)
    refused = [point for point in found.points if point["refused"]]
    assert {(point["activation_bits"], point["state_bits"]) for point in refused} == {(8, 6)}
    assert all("state_bits must be in 8..24" in point["refused"] for point in refused)
    assert "metric" not in refused[0]
    with pytest.raises(RnnhwError, match=r"no configuration can be made; the first: lanes must be in"):
        small_comparison(tmp_path, lanes=500)


def verified(tmp_path, monkeypatch, **options):
    monkeypatch.setattr(tasks, "SIMULATOR", "amaranth")
    net, data = valued(5, hidden=[2], outputs=[])
    grid = {"weight_bits": [3, 8], "activation_bits": 6}
    return compare(net, data, workers=1, store=Store(tmp_path), **{"verify": 4} | grid | options)


def test_the_front_is_simulated(tmp_path, monkeypatch):
    found = verified(tmp_path, monkeypatch)
    assert found.front
    for point in found.points:
        wanted = {"simulator": "amaranth", "sequences": 4, "equal": True}
        assert point["verified"] == (wanted if point["front"] else None)
    assert found.failures == []


def test_an_altered_core_is_noticed(tmp_path, monkeypatch):
    """Control: a core with smaller weights."""
    plain = Core.component

    def altered(core):
        network = core.plan.network
        cell = network.cells[0]
        weights = cell.weight_ih_raw - np.sign(cell.weight_ih_raw)
        layers = (replace(cell, weight_ih_raw=weights), *network.layers[1:])
        return plain(Core(make_plan(replace(network, layers=layers), core.plan.hardware), core.name))

    monkeypatch.setattr(Core, "component", altered)
    found = verified(tmp_path, monkeypatch)
    assert len(found.failures) == len(found.front) >= 1
    assert "golden" in found.failures[0]
    assert found.front[0]["verified"]["equal"] is False


def test_sequences_are_simulated_from_all_over_the_data():
    assert tasks.spread(450, 50).tolist() == list(range(0, 450, 9))
    assert tasks.spread(7, 3).tolist() == [0, 2, 4]
    assert tasks.spread(5, 50).tolist() == [0, 1, 2, 3, 4]


def test_long_sequences_of_bidirectional_layers(tmp_path):
    """A core stores whole sequences; without a word it has room for the longest."""
    net, data = labelled(3, kinds=["bidirectional"], head="none", reading="final")
    x = np.repeat(data.x, 20, axis=1)
    found = compare(
        net,
        Dataset(x, np.full(len(x), 100), data.y),
        store=Store(tmp_path),
        workers=1,
        verify=0,
        weight_bits=8,
        activation_bits=8,
        target="ecp5",
    )
    assert found.points[0]["refused"] is None
    assert found.points[0]["energy"]["of"] == "inference"


def test_ones_own_function(tmp_path):
    def largest(y, targets, lengths):
        return float(np.abs(y).max())

    largest.better = "lower"
    found = small_comparison(tmp_path, metric=largest)
    assert found.document()["metric"]["name"] == "largest"
    assert not list(tmp_path.rglob("*.json"))  # nothing is kept of what nobody knows the contents of


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"target": "moon"}, RnnhwError, "target must be a board"),
        (
            {"cost": "beauty"},
            RnnhwError,
            "cost must be one of lut, ff, dsp, bram, cycles, memory, energy, not 'beauty'",
        ),
        ({"target": None, "cost": "lut"}, RnnhwError, "cost lut needs a target"),
        ({"target": "xc7a35t", "cost": "energy"}, RnnhwError, "cost energy cannot be estimated for xc7a35t"),
        ({"metric": "mape"}, RnnhwError, r"y must hold targets \(floats\), not int64"),
        ({"max_loss": 1, "max_cost": 5}, RnnhwError, "max_loss and max_cost must not be given both"),
        ({"max_loss": -1}, RnnhwError, "max_loss must be at least 0, not -1"),
        ({"max_loss": "1"}, TypeError, "max_loss must be a number, not str"),
        ({"verify": -1}, RnnhwError, "verify must be at least 0, not -1"),
        ({"workers": 0}, RnnhwError, "workers must be at least 1, not 0"),
        (
            {"layers": {"nowhere": {"weight_bits": 4}}},
            RnnhwError,
            "no configuration can be made; the first: layers must",
        ),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        small_comparison(tmp_path, **options)


def test_data_of_the_wrong_kind_and_shape(tmp_path):
    net, data = labelled(21)
    with pytest.raises(TypeError, match=r"net must be a Network \(rnnhw.load gives one\), not str"):
        compare("net", data)
    with pytest.raises(TypeError, match=r"data must be a Dataset or the path of an \.npz, not ndarray"):
        compare(net, data.x)
    with pytest.raises(RnnhwError, match="x must have 3 inputs a step"):
        compare(net, Dataset(data.x[:, :, :2], data.lengths, data.y))
    with pytest.raises(RnnhwError, match=r"y must have 40 entries, one a sequence, not shape \(39,\)"):
        compare(net, replace(data, y=data.y[1:]))
    with pytest.raises(RnnhwError, match="no such file"):
        compare(net, tmp_path / "missing.npz")
