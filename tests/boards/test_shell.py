# amaranth: UnusedElaboratable=no
"""What stands around the core on a board: pins, clock, reset, LEDs."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from amaranth.hdl import Cat, Fragment, Module
from amaranth.lib import io, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from rnnhw.boards import BOARDS, Flash
from rnnhw.boards.clock import Clock, clock_for
from rnnhw.boards.parts import part_of
from rnnhw.boards.resources import platform
from rnnhw.boards.shell import Shell
from rnnhw.errors import RnnhwError

OPEN = [name for name, board in BOARDS.items() if board.flow == "bitstream"]
FLASH = {"flash_cs_n": Out(1), "flash_sck": Out(1), "flash_copi": Out(1), "flash_cipo": In(1)}


class Linked(wiring.Component):
    """Stands for a core behind its link: every pin does something."""

    def __init__(self, link: str, more=()):
        pins = {"rx": In(1, init=1), "tx": Out(1, init=1)} if link == "uart" else {}
        spi = {} if link == "uart" else {"sck": In(1), "cs_n": In(1), "copi": In(1), "cipo": Out(1)}
        super().__init__(pins | spi | {"busy": Out(1), "error": Out(1)} | dict(more))

    def elaborate(self, platform):
        m = Module()
        inputs = [getattr(self, name) for name, member in self.signature.members.items() if member.flow == In]
        total = Cat(inputs).xor()
        for name, member in self.signature.members.items():
            if member.flow == Out:
                m.d.sync += getattr(self, name).eq(total ^ getattr(self, name))
        return m


def prepare(name: str, link: str, mhz: float, more=(), **changes):
    """RTLIL and constraints of a board's shell."""
    pytest.importorskip("amaranth_boards")
    board = replace(BOARDS[name], **changes)
    made = board.platform()
    part = part_of(board.device.family, made)
    files = made.prepare(Shell(board, clock_for(board, mhz), Linked(link, more), link), "top", emit_src=False).files
    texts = {key: value if isinstance(value, str) else value.decode() for key, value in files.items()}
    return texts["top.il"], texts[part.constraints], part


@pytest.mark.parametrize(
    ("name", "link", "lines"),
    [
        ("icebreaker", "uart", ["set_io uart_0__rx__io 6", "set_io uart_0__tx__io 9", "set_io clk12_0__io 35"]),
        ("icebreaker", "spi", ["set_io spi_link_0__cs_n__io 4", "set_io spi_link_0__sck__io 45"]),
        ("upduino", "uart", ["set_io uart_0__rx__io 15", "set_io uart_0__tx__io 14", "set_io flash_cs_n_0__io 16"]),
        ("upduino-osc", "uart", ["set_io clk12_0__io 20"]),
        ("ulx3s-25f", "uart", ['LOCATE COMP "uart_0__rx__io" SITE "M1"', 'LOCATE COMP "uart_0__tx__io" SITE "L4"']),
        ("orangecrab", "uart", ['"uart_0__rx__io" SITE "N17"', '"uart_0__tx__io" SITE "M18"']),
        ("tang-nano-9k", "uart", ['IO_LOC "uart_0__rx__io" 18;', 'IO_LOC "uart_0__tx__io" 17;']),
        ("tang-nano-9k", "spi", ['IO_LOC "spi_link_0__cipo__io" 28;']),
    ],
)
def test_pins(name, link, lines):
    _, constraints, _ = prepare(name, link, BOARDS[name].core_mhz)
    assert [line for line in lines if line not in constraints] == []


@pytest.mark.parametrize("link", ["uart", "spi"])
@pytest.mark.parametrize("name", OPEN)
def test_every_board_takes_every_link(name, link):
    text, _, part = prepare(name, link, BOARDS[name].core_mhz)
    assert part.family == BOARDS[name].device.family
    assert "cell \\top.link \\link" in text


def test_a_board_for_vivado():
    pytest.importorskip("amaranth_boards")
    board = BOARDS["arty-a7"]
    shell = Shell(board, clock_for(board, 110), Linked("uart"), "uart")
    files = board.platform().prepare(shell, "top", emit_src=False).files
    assert "PLLE2_BASE" in files["top.v"]
    assert 'set_property LOC A9 [get_ports "uart_0__rx__io"]' in files["top.xdc"]


