"""The command ``calc``."""

import json

import numpy as np
import pytest

from rnnhw import cli_analysis
from rnnhw.analysis import Architecture, Processor, Workload, calculate, find_processor, savings, side_by_side
from rnnhw.importers import load
from rnnhw.network import LSTM, Dense, Network, save

FORECAST = "--hidden 128 --layers 2 --outputs 6 --steps 24 --samples 26000 --batch 64 --epochs 100".split()


def test_the_forecast_is_what_the_api_says(run):
    code, printed, error = run("calc", *FORECAST, "--processor", "one-core", "--json")
    assert (code, error) == (0, "")
    answer = json.loads(printed)
    net = Architecture(hidden=128, layers=2, outputs=6)
    work, processor = Workload(steps=24, samples=26000, batch=64, epochs=100), find_processor("one-core")
    same = calculate(net, work, processor).data()
    assert {key: answer[key] for key in same} == json.loads(json.dumps(same))
    others = {kind: other.data() for kind, other in side_by_side(net, work, processor).items()}
    assert answer["side_by_side"] == json.loads(json.dumps(others))
    assert len(answer["savings"]) == len(savings(net, work, processor))
    assert answer["parameters"]["value"] == 199_168 + 774
    assert answer["hardware"]["core"]["macs_per_step"] == 512 * 129 + 512 * 256 + 6 * 128


def test_every_figure_has_formula_and_source(run):
    answer = json.loads(run("calc", *FORECAST, "--processor", "one-core", "--json")[1])
    figures = [answer["parameters"], *answer["memory"].values(), *answer["work"].values(), *answer["time"].values()]
    assert len(figures) > 20
    for figure in figures:
        assert figure["formula"]
        assert figure["source"]
        assert figure["exact"] == (figure["unit"] != "s")


def test_tables(run):
    code, printed, error = run("calc", *FORECAST, "--processor", "one-core")
    assert (code, error) == (0, "")
    for words in ("Parameters, exact", "Memory, exact", "Work, exact", "Time, estimated: one-core", "Side by side"):
        assert words in printed
    assert "efficiency is assumed" in printed
    assert "1,798,602,752" in printed
    assert "Dense hardware gains no time by zeros" in printed
    assert max(map(len, printed.splitlines())) <= 120


def test_without_a_processor_there_are_no_times(run):
    printed = run("calc", "--cell", "gru", "--hidden", 8)[1]
    assert "no times without a processor" in printed
    assert "epoch" not in printed.partition("Work and memory traffic")[2].replace("training epoch", "")[:1000]
    assert json.loads(run("calc", "--cell", "gru", "--hidden", 8, "--json")[1])["time"] is None


def test_measured(run):
    answer = json.loads(run("calc", "--hidden", 16, "--measure", "--json")[1])
    assert answer["processor"]["name"] == "this machine"
    assert 0 < answer["processor"]["efficiency"] <= 1


def test_what_is_measured_is_said_to_be(run, monkeypatch):
    processor = Processor(peak_gflops=1.0, bandwidth_gbs=1.0, efficiency_alone=0.25)
    monkeypatch.setattr(cli_analysis, "measure_processor", lambda shape, workload: processor)
    printed = run("calc", "--hidden", 16, "--measure")[1]
    assert "efficiency is measured" in printed
    assert "25 %" in printed


def test_a_given_processor(run):
    options = ["--peak-gflops", 10, "--bandwidth-gbs", 2, "--cache-mb", 1, "--efficiency", 0.25]
    answer = json.loads(run("calc", "--hidden", 16, *options, "--json")[1])
    processor = answer["processor"]
    assert [processor[key] for key in ("bandwidth_gbs", "cache_mb", "efficiency")] == [2, 1, 0.25]
    assert set(processor["peak_gflops"].values()) == {10}
    better = json.loads(run("calc", "--hidden", 16, "--processor", "one-core", "--efficiency", 1, "--json")[1])
    assert better["processor"]["efficiency"] == 1


def test_a_model_file(run, small):
    path = small / "small.safetensors"
    answer = json.loads(run("calc", path, "--json")[1])
    net = load(path)
    assert answer["parameters"]["value"] == sum(layer.parameters for layer in net.layers)
    assert answer["name"] == net.name
    twice = json.loads(run("calc", path, "--biases", 2, "--json")[1])
    rows = sum(cell.bias.size for cell in net.cells)
    assert twice["parameters"]["value"] == answer["parameters"]["value"] + rows


def test_a_state_dict_takes_facts(run, tmp_path):
    torch = pytest.importorskip("torch")
    module = torch.nn.ModuleDict(
        {"gru": torch.nn.GRU(3, 9, 2, bidirectional=True, batch_first=True), "fc": torch.nn.Linear(18, 4)}
    )
    path = tmp_path / "state.pt"
    torch.save(module.state_dict(), path)
    facts = ["--mode", "many-to-one", "--reading", "final", "--layers", "gru,fc", "--biases", 2]
    answer = json.loads(run("calc", path, *facts, "--json")[1])
    assert answer["parameters"]["value"] == sum(parameter.numel() for parameter in module.parameters())
    code, _, error = run("calc", path, "--mode", "many-to-one")
    assert code == 2
    assert "give reading='final' or 'last-step'" in error


