"""docs/importing-pytorch.md: its example runs and prints what it says."""

import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

TEXT = (Path(__file__).parents[1] / "docs" / "importing-pytorch.md").read_text()
CODE, SHOWN = re.search(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", TEXT, re.S).groups()


def test_the_example(capsys):
    torch.manual_seed(0)
    exec(compile(CODE, "importing-pytorch.md", "exec"), {})
    assert capsys.readouterr().out == SHOWN


def test_the_example_with_a_fault(capsys):
    """Control: another module prints something else."""
    torch.manual_seed(0)
    exec(compile(CODE.replace("mean(dim=1)", "sum(dim=1)"), "importing-pytorch.md", "exec"), {})
    assert capsys.readouterr().out != SHOWN


def test_what_is_said_of_files(tmp_path):
    import rnnhw

    torch.save(torch.nn.GRU(2, 3), tmp_path / "net.pt")
    with pytest.raises(rnnhw.RnnhwError, match="save the weights alone"):
        rnnhw.load(tmp_path / "net.pt", mode="many-to-one")