@pytest.mark.parametrize(
    ("name", "mhz", "cell", "parameters"),
    [
        ("icebreaker", 48, "SB_PLL40_PAD", {"DIVF": "7'0111111", "DIVQ": "3'100", "FILTER_RANGE": "3'001"}),
        ("upduino-osc", 48, "SB_PLL40_CORE", {"DIVF": "7'0111111"}),
        ("upduino", 36, "SB_PLL40_CORE", {"DIVR": "4'0000"}),
        ("upduino", 24, "SB_HFOSC", {"CLKHF_DIV": '"0b01"'}),
        ("ulx3s-12f", 130, "EHXPLLL", {"CLKI_DIV": "1", "CLKOP_DIV": "26", "CLKOS_DIV": "5"}),
        ("tang-nano-9k", 81, "rPLL", {"FCLKIN": '"27"', "FBDIV_SEL": "2"}),
    ],
)
def test_clock_cells(name, mhz, cell, parameters):
    text, _, _ = prepare(name, "uart", mhz)
    body = re.search(rf"cell \\{cell} .*?\n(.*?)\n\s*end\n", text, re.DOTALL)[1]
    found = dict(re.findall(r"parameter (?:signed )?\\(\w+) (\S+)", body))
    assert {key: found[key] for key in parameters} == parameters


def test_an_oscillator_that_is_fast_enough_takes_no_pll():
    text, _, _ = prepare("icebreaker", "uart", 12)
    assert "PLL" not in text


def test_the_flash_where_the_core_loads_from_it():
    text, constraints, _ = prepare("icebreaker", "uart", 24, FLASH.items())
    assert "set_io spi_flash_1x_0__clk__io 15" in constraints
    text, constraints, _ = prepare("ulx3s-25f", "uart", 75, FLASH.items())
    assert "USRMCLK" in text
    assert '"spi_flash_0__copi__io" SITE "W2"' in constraints


class Counting(Linked):
    """Sends the cycles since reset, a bit of them."""

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.tx.eq(~self.tx)
        return m


class Pins:
    """A platform with a clock and a UART that a simulation drives."""

    default_clk = "clk12"

    def __init__(self):
        self.clock, self.rx, self.tx = (io.SimulationPort(way, 1) for way in ("i", "i", "o"))

    def request(self, name, number=0, *, dir):
        assert dir == "-"
        return self if name == "uart" else self.clock


@pytest.mark.parametrize(("mhz", "internal", "cycles"), [(1, False, 20), (2, False, 40), (1, True, 100)])
def test_reset_until_the_clock_is_steady(mhz, internal, cycles):
    """For 20 us, and for 100 us with an oscillator in the FPGA; then the core runs, and stays in no reset."""
    board = replace(BOARDS["icebreaker"], leds=(), internal_oscillator=internal)
    pins, states = Pins(), []
    shell = Shell(board, Clock(Fraction(mhz * 10**6)), Counting("uart"), "uart")

    async def bench(ctx):
        for _ in range(cycles + 20):
            for level in (1, 0):
                ctx.set(pins.clock.i, level)
                await ctx.delay(5e-7 / mhz)
            states.append(ctx.get(pins.tx.o))

    simulator = Simulator(Fragment.get(shell, pins))
    simulator.add_testbench(bench)
    simulator.run()
    begin = states.index(0)
    assert cycles <= begin <= cycles + 6
    assert states[begin:] == [number % 2 for number in range(len(states) - begin)]


def test_parts_that_the_tools_do_not_know():
    pytest.importorskip("amaranth_boards")
    other = platform("icestick", "ICEStickPlatform")
    other.device = "iCE65L04"
    message = r"^platform ICEStickPlatform: its part is not one that the tools for ice40 know \('iCE65L04'\)$"
    with pytest.raises(RnnhwError, match=message):
        part_of("ice40", other)


def test_platforms_that_are_missing(monkeypatch):
    pytest.importorskip("amaranth_boards")
    with pytest.raises(RnnhwError, match=r"^amaranth-boards has no ulx3s\.Nothing; another release of it is needed$"):
        platform("ulx3s", "Nothing")
    monkeypatch.setitem(__import__("sys").modules, "amaranth_boards", None)
    with pytest.raises(RnnhwError, match=r'^amaranth-boards was not found; pip install "rnnhw\[boards\]"$'):
        platform("ulx3s", "ULX3S_12F_Platform")


def test_flash_entries():
    assert BOARDS["upduino"].flash is None
    assert all(isinstance(BOARDS[name].flash, Flash) for name in OPEN if not name.startswith("upduino"))
