"""docs/importing-keras.md: its example runs and prints what it says."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from tests.importers.keras.keras_forms import quiet

TEXT = (Path(__file__).parents[1] / "docs" / "importing-keras.md").read_text()
SHOWN = re.findall(r"```(?:python|sh)\n(.*?)```\n\n```\n(.*?)```", TEXT, re.S)


def stripped(text):
    return [line.rstrip() for line in text.strip().splitlines()]


@quiet
def test_the_example(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    (code, printed), (command, table) = SHOWN
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "importing-keras.md", "exec"), {})
    assert stripped(out.getvalue()) == stripped(printed)
    monkeypatch.setenv("COLUMNS", "110")
    returned, found, error = run(*command.split()[1:])
    assert (returned, error) == (0, "")
    assert stripped(found) == stripped(table)
    with pytest.raises(AssertionError):  # control
        assert stripped(found) == stripped(table.replace("1,210", "1,211"))


def test_the_names_of_layers():
    """What the page says is understood exists under these names."""
    from rnnhw.importers.keras import operations, recurrent

    known = {*operations.IDENTITIES, *operations.MOVING_LAYERS, *operations.ACTIVATIONS, *recurrent.RECURRENT}
    understood = TEXT.partition("## What is understood")[2].partition("## What is refused")[0]
    named = set(re.findall(r"`([A-Z][A-Za-z0-9]+)", understood)) - {"Network"}
    assert named <= known | {"Dense", "TimeDistributed", "Masking"}
    assert {"LSTM", "GRU", "SimpleRNN", "Bidirectional", "RNN"} <= named
