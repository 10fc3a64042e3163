"""Every option of the command line: what the file does not say, numbers and hardware, there and in the TOML file."""

import json

import numpy as np
import pytest

from rnnhw.network import GRU, Bidirectional, Dense, Network, save


@pytest.fixture
def model(tmp_path):
    """Makes a file of a network of a given mode: two GRUs of 4 units, the first one bidirectional if asked for."""

    def model(mode, both=False, **options):
        rng = np.random.default_rng(5)

        def gru(inputs, name):
            return GRU(
                *(rng.normal(size=(12, n)) for n in (inputs, 4)), rng.normal(size=12), rng.normal(size=4), name=name
            )

        first = Bidirectional(gru(2, "there"), gru(2, "back"), "first") if both else gru(2, "first")
        dense = Dense(rng.normal(size=(2, 4)), rng.normal(size=2), "linear", "out")
        layers = [first, gru(8 if both else 4, "second"), dense]
        save(Network(layers, mode, "net", **options), tmp_path / "net.npz")
        steps = 1 if mode.startswith("one-to") else 6
        np.savez(tmp_path / "data.npz", x=rng.normal(size=(2, steps, 2)))
        return tmp_path / "net.npz", "--calibrate", tmp_path / "data.npz"

    return model


CORES = [
    ("many-to-many", False, {}, ["--engines", "2,1", "--multipliers", "6"]),
    ("many-to-many", False, {"head": "argmax"}, ["--streams", "3", "--columns-per-cycle", "2", "--pipelines", "2"]),
    ("many-to-one", True, {"head": "softmax"}, ["--engines", "per-layer", "--max-steps", "7", "--symmetric-weights"]),
    ("one-to-many", False, {"steps": 3}, ["--lanes", "12", "--multiplier", "lut", "--state-memory", "registers"]),
    ("one-to-one", False, {}, ["--weight-bits", "1", "--weights", "loadable", "--weight-memory", "spram"]),
    ("many-to-one", False, {}, ["--load-state", "--read-state", "--update-multiplier", "lut"]),
]


@pytest.mark.parametrize(("mode", "both", "options", "knobs"), CORES, ids=[" ".join(knobs) for *_, knobs in CORES])
def test_every_knob_gives_a_core_that_is_golden(run, model, tmp_path, mode, both, options, knobs):
    """Estimate, generate and cosim of each, and the cycles that the first one says are those of the last one."""
    arguments = (*model(mode, both, **options), *knobs)
    code, out, error = run("estimate", *arguments, "--json")
    assert code == 0, error
    estimated = json.loads(out)
    code, out, error = run("generate", *arguments, "-o", tmp_path / "core", "--json")
    assert code == 0, error
    generated = json.loads(out)
    assert ("images/load.bin" in generated["files"]) == ("loadable" in knobs)
    assert generated["estimate"]["cycles_per_step"] == estimated["cycles_per_step"]
    code, out, error = run("cosim", tmp_path / "core", "--simulator", "amaranth", "--json")
    assert code == 0, error
    answer = json.loads(out)
    assert answer["equal"]
    assert answer["planned_cycles_per_step"] == estimated["cycles_per_step"]
    readme = (tmp_path / "core" / "README.md").read_text()
    assert f"| cycles per step | {estimated['cycles_per_step']} |" in readme
    assert ("## State vector" in readme) == ("--load-state" in knobs)
    assert ("## Loading" in readme) == ("loadable" in knobs)


def test_the_passes_are_shown(run, model):
    code, out, error = run("estimate", *model("many-to-many"), "--engines", "2,1", "--lanes", "3,2")
    assert code == 0, error
    assert "engine0: first, second; 3 lanes, 1 column a cycle, 1 pipeline" in out
    assert "engine1: out; 2 lanes, 1 column a cycle, 1 pipeline" in out
    code, out, _ = run("estimate", *model("many-to-many"), "--engines", "2,1", "--lanes", "3,2", "--json")
    rows = json.loads(out)["passes"]
    assert [(row["engine"], row["layer"], row["groups"] * row["words"]) for row in rows] == [
        ("engine0", "first", 4 * 6),
        ("engine0", "second", 4 * 8),
        ("engine1", "out", 1 * 4),
    ]


