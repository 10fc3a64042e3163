"""The table of a comparison for the terminal."""

import pytest
from rich.console import Console

from rnnhw.report.comparison import comparison_table
from tests.report.documents import document


def shown(made, width=120, **options):
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(comparison_table(made, **options))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_points_by_cost():
    made = document(refused=["2/4", "2/12"])
    lines = shown(made)
    assert lines[0] == "digits: accuracy (float 98.44 %)"
    assert lines[2].split() == ["accuracy", "clipped", "cycles", "weights", "energy", "verified"]
    points = [line for line in lines if "1,280" in line]
    assert len(points) == 26
    front = [point["id"] for point in made["points"] if point["front"]]
    assert sorted(line.split()[1] for line in points if line.startswith(" ▸")) == sorted(front)
    assert (
        points[0].split() == "▸ 3/4 85.78 12.67 90.27 16.6 0.08 637 \u221210 +17 3 3 1,280 17.3 4,141 50 equal".split()
    )
    luts = [int(line.removeprefix(" ▸").split()[6].replace(",", "")) for line in points]
    assert luts == sorted(luts)
    assert "▸ front: no other point is both cheaper (lut) and better" in lines
    assert "refused (2/4, 2/12): lstm0.weight_hh: 1 bit holds no value but zero; at least 2 are needed" in lines


@pytest.mark.parametrize("factor", [1, 100])
@pytest.mark.parametrize("suffix", ["", " lanes=4", " mse lanes=4 registers=many"])
def test_fits_120_columns(factor, suffix):
    made = document(seed=3)
    for point in made["points"]:
        point["id"] += suffix
        point["cycles"] *= factor
        point["memory"] *= factor
        point["lut"] = {end: value * factor for end, value in point["lut"].items()}
    lines = shown(made)
    assert max(map(len, lines)) <= 120
    assert not any("…" in line for line in lines)
    assert len([line for line in lines if "1,280" in line or "128,000" in line]) == len(made["points"])


def test_columns_that_nothing_stands_in_are_left_out():
    lines = shown(document([(4, 4), (8, 8)], task="regression", target=None, cost="memory"))
    assert lines[0] == "digits: RMSE (float 0.0731)"
    assert not any(word in "\n".join(lines) for word in ("LUT", "energy", "agree", "band"))
    assert any(word in "\n".join(lines) for word in ("DSP", "weights"))


def test_wide():
    made = document([(4, 4), (8, 8)])
    made["points"][0].update(layers={"lstm0": {"weight_bits": 3, "activation_bits": None}}, knobs={"lanes": 8})
    made["points"][0]["options"]["per_gate"] = True
    made["points"][1]["fits"] = False
    text = "\n".join(shown(made, 300, wide=True))
    for word in ("state bits", "RMSE to float", "FF", "latency", "clock", "fits", "NO", "lstm0 3", "lanes 8"):
        assert word in text
    assert "per gate" in text
    assert "no per gate" in text
    assert "all points: method max-abs, no bias correction" in text


def test_names_are_no_markup():
    made = document([(8, 8)], name="[red]model[/red]")
    made["points"][0]["id"] = "8/8[b]x"
    text = "\n".join(shown(made))
    assert "[red]model[/red]" in text
    assert "8/8[b]x" in text


def test_a_difference_is_told():
    """Control: a point whose hardware differs does not look like one that is equal."""
    made = document([(8, 8)])
    assert "50 equal" in "\n".join(shown(made))
    made["points"][0]["verified"].update(equal=False, difference="sequence 3, step 2: 5, not 4")
    text = "\n".join(shown(made))
    assert "DIFFERS" in text
    assert "50 equal" not in text
