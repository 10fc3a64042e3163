"""docs/calculator.md: its command prints what it says, and its arithmetic by hand is the program's."""

import re
from pathlib import Path

import pytest

from rnnhw.analysis import Architecture, Workload, activation_elements, backward_macs, calculate, forward_macs
from rnnhw.analysis.processor import PROCESSORS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "calculator.md").read_text()
WORKED = TEXT.partition("## Worked by hand")[2].partition("## Time")[0]
TABLES = re.findall(r"\*\*(.*?)\*\*\n\n((?:\|.*\n)+)", WORKED)
NETS = (
    (Architecture(cell="lstm", inputs=1, hidden=128, layers=2), 24),
    (Architecture(cell="gru", inputs=3, hidden=5, reset_after=False, biases=1), 4),
    (Architecture(cell="lstm", inputs=3, hidden=4, projection=2, bidirectional=True, outputs=2), 4),
    (Architecture(cell="rnn", inputs=2, hidden=4, biases=0, outputs=3, mode="many-to-many"), 4),
)


def rows(table: str) -> dict[str, tuple[str, int]]:
    """Figure -> how it is worked, and its value."""
    cells = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()[2:]]
    return {figure: (worked, int(value.replace(",", ""))) for figure, worked, value in cells}


def worked_out(text: str) -> int:
    """Sums and products of whole numbers, with brackets."""
    plain = text.replace("·", "*").replace(",", "")
    assert re.fullmatch(r"[0-9+*() ]+", plain), text
    return eval(plain)


def said(net: Architecture, steps: int) -> dict[str, int]:
    """The program's figures, by the names of the tables."""
    shape = net.shape
    found = calculate(net, Workload(steps=steps))
    return {
        "parameters": found.parameters.value,
        "MACs of a step": found.work.step_macs.value,
        "element-wise of a step": found.work.step_elementwise.value,
        "MACs forward": forward_macs(shape, steps),
        "MACs backward": backward_macs(shape, steps),
        "numbers kept": activation_elements(shape, steps),
        "state": shape.state,
    }


@pytest.mark.parametrize("number", range(len(NETS)))
def test_worked_by_hand(number):
    table = rows(TABLES[number][1])
    for figure, (worked, value) in table.items():
        assert worked_out(worked) == value, figure
    for figure, value in said(*NETS[number]).items():
        assert table[figure][1] == value, figure
    parts = [value for figure, (_, value) in table.items() if figure.startswith("MACs backward:")]
    assert sum(parts) == table["MACs backward"][1]


def test_there_are_as_many_tables_as_networks():
    """Control: another network has other figures."""
    assert len(TABLES) == len(NETS)
    assert "199,168" in TABLES[0][1]
    other = said(Architecture(cell="lstm", inputs=2, hidden=128, layers=2), 24)
    table = rows(TABLES[0][1])
    assert {figure for figure in other if other[figure] == table[figure][1]} == {"element-wise of a step", "state"}


def boards(lines: list[str]) -> list[tuple[str, str]]:
    """Boards, and whether they hold the core."""
    found = (re.match(r" ([a-z0-9-]+),? +(yes|no|perhaps)  ", line) for line in lines)
    return [match.groups() for match in found if match]


def test_the_command(run):
    """All that is exact, to the letter; of the boards which of them hold it."""
    (command, shown), *_ = re.findall(r"```sh\nrnnhw (calc .*?)\n```\n\n```\n(.*?)```", TEXT, re.S)
    code, printed, error = run(*command.split())
    assert (code, error) == (0, "")
    lines, expected = [line.rstrip() for line in printed.splitlines()], shown.splitlines()
    exact = expected.index("Boards")
    assert lines[:exact] == expected[:exact]
    assert boards(lines) == boards(expected)
    assert exact > 110
    assert len(boards(expected)) >= 6


def test_the_python_example(capsys):
    example = re.search(r"```python\n(.*?)```", TEXT, re.S)[1]
    exec(example, {})
    parameters, memory, seconds = capsys.readouterr().out.split()
    assert f"{int(parameters):,}" in TEXT
    assert f"{int(memory):,}" in TEXT
    assert f"{1000 * float(seconds):.1f} ms" in TEXT


def test_the_ratio_of_backward_to_forward():
    net = Architecture(hidden=128, layers=2, outputs=6).shape
    assert f"here it is {backward_macs(net, 24) / forward_macs(net, 24):.2f} times" in TEXT


def test_processors_are_listed():
    for name, processor in PROCESSORS.items():
        rate, bandwidth = f"{processor.peak('float32') / 1e9:,.3f}".rstrip("0").rstrip("."), processor.bandwidth_gbs
        cache = f"{processor.cache_mb:g} MB" if processor.cache_mb else ""
        assert f"| {name} | {rate} GFLOP/s | {bandwidth:,g} GB/s | {cache}".rstrip() in TEXT
