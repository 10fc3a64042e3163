"""docs/energy-forecast.md: its commands print what it shows, its Python what it says, its pictures are today's."""

import contextlib
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.shown import same_lines

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "energy-forecast.md").read_text()
COMMANDS = {command.split()[0]: command for command in re.findall(r"```sh\nrnnhw (.*?)\n```", TEXT)}
SHOWN = re.findall(r"<!-- lines of: (\w+) -->\n```\n(.*?)```", TEXT, re.S)
PYTHON, PRINTED = re.search(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", TEXT, re.S).groups()


@pytest.mark.parametrize(("name", "shown"), [("calc", 4), ("bptt", 1)])
def test_the_commands(name, shown, run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, printed, error = run(*COMMANDS[name].split())
    assert code == 0, error
    blocks = [text for command, text in SHOWN if command == name]
    assert len(blocks) == shown
    for block in blocks:
        assert same_lines(block, printed) >= 5
    if name == "bptt":
        assert names(tmp_path / "build" / "forecast.svg") == names(DOCS / "energy-forecast-gradients.svg")


def test_another_figure_is_found(run, monkeypatch, tmp_path):
    """Control: a block that says something else."""
    monkeypatch.chdir(tmp_path)
    _, printed, _ = run(*COMMANDS["calc"].split())
    block = SHOWN[0][1]
    with pytest.raises(AssertionError, match="132,096"):
        same_lines(block.replace("131,072", "141,072"), printed)


def test_the_python():
    space, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(PYTHON, space)
    assert printed.getvalue() == PRINTED
    assert space["diagram"] == (DOCS / "energy-forecast-core.svg").read_text()


def test_what_the_text_says_of_other_initial_weights(run):
    command = COMMANDS["bptt"].partition(" --plot")[0]
    _, printed, _ = run(*command.split(), "--framework", "keras")
    lag = re.search(r"│ lstm0 │ forward │[^│]*│ +(\d+) │", printed)[1]
    assert f"the lag of 1 % is {lag} hours" in TEXT


def names(path: Path) -> set[str]:
    """The cells that a plot shows."""
    ElementTree.parse(path)  # is XML
    found = set(re.findall(r"\b(RNN|LSTM|GRU)\b", path.read_text()))
    assert found == {"RNN", "LSTM", "GRU"}
    return found
