"""docs/examples.md: every figure of a shipped model and of a naive forecast, computed again."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnhw import load, save
from rnnhw.network import load_data

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "examples.md").read_text()
SHOWN = dict(re.findall(r"^\| `(\S+\.safetensors)` \|.*\| (.*?) \|$", TEXT, re.MULTILINE))


def computed(model, town):
    """What the documentation says of a model, from its file and the test data."""
    task = model.stem.partition("_")[0]
    net = load(model)
    folder = ROOT / ("rnnhw/data" if task == "digits" else "examples/data")
    data = load_data(folder / f"{task}_test.npz", net.input_size)
    answers = net.run(data.x, data.lengths)
    if task == "load":
        return "RMSE {:.3f} MW, MAPE {:.2f} %".format(*town.errors(answers, data.y))
    right = int((answers.argmax(axis=1) == data.y).sum())
    return f"{right / len(data.y):.2%} ({right} of {len(data.y)})".replace("%", " %")


def test_every_model_is_there():
    stored = [*(ROOT / "examples" / "models").iterdir(), *(ROOT / "rnnhw" / "data").glob("*.safetensors")]
    assert {ROOT / name for name in SHOWN} == set(stored)
    assert len(stored) == 9


@pytest.mark.parametrize("model", SHOWN)
def test_float_figures(model, script):
    assert computed(ROOT / model, script("town_load")) == SHOWN[model]
    sizes = re.search(rf"`{re.escape(model)}` \| (.*?) \|", TEXT)[1]
    net = load(ROOT / model)
    assert " → ".join(map(str, (net.input_size, *(layer.output_size for layer in net.layers)))) == sizes
    assert net.layers[0].kind == Path(model).stem.partition("_")[2]


def test_another_model_has_other_figures(script, tmp_path):
    """Control: of a model for another task, or a changed one, the figures would not be those."""
    name = "examples/models/vowels_rnn.safetensors"
    net = load(ROOT / name)
    cell, dense = net.layers
    changed = replace(net, layers=(replace(cell, bias=cell.bias + 0.5), dense))
    save(changed, tmp_path / "vowels_rnn.safetensors")
    assert computed(tmp_path / "vowels_rnn.safetensors", script("town_load")) != SHOWN[name]


def test_naive_forecasts(script):
    town = script("town_load")
    training, _, test, _ = town.datasets()
    figures = {name: town.errors(forecast, test.y) for name, forecast in town.naive(training, test).items()}
    assert len(figures) == 3
    for name, (rmse, mape) in figures.items():
        assert f"| {name} | {rmse:.3f} | {mape:.2f} |" in TEXT
    for cell in ("lstm", "gru", "rnn"):
        shown = SHOWN[f"examples/models/load_{cell}.safetensors"]
        rmse, mape = re.findall(r"[\d.]+", shown)
        assert f"| {cell.upper()}-24 | {rmse} | {mape} |" in TEXT
        assert float(rmse) < min(figure[0] for figure in figures.values())
        assert float(mape) < min(figure[1] for figure in figures.values())


def test_nearest_mean(script):
    vowels = script("vowels")
    training, _, test, _ = vowels.datasets()
    right = vowels.nearest_mean(training, test)
    assert f"{right / 400:.2%} ({right} of 400)".replace("%", " %") in TEXT
    assert right < 0.8 * 400


def test_lengths_matter(script):
    """The vowels' models answer at each sequence's own last frame: at the last of all frames they are worse."""
    net = load(ROOT / "examples" / "models" / "vowels_gru.safetensors")
    data = load_data(ROOT / "examples" / "data" / "vowels_test.npz", 12)
    own, padded = ((net.run(data.x, lengths).argmax(1) == data.y).mean() for lengths in (data.lengths, None))
    assert own - padded > 0.02
    short = int(np.flatnonzero(data.lengths == 7)[0])
    alone = net.run(data.x[short : short + 1, :7])
    assert np.abs(alone - net.run(data.x, data.lengths)[short]).max() < 1e-12
