# amaranth: UnusedElaboratable=no
"""The RTLIL reader: records as Amaranth meant them, one clear line for everything else."""

import re

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Cat, Instance, Module, Signal, signed
from amaranth.hdl import Const as Number
from amaranth.lib import memory

from rnnhw.emit.rtlil import Assign, Case, Const, Process, Slice, Switch, sig_width
from rnnhw.emit.rtlil_parser import parse
from rnnhw.errors import RnnhwError


def convert(m: Module, *ports: Signal):
    return parse(rtlil.convert(m, name="top", ports=ports, emit_src=False))


def test_wires_and_ports():
    m = Module()
    a, b, y = Signal(5, name="a"), Signal(signed(1), name="b", attrs={"keep": 1}), Signal(5, name="y")
    m.d.comb += y.eq(a + b)
    (top,) = convert(m, a, b, y)
    wires = {wire.name: wire for wire in top.wires}
    assert top.name == "top"
    assert top.is_top
    assert (wires["\\a"].width, wires["\\a"].direction) == (5, "input")
    assert (wires["\\b"].width, wires["\\b"].attribute("keep")) == (1, 1)
    assert wires["\\y"].direction == "output"
    (cell,) = top.items
    assert cell.kind == "$add"
    assert cell.parameter("Y_WIDTH") == sig_width(cell.port("Y"))
    with pytest.raises(RnnhwError, match=re.escape(f"RTLIL cell $add {cell.name} has no port Q")):
        cell.port("Q")


def test_values_have_the_least_significant_chunk_first():
    m = Module()
    a, y = Signal(4, name="a"), Signal(9, name="y")
    m.d.comb += y.eq(Cat(a[2:], Number(2, 2), a[0], 1))
    (top,) = convert(m, a, y)
    ((target, value),) = top.connects
    assert target == (Slice("\\y", 0, 9),)
    assert value == (Slice("\\a", 2, 2), Const("10"), Slice("\\a", 0, 1), Const("0001"))


def test_processes_hold_switches_with_patterns():
    m = Module()
    s, y = Signal(3, name="s"), Signal(2, name="y")
    with m.Switch(s):
        with m.Case("1-0", "001"):
            m.d.comb += y[1].eq(s[0])
        with m.Default():
            m.d.comb += y.eq(2)
    (top,) = convert(m, s, y)
    (process,) = top.items
    assert isinstance(process, Process)
    whole, high = (Slice("\\y", 0, 2),), (Slice("\\y", 1, 1),)
    assert process.body == (
        Assign(whole, (Const("00"),)),
        Switch(
            (Slice("\\s", 0, 3),),
            (Case(("1-0", "001"), (Assign(high, (Slice("\\s", 0, 1),)),)), Case((), (Assign(whole, (Const("10"),)),))),
        ),
    )


def test_memory_contents_are_one_constant():
    m = Module()
    m.submodules.table = table = memory.Memory(shape=4, depth=3, init=[1, 2, 15])
    port = table.read_port(domain="comb")
    a, y = Signal(2, name="a"), Signal(4, name="y")
    m.d.comb += [port.addr.eq(a), y.eq(port.data)]
    (top,) = convert(m, a, y)
    (found,) = top.memories
    assert (found.name, found.width, found.depth) == ("\\table", 4, 3)
    (cell,) = (item for item in top.items if item.kind == "$meminit_v2")
    assert cell.parameter("MEMID") == "\\table"
    assert cell.port("DATA") == (Const("111100100001"),)
    assert cell.port("ADDR") == ()


def test_parameters_keep_their_kinds():
    m = Module()
    a = Signal(name="a")
    m.submodules.box = Instance("box", p_N=3, p_S='a "b"\n', p_R=0.5, p_M=-2, i_a=a)
    (top,) = convert(m, a)
    (cell,) = top.items
    assert cell.kind == "\\box"
    assert dict(cell.parameters) == {"N": 3, "S": 'a "b"\n', "R": 0.5, "M": Const("1" * 31 + "0", signed=True)}


def test_equal_modules_are_equal_records():
    def counter(name):
        m = Module()
        m.d.sync += (value := Signal(4, name=name)).eq(value + 1)
        return convert(m, value)

    assert counter("x") == counter("x")
    assert hash(counter("x")) == hash(counter("x"))
    assert counter("x") != counter("y")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modul \\top\n", "RTLIL line 1: expected a module: modul \\top"),
        ("module \\top\n", "RTLIL ends in the middle of a module"),
        ("module \\top\n\n  sync always\nend\n", "RTLIL line 3: not a statement that Amaranth prints: sync always"),
        ("module \\top\n  connect \\a 1'0\nend\n", "RTLIL line 2: unknown wire \\a: connect \\a 1'0"),
        (
            "module \\top\n  wire width 2 \\a\n  connect \\a 2'0x\nend\n",
            "RTLIL line 3: a constant may hold 0 and 1 only: connect \\a 2'0x",
        ),
        ("module \\top\n  cell $add $1\n    foo\n  end\nend\n", "RTLIL line 3: expected parameter or connect: foo"),
        ("module \\top\n  process $1\n    sync\n  end\nend\n", "RTLIL line 3: not a statement of a process: sync"),
    ],
)
def test_other_text_is_refused(text, message):
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        parse(text)
