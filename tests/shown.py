"""What the documentation shows of tables with fitted figures, held against what there is today."""

import re
from functools import cache

from rnnhw import Design, data, load, quantize
from rnnhw.network import load_data
from rnnhw.plan import Hardware

LINK = {"icebreaker": "uart", "ulx3s-85f": "uart"}
FITTED = {"LUTs": "lut", "flip-flops": "ff", "logic cells": "logic_cells", "MHz": "clock_mhz"}
EXACT = {"DSP blocks": "dsp", "block RAMs": "bram", "SPRAM blocks": "spram", "LUT RAMs": "lut_ram"}
EXACT |= {"cycles per step": "cycles_per_step", "cycles of latency": "latency_cycles"}


def rows(printed: str) -> dict[str, tuple[str, ...]]:
    """The rows of printed tables by their first column, of equal names the first, with what is in all columns."""
    lines = [line.strip().strip("│").split("│") for line in printed.splitlines() if "│" in line]
    return {cells[0].strip(): tuple(cell.strip() for cell in cells) for cells in reversed(lines)}


def number(text: str) -> float:
    """Of "1,097", "16 (10%)" or "34.2"."""
    return float(text.split(" (")[0].replace(",", ""))


def same_estimate(shown: str, printed: str) -> int:
    """Hold the rows of an estimate's table against what is printed; returns how many of them are exact.

    Exact figures have to be the same, fitted ones within the band that is shown.
    """
    wanted, found, exact = rows(shown), rows(printed), 0
    for name, cells in wanted.items():
        if ".." in cells[2]:
            low, high = map(number, cells[2].split(" .. "))
            assert low <= number(found[name][1]) <= high, name
        else:
            assert found[name] == cells, name
            exact += 1
    return exact


@cache
def digits():
    """The shipped model, quantised as the commands do."""
    net = load(data.digits_model())
    return quantize(net, load_data(data.digits_calibration(), net.input_size).x)


def _option(text: str):
    values = tuple(int(word) if word.isdigit() else word for word in text.split(","))
    return values if len(values) > 1 else values[0]


def same_configurations(shown: str, board: str) -> int:
    """Hold each configuration of a shown table of `fit` against its estimate; returns how many figures are exact.

    Exact figures have to be the same, fitted ones within today's band.
    """
    wanted, count = rows(shown), 0
    for at in range(1, len(wanted["fits"])):
        options = {name: _option(wanted[name][at]) for name in Hardware.model_fields if name in wanted}
        options = {name: value for name, value in options.items() if value != ""}
        design = Design(digits(), target=board, count_saturations=True, **options)
        estimate = design.estimate(link=LINK[board])
        for name in EXACT.keys() & wanted.keys():
            assert number(wanted[name][at]) == getattr(estimate, EXACT[name]), name
            count += 1
        for name in FITTED.keys() & wanted.keys():
            fitted = getattr(estimate, FITTED[name])
            assert fitted.low <= number(wanted[name][at]) <= fitted.high, name
    return count


def same_search(shown: str, printed: str, board: str) -> None:
    """Hold what is shown of `fit` against what it prints.

    Which configuration is the best hangs on fitted figures; what is shown of each has to be so in any case.
    """
    texts = [line.strip() for line in (shown.splitlines()[0], printed.splitlines()[0])]
    assert texts[0] == texts[1]
    names = [[name for name in rows(text) if name not in Hardware.model_fields] for text in (shown, printed)]
    assert names[0] == names[1]
    assert same_configurations(shown, board) >= 15
    command, best = shown.splitlines()[-1].split(), rows(shown)
    assert command[-2:] == ["--clock", "max"]
    assert command[: command.index(board) + 1] == printed.splitlines()[-1].split()[: command.index(board) + 1]
    words = command[command.index(board) + 1 : -2]
    said = dict(zip(words[::2], words[1::2], strict=True))
    for name in Hardware.model_fields:
        if name in best and best[name][1]:
            assert said.pop(f"--{name.replace('_', '-')}") == best[name][1]
    assert not said


def same_lines(shown: str, printed: str, share: float = 0.02) -> int:
    """Hold lines that are shown against those that are printed, which may have others in between; returns how many.

    Whole numbers of exact figures have to be the same. Those with a point or in a column of estimates may differ by a
    share, as fitted coefficients and the last digits of sums do from machine to machine.
    """
    lines = iter(printed.splitlines())
    wanted = [line.rstrip() for line in shown.splitlines() if line.strip()]
    for line in wanted:
        assert any(_same_line(line, other.rstrip(), share) for other in lines), line
    return len(wanted)


_NUMBER = re.compile(r"\d[\d,]*\.\d+|\d[\d,]*")


def _same_line(line: str, other: str, share: float) -> bool:
    if re.sub(r"\s+", " ", _NUMBER.sub("#", line)) != re.sub(r"\s+", " ", _NUMBER.sub("#", other)):
        return False
    pairs = zip(_NUMBER.findall(line), _NUMBER.findall(other), strict=True)
    return all(one == two or ("." in one and _close(number(one), number(two), share)) for one, two in pairs)


def _close(one: float, two: float, share: float) -> bool:
    return abs(one - two) <= share * max(abs(one), abs(two))
