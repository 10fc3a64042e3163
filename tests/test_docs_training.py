"""docs/training.md: its Python runs and prints what it says, as far as a training does on another machine."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: pip install 'rnnhw[torch]'")

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "training.md").read_text()
LEARNING, CHUNKS = re.findall(r"```python\n(.*?)```", TEXT, re.S)
SHOWN = re.search(r"prints.*?```\n(.*?)```", TEXT, re.S)[1]


def percentages(text):
    return [float(number) for number in re.findall(r"([\d.]+)%", text)]


def test_the_example(tmp_path, monkeypatch):
    (tmp_path / "rnnhw").symlink_to(ROOT / "rnnhw")
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(LEARNING, {})
    found, shown = percentages(printed.getvalue()), percentages(SHOWN)
    assert len(found) == len(shown) == 2
    assert found[0] == shown[0]  # nothing in it depends on the machine
    assert abs(found[1] - shown[1]) < 4
    assert printed.getvalue().endswith("equal: True\n")
    assert SHOWN.endswith("equal: True\n")
    assert (tmp_path / "digits_w2a4.rnnq").exists()


def test_the_chunks():
    from rnnhw.network import RNN, Network
    from rnnhw.torch import prepare

    space = {}
    exec(f"import torch\n{CHUNKS}", space)
    rng = np.random.default_rng(1)
    net = Network([RNN(rng.normal(size=(3, 2)), rng.normal(size=(3, 3)), np.zeros(3))], "many-to-many")
    x, y = torch.from_numpy(rng.normal(size=(4, 10, 2))), torch.from_numpy(rng.integers(0, 3, (4, 10)))
    module = prepare(net, {"weight_bits": 4, "activation_bits": 4}, x)
    losses = list(space["chunk_losses"](module, x, y, 4))
    whole = torch.nn.functional.cross_entropy(module(x).flatten(0, 1), y.flatten())
    weighted = (4 * losses[0] + 4 * losses[1] + 2 * losses[2]) / 10
    assert len(losses) == 3
    assert torch.isclose(weighted, whole)
