"""The scripts run from end to end: with little data and one epoch, into a folder of the test."""

import sys

import numpy as np
import pytest

from rnnhw import RnnhwError, data, load

pytest.importorskip("torch", reason="no PyTorch: pip install 'rnnhw[train]'")
pytest.importorskip("sklearn", reason="no scikit-learn: pip install 'rnnhw[train]'")
CELLS = ("lstm", "gru", "rnn")
SIZES = {"digits": (8, 32, 10), "vowels": (12, 32, 8), "load": (5, 24, 6)}


@pytest.fixture
def train(script, monkeypatch, tmp_path, capsys):
    """Run a script with the least data and one epoch; returns the folder and what it printed."""
    vowels, town = script("vowels"), script("town_load")
    for name, count in {"TRAINING": 64, "VALIDATION": 16, "TEST": 16, "CALIBRATION": 8}.items():
        monkeypatch.setattr(vowels, name, count)
    for name, value in {"TRAINING_YEARS": 1, "STRIDE": 97, "TEST_STRIDE": 240, "CALIBRATION": 8}.items():
        monkeypatch.setattr(town, name, value)

    def train(task, *arguments, folder="out"):
        out = tmp_path / folder
        given = [f"train_{task}.py", "--epochs", "1", "-o", str(out), *arguments]
        monkeypatch.setattr(sys, "argv", given if task == "digits" else [*given, "--data", str(out)])
        module = script(f"train_{task}")
        if task == "digits":
            training, test = digits()
            monkeypatch.setattr(module, "digits", lambda: (training[:100], test[:40]))
        script("training").run(module.main)
        return out, capsys.readouterr().out

    digits = script("train_digits").digits
    return train


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("task", SIZES)
def test_from_end_to_end(task, cell, train):
    out, printed = train(task, "--cell", cell)
    net = load(out / f"{task}_{cell}.safetensors")
    assert (net.name, net.mode) == (f"{task}_{cell}", "many-to-one")
    assert (net.input_size, net.layers[0].output_size, net.output_size) == SIZES[task]
    assert net.layers[0].kind == cell
    for layer in net.layers:
        for tensor in layer.tensors:
            array = getattr(layer, tensor)
            assert (array.astype(np.float32) == array).all()
    made = task != "digits" or cell == "lstm"  # the digits stand beside the LSTM
    assert (out / f"{task}_test.npz").exists() == (out / f"{task}_calibration.npz").exists() == made
    assert "test" in printed
    assert len(list(out.iterdir())) == (3 if made else 1)


@pytest.mark.parametrize("task", SIZES)
def test_the_seed_says_all(task, train):
    """The same seed gives the same bytes; another one other weights (control) for the same data."""
    folders = [train(task, "--seed", seed, folder=folder)[0] for seed, folder in (("1", "a"), ("1", "b"), ("2", "c"))]
    for path in folders[0].iterdir():
        same = [path.read_bytes() == (folder / path.name).read_bytes() for folder in folders[1:]]
        assert same == [True, path.suffix == ".npz"]


def test_cross_validation_reads_no_test_digits(train, tmp_path):
    out, printed = train("digits", "--validate")
    assert "validation accuracy" in printed
    assert "test" not in printed
    assert not out.exists()


@pytest.mark.parametrize("wrong", [["--epochs", "0"], ["--cell", "cnn"], ["--seed", "x"], ["--seed", str(2**63)]])
def test_wrong_options(wrong, train, capsys):
    with pytest.raises(SystemExit) as ended:
        train("vowels", *wrong)
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(train, tmp_path, capsys):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as ended:
        train("vowels", folder="file/below")
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert printed.count("\n") == 1


def test_what_answers_otherwise_is_not_written(script, tmp_path):
    """Control: a module that reads the padded end of short sequences is not what the file would say."""
    training, vowels = script("training"), script("vowels")

    class Careless(training.Net):
        def forward(self, x, lengths=None):
            return super().forward(x)

    some = vowels.vowels(8, 1)
    with pytest.raises(RnnhwError, match="answers would differ from the module's"):
        training.write_model(Careless("gru", 12, 4, 8), some, tmp_path / "careless.safetensors")
    assert not list(tmp_path.iterdir())
    training.write_model(training.Net("gru", 12, 4, 8), some, tmp_path / "right.safetensors")


def test_the_best_epoch_is_kept(script, monkeypatch):
    """Of all epochs the weights with the least loss on the validation data are returned."""
    training, vowels = script("training"), script("vowels")
    losses = iter([3.0, 1.0, 2.0])
    seen = []

    def pretended(net, data, loss):
        seen.append(net.fc.weight.detach().clone())
        return next(losses)

    monkeypatch.setattr(training, "_loss_on", pretended)
    some, recipe = vowels.vowels(16, 1), training.Recipe(hidden=4, rate=1e-2, epochs=3)
    cross_entropy = training.torch.nn.functional.cross_entropy
    net = training.train("rnn", some, 8, recipe, 1, cross_entropy, validation=some)
    assert (net.fc.weight == seen[1]).all()
    assert (seen[0] != seen[1]).any()
    assert (seen[2] != seen[1]).any()


def test_the_shipped_digits_are_split_again(script):
    training, test = script("train_digits").digits()
    for made, stored in ((test, data.digits_test()), (training[:256], data.digits_calibration())):
        with np.load(stored) as file:
            assert (made.x == file["x"]).all()
            assert (made.y == file["y"]).all()
