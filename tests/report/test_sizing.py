"""Tables of the hardware view, held against designs."""

from io import StringIO

import pytest
from rich.console import Console

from rnnhw import Design
from rnnhw.analysis import Architecture
from rnnhw.report.sizing import sizing_tables
from rnnhw.sizing import size

WIDTH = 100


def printed(sizing):
    out = StringIO()
    Console(file=out, width=WIDTH).print(sizing_tables(sizing.data()))
    return out.getvalue()


def rows(text):
    """Cells of all lines, by their first one."""
    lines = [line.strip("│ ").replace("│", "  ") for line in text.splitlines()]
    split = [[cell for cell in line.split("  ") if cell.strip()] for line in lines]
    return {cells[0].strip(): [cell.strip() for cell in cells] for cells in split if cells}


@pytest.fixture(scope="module")
def sizing():
    return size(Architecture(hidden=128, layers=2, outputs=6), weight_bits=4, steps=24)


def test_core_and_cycles(sizing):
    text = printed(sizing)
    assert max(map(len, text.splitlines())) <= WIDTH
    found, plan = rows(text), sizing.design.plan
    assert found["bits of weights (drawn)"][1] == "4"
    assert found["cycles per step"][1] == f"{plan.cycles_per_step:,}" == "24,640"
    assert found["cycles of a sequence of 24 steps"][1] == f"{plan.run(marks(24)).answers[-1]:,}" == "591,500"
    assert found["weight memory in bits"][1] == f"{plan.memories['weights'].bits:,}"
    assert found["engine"][1:] == ["lstm0 (lstm)", "512 x 129", "64 x 129", "8,256", "33.5%", "every step"]
    assert found["lstm1 (lstm)"][1:] == ["512 x 256", "64 x 256", "16,384", "66.5%", "every step"]
    assert found["fc0 (dense)"][1:] == ["6 x 128", "1 x 128", "128", "last step"]
    assert found["waiting"][1] == "0"


def marks(steps):
    return [(t == 0, t == steps - 1) for t in range(steps)]


def test_boards(sizing):
    text = printed(sizing)
    found = rows(text)
    for name in ("ulx3s-12f", "ulx3s-45f", "ulx3s-85f", "tang-nano-9k"):
        figures = Design(sizing.qnet, lanes=8, target=name).estimate(24, link="uart")
        percents = [figures.percent(key) for key in ("lut", "ff", "dsp", "bram")]
        wanted = ["no" if name == "tang-nano-9k" else "yes", *(f"{float(percent):.0f}" for percent in percents)]
        clock = figures.clock_mhz
        band = f"\u2212{100 - 100 * clock.low / clock.value:.0f} +{100 * clock.high / clock.value - 100:.0f}"
        time = f"{figures.speed.sequence_latency_us.value / 1000:.2f}"
        energy = f"{figures.energy.total_nj.value / 1000:,.0f}"
        assert found[name][1:] == [*wanted, "\u2013", "24,640", f"{clock.value:.1f}", band, time, energy]
    ice = Design(sizing.qnet, lanes=8, target="icebreaker", weights="loadable").estimate(24, link="uart")
    cells = found["icebreaker,"]
    assert cells[1] == "yes"
    assert cells[6] == f"{ice.percent('spram'):.0f}" == "100"
    assert found["upduino-osc"] == ["upduino-osc"]
    assert found["arty-a7"][-4:] == ["\u2013"] * 4
    assert "No clock is estimated for the 7 series." in " ".join(text.split())
    assert "icebreaker, upduino, upduino-osc: with loadable weights, fixed ones have no room" in text
    assert "\ntang-nano-9k: no room (53 block RAMs of 26)\n" in text
    wide = " ".join(printed(size(Architecture(hidden=128, layers=2), boards=["icebreaker"])).split())
    assert "icebreaker: no room (412 block RAMs of 30), nor for loadable weights" in wide


def test_steps_that_are_not_known_and_several_engines():
    architecture = Architecture(hidden=12, layers=2, outputs=2)
    text = printed(size(architecture, engines="per-layer", lanes=(4, 8, 1), boards=["icebreaker", "arty-a7"]))
    found = rows(text)
    assert "SPRAM" not in text.split("Boards")[1].split("Exact")[0]
    assert "cycles of a sequence" not in text
    figures = Design(size(architecture).qnet, lanes=(4, 8, 1), engines="per-layer", target="icebreaker")
    step = figures.estimate(link="uart").cycles_per_step / figures.estimate(link="uart").clock_mhz.value / 1000
    assert found["icebreaker"][-2] == f"{step:.4f}"
    assert {"engine0", "engine1", "engine2", "core"} <= set(found)
    assert found["core"][1] == found["cycles per step"][1]


def test_what_cannot_be_on_a_board():
    text = printed(size(Architecture(hidden=8), state_memory="lut", boards=["icebreaker", "orangecrab"]))
    said = " ".join(text.split())
    assert "icebreaker: no room (state_memory must be auto, block or registers on ice40up5k, not 'lut': it has" in said
    assert rows(text)["icebreaker"][1:] == ["no", *9 * ["\u2013"]]


def test_no_boards():
    text = printed(size(Architecture(hidden=8), boards=[]))
    assert "Boards" not in text
    assert rows(text)["lanes"][1] == "8"
