"""docs/importing-onnx.md: its example runs and prints what it says; all operators that the code knows are named."""

import re
from pathlib import Path

import pytest

pytest.importorskip("onnx")

from rnnhw.importers.onnx.activations import activation_names
from rnnhw.importers.onnx.glue import MOVED, PASSED
from rnnhw.importers.onnx.linear import PRODUCTS
from tests.importers.onnx.models import single

TEXT = (Path(__file__).parents[1] / "docs" / "importing-onnx.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", TEXT, re.S)


def test_the_example(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    ((code, shown),) = EXAMPLES
    exec(compile(code, "docs/importing-onnx.md", "exec"), {})
    assert capsys.readouterr().out == shown


def test_the_operators_are_named():
    understood = TEXT.split("## What is understood")[1].split("## Quantised models")[0]
    for operator in (*MOVED, *(name for name in PASSED if name != "CastLike"), *PRODUCTS, "Relu", "Softmax", "ArgMax"):
        assert f"`{operator}`" in understood, operator
    for name in {name for op in ("RNN", "LSTM", "GRU") for name in activation_names(single(op).graph.node[0], 1)[0]}:
        assert f"`{name}`" in understood
