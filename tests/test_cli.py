"""The command line as a user meets it: results, JSON, one-line errors with exit code 2, no half-written output."""

import json

import numpy as np
import pytest

import rnnhw
from rnnhw import data, demo
from rnnhw.network import LSTM, Network, save
from tests.cli_support import generated

MODEL, CALIBRATION = str(data.digits_model()), str(data.digits_calibration())


def test_version(run):
    assert run("--version") == (0, "rnnhw 0.1.0\n", "")


def test_inspect(run):
    code, out, _ = run("inspect", MODEL)
    assert code == 0
    assert "5,248" in out
    assert "5,578 parameters: 22,312 bytes as float32, 5,578 at 8 bits" in out


def test_inspect_as_json(run):
    code, out, _ = run("inspect", MODEL, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["parameters"] == 5578
    assert [layer["kind"] for layer in answer["layers"]] == ["lstm", "dense"]


def test_estimate_on_a_board(run):
    code, out, _ = run("estimate", MODEL, "--calibrate", CALIBRATION, "--board", "icebreaker", "--lanes", 8, "--json")
    answer = json.loads(out)
    assert code == 0
    assert (answer["cycles_per_step"], answer["dsp"], answer["bram"]) == (640, 5, 19)


def test_estimate_without_calibration_says_so(run):
    code, out, error = run("estimate", MODEL, "--lanes", 16)
    assert code == 0
    assert "320" in out
    assert error == "no --calibrate: formats are chosen on seeded noise in -1..1, good for sizes only\n"


def test_generate_and_cosim(run, small):
    folder = generated(run, small, "--lanes", 3, "--name", "tiny")
    assert {path.name for path in folder.iterdir()} >= {"tiny.sv", "manifest.json", "network.rnnq", "bench", "images"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["name"] == "tiny"
    assert manifest["cycle_law"]["passes"][0] == {
        "engine": "engine", "layer": "lstm0", "kind": "lstm", "rows": 12, "columns": 5, "lanes": 3, "pipelines": 3,
        "columns_per_cycle": 1, "groups": 4, "words": 5, "cycles": 20, "every_step": True,
    }  # fmt: skip
    code, out, error = run("cosim", folder, "--simulator", "amaranth", "--json")
    assert code == 0, error
    answer = json.loads(out)
    assert answer["equal"]
    assert answer["sequences"] == 9  # five of the calibration data, four seeded
    code, out, _ = run("cosim", folder, "--simulator", "amaranth", "--data", small / "data.npz", "--sequences", 2)
    assert code == 0
    assert out.startswith(
        "tiny in amaranth: 2 sequences equal to golden bit for bit, every output in its planned cycle"
    )
    code, out, _ = run("cosim", folder, "--simulator", "amaranth", "--stalls", 4)
    assert code == 0
    assert "planned cycle" not in out


def test_a_quantised_network_can_be_the_model(run, small):
    folder = generated(run, small, "--lanes", 2)
    code, _, error = run("generate", folder / "network.rnnq", "-o", small / "again", "--lanes", 4)
    assert code == 0, error
    assert json.loads((small / "again" / "manifest.json").read_text())["hardware"]["lanes"] == 4


def test_config_file_and_command_line_win(run, small):
    config = small / "rnnhw.toml"
    config.write_text('calibrate = "%s"\nlanes = 3\n[generate]\nlanes = 5\nper-gate = true\n' % (small / "data.npz"))
    model = small / "small.safetensors"
    code, out, error = run("generate", model, "-o", small / "a", "--config", config, "--json")
    assert code == 0, error
    assert json.loads((small / "a" / "manifest.json").read_text())["hardware"]["lanes"] == 5
    code, out, error = run("generate", model, "-o", small / "b", "--config", config, "--lanes", 6)
    assert json.loads((small / "b" / "manifest.json").read_text())["hardware"]["lanes"] == 6
    code, out, error = run("estimate", model, "--config", config, "--json")
    assert json.loads(out)["utilisation"] <= 1
    config.write_text("lains = 3")
    code, _, error = run("estimate", model, "--config", config)
    assert code == 2
    assert error.startswith(f"rnnhw: {config}: unknown key lains; allowed are activation_bits, ")


ERRORS = [
    (["inspect", "nothing.safetensors"], "nothing.safetensors: no such file"),
    (["estimate", MODEL, "--lanes", "129"], "lanes must be in 1..128 (rows of its largest matrix), not 129"),
    (
        ["estimate", MODEL, "--lanes", "0"],
        "lanes must be an integer of at least 1 or one for each engine (such as 8,4), not 0",
    ),
    (["estimate", MODEL, "--lanes", "8,"], "lanes must be an integer of at least 1 or one for each engine"),
    (["estimate", MODEL, "--lanes", "8,4"], "lanes must be one number or one for each of the 1 engines, not 2"),
    (["estimate", MODEL, "--columns-per-cycle", "33"], "columns_per_cycle must be in 1..32 "),
    (["estimate", MODEL, "--pipelines", "some"], "pipelines must be 'auto', an integer of at least 1 or one for"),
    (["estimate", MODEL, "--engines", "3,1"], "engines must divide the 2 layers, not 4"),
    (["estimate", MODEL, "--streams", "65"], "streams must be in 1..64, not 65"),
    (["estimate", MODEL, "--weights", "flash"], "weights must be 'rom' or 'loadable', not 'flash'"),
    (["estimate", MODEL, "--mode", "many-to-many"], "contradicts the file"),
    (["inspect", MODEL, "--steps", "3"], "steps must not be given"),
    (["estimate", MODEL, "--weight-bits", "17"], "weight_bits must be in 1..16, not 17"),
    (["estimate", MODEL, "--activation-bits", "3"], "activation_bits must be in 4..16, not 3"),
    (["estimate", MODEL, "--rounding", "up"], "rounding must be one of floor, half_up, half_even, not 'up'"),
    (["estimate", MODEL, "--board", "zedboard"], "target must be a board (icebreaker, "),
    (
        ["generate", MODEL, "-o", "out"],
        "--calibrate is missing: an .npz with typical inputs x (sequences, steps, inputs)",
    ),
    (["generate", MODEL, "-o", "out", "--calibrate", MODEL], "not a readable .npz"),
    (["generate", MODEL], "Missing option '--output' / '-o'."),
    (["cosim", "nowhere"], "nowhere: no manifest.json; rnnhw generate makes such a folder"),
    (["cosim", "nowhere", "--simulator", "modelsim"], "nowhere: no manifest.json"),
    (["cosim", "nowhere", "--stalls", "-1"], "Invalid value for '--stalls'"),
    (["frobnicate"], "No such command 'frobnicate'."),
    (["estimate", MODEL, "--config", "none.toml"], "none.toml: No such file or directory"),
]


def test_damaged_data_is_one_line(run, small):
    """A compressed stream that breaks off inside, a lone array under the wrong name, labels of no length."""
    path, model = small / "bad.npz", small / "small.safetensors"
    np.savez_compressed(path, x=np.random.default_rng(0).normal(size=(50, 7, 2)))
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + bytes(100) + whole[300:])
    code, _, error = run("estimate", model, "--calibrate", path)
    assert (code, error.count("\n")) == (2, 1), error
    assert error.startswith(f"rnnhw: {path}: not a readable .npz (")
    with path.open("wb") as file:
        np.save(file, np.zeros((5, 7, 2)))
    code, _, error = run("estimate", model, "--calibrate", path)
    assert (code, error.count("\n")) == (2, 1), error
    np.savez(path, x=np.zeros((5, 7, 2)), y=3)
    code, _, error = run("estimate", model, "--calibrate", path)
    assert (code, error) == (2, f"rnnhw: {path}: y must have 5 entries, one a sequence, not shape ()\n")


def test_demo(run, tmp_path, monkeypatch):
    """All of it but Verilator, which README's commands run on the same core, and 2 of the 20 digits."""
    assert demo.COSIMULATED == 20
    monkeypatch.setattr(demo, "COSIMULATED", 2)
    code, out, error = run("demo", "-o", tmp_path / "core", "--simulator", "amaranth", "--json")
    assert code == 0, error
    answer = json.loads(out)
    assert answer["accuracy"]["float"] - answer["accuracy"]["quantised"] <= 0.005
    assert {name: run["digits"] for name, run in answer["cosim"].items()} == {"amaranth": 2, "cxxrtl": 450}
    planned = answer["estimate"]["cycles_per_step"]
    assert [run["cycles_per_step"] for run in answer["cosim"].values()] == [planned, planned] == [640, 640]
    assert answer["cosim"]["cxxrtl"]["accuracy"] == answer["accuracy"]["quantised"]
    assert (tmp_path / "core" / "manifest.json").is_file()


def test_no_arguments_is_help_alone(run):
    code, _, error = run()
    assert code == 2
    assert "rnnhw:" not in error


@pytest.mark.parametrize(("arguments", "message"), ERRORS, ids=[" ".join(a)[-40:] for a, _ in ERRORS])
def test_a_mistake_is_one_line_and_exit_code_2(run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, _, error = run(*arguments)
    lines = [line for line in error.splitlines() if line.startswith("rnnhw: ")]
    assert code == 2
    assert len(lines) == 1
    assert message in lines[0]
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


def test_a_quantised_network_takes_no_widths(run, small):
    folder = generated(run, small)
    code, _, error = run("estimate", folder / "network.rnnq", "--weight-bits", 4)
    assert code == 2
    assert "is quantised already, --weight-bits has no effect on it" in error


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('streams = "two"', "streams must be an integer, not 'two'"),
        ("streams = true", "streams must be an integer, not True"),
        ("lanes = true", "lanes must be an integer, a list of them or a word, not True"),
        ("lanes = 2.5", "lanes must be an integer, a list of them or a word, not 2.5"),
        ('per-gate = "yes"', "per-gate must be true or false, not 'yes'"),
        ("rounding = 3", "rounding must be a string, not 3"),
        ('percentile = "99"', "percentile must be a number, not '99'"),
    ],
)
def test_kinds_in_the_config_file(run, small, line, message):
    (small / "c.toml").write_text(line)
    code, _, error = run("estimate", small / "small.safetensors", "--config", small / "c.toml")
    assert (code, error) == (2, f"rnnhw: {small / 'c.toml'}: {message}\n")


def test_generate_says_what_clips(run, small):
    rng = np.random.default_rng(1)
    layer = LSTM(9 * rng.normal(size=(12, 2)), rng.normal(size=(12, 3)), rng.normal(size=12), "lstm0")
    save(Network([layer], "many-to-many", "loud"), small / "loud.npz")
    code, out, _ = run(
        "generate", small / "loud.npz", "--calibrate", small / "data.npz", "-o", small / "loud", "--json"
    )
    clipped = json.loads(out)["clipped"]
    assert code == 0
    assert "lstm0.z_i" in clipped
    assert "values clipped" in clipped["lstm0.z_i"]


def test_stalls_cost_cycles_and_nothing_else(run, small):
    folder = generated(run, small)
    code, out, _ = run("cosim", folder, "--simulator", "amaranth", "--stalls", 1, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["equal"]
    assert answer["cycles"] > 1.05 * answer["planned_cycles"]


def test_public_names():
    """What architecture promises can be reached from the package."""
    for name in rnnhw.__all__:
        assert getattr(rnnhw, name) is not None
    with pytest.raises(AttributeError, match="module 'rnnhw' has no attribute 'nonsense'"):
        rnnhw.nonsense  # noqa: B018 (looking it up is the test)
