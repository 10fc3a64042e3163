"""examples/train_quantised_digits.py: its pieces, one epoch of it, and what it refuses."""

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnhw.data import digits_model
from rnnhw.importers import load
from rnnhw.quantize import load_quantized

from .cases import torch

from rnnhw.torch import prepare  # isort: skip (skips above where torch is missing)

pytest.importorskip("sklearn", reason="no scikit-learn: pip install 'rnnhw[train]'")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def example(monkeypatch):
    """The script as a module; it imports others that stand beside it."""
    monkeypatch.syspath_prepend(ROOT / "examples")
    return importlib.import_module("train_quantised_digits")


@pytest.fixture
def learn(example, monkeypatch, capsys, tmp_path):
    """Run the script with options; returns the lines that it prints."""

    def learn(*options):
        monkeypatch.setattr(sys, "argv", ["train_quantised_digits.py", *map(str, options), "-o", str(tmp_path)])
        example.run(example.main)
        return capsys.readouterr().out.splitlines()

    return learn


def test_one_epoch(learn, tmp_path):
    lines = learn("--epochs", 1, "--cell", "rnn", "--weight-bits", 3)
    assert [line.partition(":")[0] for line in lines[:3]] == [
        "float, a digit a sequence",
        "calibration alone",
        "trained",
    ]
    written = load_quantized(tmp_path / "digits_rnn_w3a4.rnnq")
    assert (written.config.weight_bits, written.config.activation_bits) == (3, 4)
    assert re.search(r"\((\d+) of 450\)", lines[2])


def test_a_stream_in_chunks(example, learn, tmp_path):
    """Digits that follow one another, in chunks that digits do not end with."""
    learn("--epochs", 1, "--cell", "rnn", "--digits", 3, "--truncate", 10)
    assert load_quantized(tmp_path / "digits_rnn_w4a4_stream.rnnq").mode == "many-to-many"
    data, _ = example.digits()
    joined = example.streams(data[:7], 3)
    assert joined.x.shape == (2, 24, 8)
    assert np.array_equal(joined.x[1, 8:16], data.x[4])
    assert joined.y.tolist() == [data.y[:3].tolist(), data.y[3:6].tolist()]
    assert [example.ends(begin, 10) for begin in (0, 10, 20)] == [[7], [5], [3]]


def test_chunks_read_each_digit_once(example):
    """Two chunks a digit: only the second one has an answer, and the gradient ends where it begins."""
    data, _ = example.digits()
    x, y, _ = example.tensors(example.streams(data[:5], 1))
    module = prepare(load(digits_model()), {"weight_bits": 8, "activation_bits": 8}, x)
    x.requires_grad_()
    (part,) = example.chunks(module, x, y, 4)
    (whole,) = example.chunks(module, x, y, 8)
    assert torch.equal(part, whole)
    part.backward()
    assert not x.grad[:, :4].any()
    assert x.grad[:, 4:].any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--weight-bits", "17"), "error: weight_bits must be in 1..16, not 17"),
        (("--rate", "0"), "argument --rate: must be a positive number, not '0'"),
        (("--truncate", "0"), "argument --truncate: must be an integer of at least 1, not '0'"),
    ],
)
def test_refusals(options, message, example, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train_quantised_digits.py", *options])
    with pytest.raises(SystemExit) as ended:
        example.run(example.main)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
