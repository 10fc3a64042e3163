"""docs/quantisation.md: its code runs, prints what it says, and gives the figures of its table."""

import re
from pathlib import Path

import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.cli_tools import quantization_options
from rnnhw.quantize import Quantization

assert rnnhw.golden

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "quantisation.md").read_text()
CODE = re.findall(r"```python\n(.*?)```(?:\n\n```\n(.*?)```)?", TEXT, re.S)
LINES = [[cell.strip() for cell in line.strip(" |").split("|")] for line in TEXT.splitlines() if line.startswith("|")]
ROWS = [cells for cells in LINES if cells[0] in ("LSTM", "GRU", "RNN")]
WIDTHS = [tuple(map(int, cell.split("/"))) for cell in next(cells for cells in LINES if "8/8" in cells)[2:]]
QUICK = [0, 3, 4]  # columns of the table that are computed again
ONE = 0.23  # a sequence of 450 may round otherwise on another machine


@pytest.fixture(scope="module")
def names():
    """What the first piece of code defines, run in the folder that the page is written for."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        exec(CODE[0][0], found)
    return found


def options(text: str) -> dict:
    return {} if text == "none" else eval(f"dict({text.strip('`')})")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_the_table(names, row):
    name, said, exact, *shown = row
    accuracy = 100 * (names["networks"][name].run(names["test"].x).argmax(axis=1) == names["test"].y).mean()
    assert f"{accuracy:.2f}" == exact
    for column in QUICK:
        found = names["accuracy"](name, *WIDTHS[column], **options(said))
        assert found == pytest.approx(float(shown[column]), abs=ONE), WIDTHS[column]


def test_what_is_shown_is_held_against_results(names):
    """Control: two networks' figures are not each other's; and the page has what it should have."""
    assert len(ROWS) == 18
    assert WIDTHS == [(8, 8), (6, 8), (4, 8), (4, 4), (3, 8), (2, 8)]
    plain, best = (
        next(row for row in ROWS if row[1] == said) for said in ("none", '`method="mse", bias_correction=True`')
    )
    assert abs(names["accuracy"]("LSTM", 3, 8, **options(best[1])) - float(plain[3 + 4])) > 50 * ONE


def test_targets():
    """By calibration alone: 0.25 points lost at 8/8 bits, 0.5 at 6/8, 2.5 at 4/8, 4 at 4/4."""
    for row in ROWS:
        if row[1] == '`method="mse", bias_correction=True`':
            for allowed, shown in zip((0.25, 0.5, 2.5, 4.0), row[3:7], strict=True):
                assert float(row[2]) - float(shown) <= allowed, row


@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_states(names, name):
    lead = {"LSTM": "16 give the LSTM ", "GRU": "the GRU\n"}[name]
    shown = re.search(rf"{lead}([\d., and]+) %", TEXT).group(1)
    found = [
        names["accuracy"](name, 8, 8, state_bits=bits, method="mse", bias_correction=True)
        for bits in (8, 9, 10, 12, 16)
    ]
    assert found == pytest.approx([float(number) for number in re.split(", | and ", shown)], abs=ONE)


def test_what_the_code_prints(names, capsys):
    code, shown = CODE[1]
    exec(code, dict(names))
    assert capsys.readouterr().out == shown


def test_widths_on_the_command_line():
    text = re.search(r"`--layer-bits (\S+)`", TEXT).group(1)
    config = Quantization(**quantization_options({"layer_bits": text}))
    said = re.search(r'`(\{"lstm0".*?\}\})`', TEXT).group(1)
    assert config == Quantization(layers=eval(said))


@pytest.mark.parametrize("option", ["weight_bits", "activation_bits", "state_bits", "layers"])
def test_options_are_there(option):
    assert option in Quantization.model_fields
    assert f"| `{option}` |" in TEXT