@pytest.mark.parametrize(("mode", "steps"), [("one-to-one", 1), ("one-to-many", 5)])
def test_a_network_with_a_length_of_its_own(run, tmp_path, mode, steps):
    cell = LSTM(np.ones((16, 3)), np.ones((16, 4)), np.zeros(16))
    layers = [cell, Dense(np.ones((3, 4)), np.zeros(3))]
    net = Network(layers, mode=mode, steps=steps if mode == "one-to-many" else None)
    path = tmp_path / "net.safetensors"
    save(net, path)
    answer = json.loads(run("calc", path, "--json")[1])
    assert answer["workload"]["steps"] == steps
    assert answer["work"]["forward_macs"]["value"] == steps * (16 * 7 + 12)
    refused = run("calc", path, "--steps", 7)
    assert refused == (2, "", f"rnnhw: steps must be {steps} for this {mode} network, not 7\n")


def test_a_file_of_options(run, tmp_path):
    path = tmp_path / "options.toml"
    path.write_text('[calc]\nhidden = 12\nlayers = 2\ncell = "gru"\nreset_after = false\nefficiency = 0.5\n')
    answer = json.loads(run("calc", "--config", path, "--processor", "one-core", "--json")[1])
    assert answer["name"] == "2 x 12 GRU, reset before, 1 input"


def test_a_projected_lstm_has_no_hardware(run):
    code, printed, error = run("calc", "--hidden", 16, "--projection", 4)
    assert (code, error) == (0, "")
    assert "No hardware: cores have no projected LSTM" in printed
    refused = run("calc", "--hidden", 16, "--projection", 4, "--lanes", 4)
    assert refused == (2, "", "rnnhw: cores have no projected LSTM\n")


def test_the_largest_network(run):
    """Python's integers have no limit, and no board has room."""
    code, printed, error = run("calc", "--hidden", 1 << 20, "--layers", 1024, "--inputs", 1 << 20, "--bidirectional")
    assert (code, error) == (0, "")
    assert "No hardware" in printed
    assert "2,008 more" in printed


REFUSED = [
    ("", "give a model file, or sizes: --hidden at least"),
    ("--hidden 0", "hidden must be in 1..1048576, not 0"),
    ("--hidden -3", "hidden must be in 1..1048576, not -3"),
    ("--hidden 2097152", "hidden must be in 1..1048576, not 2097152"),
    ("--hidden 8 --projection 8", "projection must be less than the 8 hidden units, not 8"),
    ("--hidden 8 --cell gru --projection 3", "projection is an option of the LSTM, not of the GRU"),
    ("--hidden 8 --steps 0", "steps must be in 1..1048576, not 0"),
    ("--hidden 8 --biases 3", "biases must be 2, 1 or 0, not 3"),
    ("--hidden 8 --mode one-to-many", "mode must be 'many-to-one' or 'many-to-many', not 'one-to-many'"),
    ("--hidden 8 --layers lstm,fc", "layers must be an integer, not 'lstm,fc'"),
    ("--hidden 8 --reading final", "--reading is for a model file"),
    ("--hidden 8 --precision int8", "precision must be 'float64', 'float32', 'bfloat16' or 'float16', not 'int8'"),
    ("--hidden 8 --peak-gflops 5", "--peak-gflops takes --bandwidth-gbs too, or --processor"),
    ("--hidden 8 --cache-mb 5", "--cache-mb takes --peak-gflops too, or --processor"),
    (
        "--hidden 8 --peak-gflops nan --bandwidth-gbs 3",
        "peak_gflops must be a number above 0 and at most 1,000,000,000, not nan",
    ),
    ("--hidden 8 --processor one-core --efficiency nan", "efficiency must be a finite number, not nan"),
    ("--hidden 8 --processor one-core --peak-gflops 3", "--processor must not be given with --peak-gflops"),
    ("--hidden 8 --processor one-core --measure", "--measure must not be given with --processor"),
    ("--hidden 8 --efficiency 0.5 --measure", "--measure must not be given with --efficiency"),
    ("--hidden 8 --measure --precision float16", "precision must be float32 or float64 to be measured, not float16"),
    ("--hidden 8 --weight-bits 0", "weight_bits must be in 1..16, not 0"),
    ("MODEL --hidden 8", "--hidden must not be given with a model file: MODEL has its own"),
    ("MODEL --layers 2", "layers of a model file must be their order, as in lstm,fc1, not 2"),
    ("MODEL --biases 5", "biases must be 2, 1 or 0, not 5"),
    ("nothing.onnx", "nothing.onnx: no such file"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_is_refused(run, small, options, message):
    path = str(small / "small.safetensors")
    code, printed, error = run("calc", *(path if word == "MODEL" else word for word in options.split()))
    assert (code, printed) == (2, "")
    assert error == f"rnnhw: {message.replace('MODEL', path)}\n"


def test_messages_name_the_option_of_the_command_line(run):
    answer = run("calc", "--hidden", 8, "--nonlinearity", "relu")
    assert answer == (2, "", "rnnhw: nonlinearity is an option of the RNN, not of the LSTM\n")


def test_no_digit_is_cut_on_narrow_terminals():
    from io import StringIO

    from rich.console import Console

    from rnnhw.report.analysis import calculation_tables

    found = calculate(Architecture(hidden=64, layers=2), Workload(steps=100), find_processor("nvidia-t4"))
    narrow = Console(width=80, file=StringIO())
    for table in calculation_tables(found):
        narrow.print(table)
    assert "…" not in narrow.file.getvalue()