def test_lists_and_words_in_the_config_file(run, model, tmp_path):
    config = tmp_path / "rnnhw.toml"
    config.write_text(
        'lanes = [3, 2]\nengines = [2, 1]\npipelines = "auto"\nread-state = true\nweights = "loadable"\n'
        'weight-memory = ["spram", "auto"]\n'
    )
    arguments = (*model("many-to-many"), "-o", tmp_path / "core", "--config", config)
    code, _, error = run("generate", *arguments)
    assert code == 0, error
    hardware = json.loads((tmp_path / "core" / "manifest.json").read_text())["hardware"]
    assert (hardware["lanes"], hardware["engines"], hardware["read_state"]) == ([3, 2], [2, 1], True)
    assert hardware["weight_memory"] == ["spram", "auto"]
    more = ("--lanes", "4,4,2", "--weight-memory", "auto,spram,block")
    code, _, error = run("generate", *arguments, "--engines", "per-layer", *more)
    assert code == 0, error
    hardware = json.loads((tmp_path / "core" / "manifest.json").read_text())["hardware"]
    assert (hardware["lanes"], hardware["engines"]) == ([4, 4, 2], "per-layer")
    assert hardware["weight_memory"] == ["auto", "spram", "block"]


def test_what_a_state_dict_leaves_open(run, tmp_path):
    rng = np.random.default_rng(2)
    shapes = {"weight_ih_l0": (6, 2), "weight_hh_l0": (6, 2), "bias_ih_l0": (6,), "bias_hh_l0": (6,)}
    np.savez(tmp_path / "gru.npz", **{f"rnn.{name}": rng.normal(size=shape) for name, shape in shapes.items()})
    facts = ["--steps", 4, "--sigmoid", "hard", "--tanh", "hard", "--update-gate", "take", "--no-reset-after"]
    code, out, error = run("inspect", tmp_path / "gru.npz", "--mode", "one-to-many", *facts, "--json")
    assert code == 0, error
    answer = json.loads(out)
    assert [answer[key] for key in ("mode", "steps", "sigmoid", "tanh")] == ["one-to-many", 4, "hard", "hard"]
    code, _, error = run("inspect", tmp_path / "gru.npz", "--mode", "one-to-many")
    assert (code, "steps is missing" in error) == (2, True)
    code, _, error = run("inspect", tmp_path / "gru.npz", "--mode", "many-to-one", "--nonlinearity", "relu")
    assert (code, "nonlinearity has no effect: there is no nn.RNN" in error) == (2, True)
    code, out, _ = run("inspect", tmp_path / "gru.npz", "--mode", "many-to-one", "--head", "argmax", "--reset-after")
    assert out.startswith("gru: many-to-one, argmax")


def test_calibration_is_read_once(run, model, tmp_path, monkeypatch):
    from rnnhw import cli_tools

    read = []
    whole = cli_tools.load_data
    monkeypatch.setattr(cli_tools, "load_data", lambda *arguments: read.append(arguments) or whole(*arguments))
    code, _, error = run("generate", *model("many-to-one"), "-o", tmp_path / "core")
    assert (code, len(read)) == (0, 1), error


def test_too_long_a_sequence_is_refused(run, model, tmp_path):
    code, _, error = run(
        "generate", *model("many-to-one", True, reading="final"), "-o", tmp_path / "c", "--max-steps", 5
    )
    assert (code, error) == (2, "rnnhw: the core stores sequences of at most 5 steps (max_steps), not 6\n")
    assert not (tmp_path / "c").exists()


def test_streams_are_refused_where_sequences_are_stored(run, model):
    code, _, error = run("estimate", *model("many-to-one", True), "--streams", 2)
    assert code == 2
    assert "streams must be 1 for a network with layers that go backwards (whole sequences are stored)" in error
    code, _, error = run("estimate", *model("one-to-many", steps=2), "--streams", 2)
    assert code == 2
    assert "streams must be 1 for a one-to-many network" in error
