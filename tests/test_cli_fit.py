"""The command ``fit``."""

import json
import shlex

import pytest

from rnnhw import Design, load_quantized, search
from rnnhw.search import hunt


@pytest.fixture
def model(run, small):
    """The small model, and the options that go with it."""
    return small / "small.safetensors", "--calibrate", small / "data.npz"


def test_a_table_and_the_command_to_paste(run, model):
    code, printed, error = run("fit", *model, "--board", "icebreaker", "--top", 2, "--weight-bits", 6)
    assert (code, error) == (0, "")
    assert "icebreaker: least time of a step" in printed
    assert "configurations were looked at" in printed
    words = shlex.split(printed.strip().splitlines()[-1])
    assert words[:3] == ["rnnhw", "build", str(model[0])]
    assert words[words.index("--weight-bits") + 1] == "6"
    assert words[words.index("--board") + 1] == "icebreaker"
    assert words[-2:] == ["--clock", "max"]


def test_the_command_generates_what_was_found(run, model, tmp_path, monkeypatch):
    """With two engines, of which each has its own numbers."""
    monkeypatch.chdir(tmp_path)
    code, printed, error = run("fit", *model, "--target", "ecp5", "--engines", "per-layer", "--streams", 2, "--json")
    assert (code, error) == (0, "")
    answer = json.loads(printed)
    best = answer["candidates"][0]
    assert answer["command"] == best["command"]
    words = shlex.split(answer["command"])
    assert words[:2] == ["rnnhw", "generate"]
    code, printed, error = run(*words[1:], "--json")
    assert (code, error) == (0, "")
    made = json.loads(printed)["estimate"]
    assert made["cycles_per_step"] == best["cycles_per_step"]
    shape = [(engine["lanes"], engine["columns"]) for engine in made["engines"]]
    assert len(shape) == 2
    assert [lanes for lanes, _ in shape] == best["hardware"]["lanes"]


def test_limits_and_a_quantised_model(run, model, tmp_path):
    code, _, error = run("generate", *model, "-o", tmp_path / "out")
    assert code == 0, error
    network = next((tmp_path / "out").rglob("*.rnnq"))
    code, printed, error = run("fit", network, "--board", "icebreaker", "--max-cycles", 40, "--length", 5, "--json")
    assert (code, error) == (0, "")
    answer = json.loads(printed)
    assert (answer["objective"], answer["max_cycles"], answer["length"]) == ("size", 40, 5)
    best = answer["candidates"][0]
    assert best["cycles_per_step"] <= 40
    assert "--calibrate" not in answer["command"]
    options = {name: tuple(v) if isinstance(v, list) else v for name, v in best["options"].items()}
    assert (
        Design(load_quantized(network), target="icebreaker", **options).plan.cycles_per_step == best["cycles_per_step"]
    )
    code, printed, _ = run("fit", network, "--board", "icebreaker", "--objective", "throughput", "--json")
    assert json.loads(printed)["candidates"][0]["step_us"] < best["step_us"]  # control


def test_without_data(run, model):
    """Good for sizes; the command says where the data has to stand."""
    code, printed, error = run("fit", model[0], "--target", "ice40", "--top", 1)
    assert (code, error) == (0, "no --calibrate: formats are chosen on seeded noise in -1..1, good for sizes only\n")
    assert "--calibrate DATA.npz" in printed.replace("\n", " ")


def test_a_file_of_options(run, model, tmp_path):
    (tmp_path / "fit.toml").write_text('lanes = 3\n[fit]\nmax_cycles = 80\nobjective = "throughput"\n')
    code, printed, error = run("fit", *model, "--board", "icebreaker", "--config", tmp_path / "fit.toml", "--json")
    assert (code, error) == (0, "")
    answer = json.loads(printed)
    assert (answer["max_cycles"], answer["objective"]) == (80, "throughput")
    assert answer["candidates"][0]["hardware"]["lanes"] <= 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--board is missing: a board (rnnhw boards) or a device (ecp5-25f)"),
        (("--board", "nope"), "target must be a board"),
        (("--board", "icebreaker", "--max-cycles", 1), "nothing that fits ice40up5k takes at most 1 cycles per step; "),
        (("--board", "icebreaker", "--lanes", 99), "lanes must be in 1..12"),
        (("--board", "icebreaker", "--objective", "best"), "objective must be one of"),
        (("--board", "icebreaker", "--top", 0), "Invalid value for '--top'"),
    ],
)
def test_mistakes(run, model, options, message):
    code, printed, error = run("fit", *model, *options)
    assert (code, printed) == (2, "")
    assert error.startswith(f"rnnhw: {message}")
    assert error.count("\n") == 1


def test_interrupted(run, model, monkeypatch):
    def stop(self, known):
        raise KeyboardInterrupt

    monkeypatch.setattr(hunt.Hunt, "_plan", stop)
    code, printed, error = run("fit", *model, "--board", "icebreaker")
    assert (code, printed, error) == (130, "", "rnnhw: interrupted\n")


def test_every_option_of_a_design_can_be_fixed(run):
    code, printed, _ = run("fit", "--help")
    assert code == 0
    for name in search.KNOBS:
        assert f"--{name.replace('_', '-')}" in printed
