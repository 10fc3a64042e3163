"""``rnnhw bptt``."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from rnnhw.analysis import Architecture, Workload, initial_network
from rnnhw.analysis.bptt import analyse
from rnnhw.network import LSTM, Network, save

SIZES = ("--hidden", 6, "--inputs", 2, "--outputs", 3, "--steps", 9)


def answer(run, *arguments):
    code, printed, error = run("bptt", *arguments, "--json")
    assert (code, error) == (0, "")
    return json.loads(printed)


def test_sizes_give_what_python_gives(run):
    found = answer(run, *SIZES, "--cell", "gru", "--seed", 5, "--learning-rate", 0.1, "--optimiser", "sgd")
    net = initial_network(Architecture(cell="gru", hidden=6, inputs=2, outputs=3), 5)
    workload = Workload(steps=9, batch=32, optimiser="sgd")
    wanted = analyse(net, workload=workload, learning_rate=0.1, seed=5, biases=2).data()
    assert found == wanted | {"side_by_side": {}}


def test_a_model_and_its_data(run, small):
    data = np.load(small / "data.npz")
    np.savez(small / "with_y.npz", **data, y=np.random.default_rng(0).normal(size=(5, 2)))
    found = answer(
        run, small / "small.safetensors", "--data", small / "with_y.npz", "--truncation", 4, "--sequences", 3
    )
    assert found["data"] == "given inputs and targets"
    assert found["workload"]["steps"] == 7
    assert found["workload"]["batch"] == found["workload"]["samples"] == 5
    assert found["sequences"] == 3
    assert found["truncation"]["given"]["steps"] == 4
    assert [row["steps"] for row in found["truncation"]["measured"]] == [1, 2, 3, 4, 6, 7]
    assert found["costs"][-1]["epoch_seconds"] is None
    timed = answer(run, small / "small.safetensors", "--data", small / "with_y.npz", "--processor", "one-core")
    assert timed["costs"][-1]["epoch_seconds"] > 0


def test_options_change_what_they_are_for(run):
    def of(*more):
        return answer(run, *SIZES, *more)

    usual = of()
    assert of("--learning-rate", 0.01)["step"] != usual["step"]
    assert of("--clip-norm", 0.001)["clipping"]["share_clipped"] == 1
    assert of("--framework", "keras")["cells"] != usual["cells"]
    assert of("--seed", 1)["cells"] != usual["cells"]
    assert of("--sequences", 2)["sequences"] == 2
    assert of("--biases", 0)["cells"] != usual["cells"]


def test_the_plot_is_of_the_three_cells(run, tmp_path):
    pytest.importorskip("matplotlib")
    file = tmp_path / "new" / "gradients.svg"
    found = answer(run, *SIZES, "--plot", file)
    assert list(found["side_by_side"]) == ["rnn", "lstm", "gru"]
    assert found["side_by_side"]["lstm"]["cells"] == found["cells"]
    lines = {group.get("id") for group in ElementTree.parse(file).iter("{http://www.w3.org/2000/svg}g")}
    assert {"line0", "line1", "line2"} <= lines


def test_the_plot_of_a_model_is_of_its_cells(run, small):
    pytest.importorskip("matplotlib")
    assert answer(run, small / "small.safetensors", "--plot", small / "one.svg")["side_by_side"] == {}
    assert (small / "one.svg").read_text().startswith("<svg")


def test_tables_and_sentences(run):
    code, printed, error = run("bptt", *SIZES, "--clip-norm", 0.5)
    assert (code, error) == (0, "")
    assert printed.startswith("1 x 6 LSTM, 2 inputs, 3 outputs, many-to-one; weights as pytorch begins, seed 0; ")
    for title in ("Gradients through time: 8 sequences", "Gain by lag in lstm0", "Risks", "Truncation", "Clipping and"):
        assert f"\n{title}" in printed
    assert "standard normal inputs, random targets, seed 0" in printed
    assert printed.splitlines()[-4].startswith("Gradients ")
    assert printed.splitlines()[-2].startswith("Clipping at 0.5 touches ")
    assert printed.splitlines()[-1].startswith("A learning rate of 0.001 changes ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--cell", "lstm"), "give a model file, or sizes: --hidden at least"),
        ((*SIZES, "--truncation", 10), "truncation must be in 1..9, the steps of the longest sequence, not 10"),
        ((*SIZES, "--truncation", 0), "truncation must be at least 1, not 0"),
        ((*SIZES, "--learning-rate", "nan"), "learning_rate must be a finite number, not nan"),
        ((*SIZES, "--clip-norm", -1), "clip_norm must be greater than 0, not -1.0"),
        ((*SIZES, "--projection", 3), "projection must be 0 here: networks have no projected LSTMs"),
        ((*SIZES, "--framework", "jax"), "framework must be one of pytorch, keras, not 'jax'"),
        ((*SIZES, "--plot", "a.png"), "--plot must be an .svg file, not a.png"),
        ((*SIZES, "--sequences", 0), "sequences must be in 1..1024, not 0"),
        ((*SIZES, "--data", "nothing.npz"), "nothing.npz: no such file"),
    ],
)
def test_mistakes_are_one_line(run, arguments, message):
    assert run("bptt", *arguments) == (2, "", f"rnnhw: {message}\n")


def test_mistakes_about_files(run, small, tmp_path):
    model = small / "small.safetensors"
    assert run("bptt", model, "--framework", "keras")[2].startswith("rnnhw: --framework must not be given with a model")
    assert run("bptt", model, "--hidden", 3)[0] == 2
    code, printed, error = run("bptt", model, "--data", small / "data.npz", "--steps", 9)
    assert (code, printed, error) == (2, "", "rnnhw: steps must be the data's 7, not 9\n")
    x = np.load(small / "data.npz")["x"]
    x[0, 0, 0] = np.nan
    np.savez(tmp_path / "nan.npz", x=x)
    assert "x must be finite" in run("bptt", model, "--data", tmp_path / "nan.npz", "--plot", tmp_path / "a.svg")[2]
    assert not (tmp_path / "a.svg").exists()
    np.savez(tmp_path / "y.npz", x=x[1:], y=np.zeros(4))
    code, _, error = run("bptt", model, "--data", tmp_path / "y.npz")
    assert (code, error) == (2, "rnnhw: y must have shape (4, 2), the network's answers, not (4,)\n")
    (tmp_path / "q.rnnq").write_bytes(b"")
    assert run("bptt", tmp_path / "q.rnnq")[0] == 2


def test_networks_that_answer_one_step(run, tmp_path):
    from rnnhw.network import save
    from tests.networks import random_network

    for mode in ("one-to-one", "one-to-many"):
        save(random_network(np.random.default_rng(0), kinds=("gru",), mode=mode), tmp_path / "one.safetensors")
        code, printed, error = run("bptt", tmp_path / "one.safetensors")
        assert (code, printed) == (2, "")
        assert error.startswith(f"rnnhw: mode must be many-to-one or many-to-many here, not {mode}, where ")


def test_a_configuration_file(run, tmp_path):
    (tmp_path / "rnnhw.toml").write_text("[bptt]\nhidden = 6\nsteps = 9\ntruncation = 3\n")
    found = answer(run, "--config", tmp_path / "rnnhw.toml")
    assert found["truncation"]["given"]["steps"] == 3


def test_json_has_no_infinity(run, tmp_path):
    """Weights that are next to nothing change by infinitely many times what they are."""
    path = tmp_path / "tiny.safetensors"
    save(Network([LSTM(np.full((8, 1), 1e-320), np.zeros((8, 2)), np.zeros(8), name="tiny")], "many-to-one"), path)

    def refuse(name):
        raise AssertionError(name)

    code, printed, _ = run("bptt", path, "--steps", 3, "--json")
    assert code == 0
    assert json.loads(printed, parse_constant=refuse)["step"]["largest"]["relative_change"] is None
