# amaranth: UnusedElaboratable=no
"""Small designs that together hold all that Amaranth can say: same bits in Icarus, silence from the linters."""

from dataclasses import replace

import pytest
from amaranth.hdl import (
    Array,
    Cat,
    ClockDomain,
    Const,
    EnableInserter,
    Module,
    Mux,
    ResetInserter,
    ResetSignal,
    Signal,
    signed,
)
from amaranth.lib import data, enum, fifo, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from .conftest import amaranth_outputs, random_vectors


def arithmetic(m):
    a, b, c, d = Signal(5), Signal(signed(7)), Signal(signed(3)), Signal(9)
    shapes = [16, signed(17), 4, signed(12), 9, signed(9), 8, 20]
    out = [Signal(shape, name=f"out{at}") for at, shape in enumerate(shapes)]
    m.d.comb += [
        out[0].eq(a + b - c * 3 + d),
        out[1].eq(b * c + a * d),
        out[2].eq(Cat(a < b, b >= c, c != d, a == b[:5])),
        out[3].eq(b // c - d % a),
        out[4].eq((a << c[:2]) ^ (d >> a[:3])),
        out[5].eq((b >> c[:2]) + (b << 2)),
        out[6].eq(Cat(a.any(), a.all(), a.xor(), b.bool(), ~a[1], Mux(c[0], a, d)[:3])),
        out[7].eq(Cat(c, a[1:4], Const(5, 3), a[4].replicate(3), b[2:6])),
    ]
    return [a, b, c, d], out


def switches(m):
    s, t, x = Signal(4), Signal(3), Signal(8)
    y, z, w = Signal(8), Signal(6, init=5), Signal(8, init=0x21)
    m.d.comb += y.eq(x)
    with m.Switch(s):
        with m.Case("1--0", "0-11"):
            m.d.comb += y[2:6].eq(t)
            m.d.sync += w.eq(w + x)
        with m.Case("--1-"):
            with m.If(t == 3):
                m.d.comb += y.eq(~x)
            with m.Elif(t[0] & x[3]):
                m.d.sync += w[4:].eq(t)
        with m.Case(5):
            m.d.sync += z.eq(z + 1)
        with m.Default():
            m.d.comb += y.eq(z)
    with m.If(x[7]):
        m.d.comb += y[:2].eq(0b10)
        with m.If(t[2]):
            m.d.sync += z[1:3].eq(x)
    with m.If(x[6]):
        m.d.comb += y[1].eq(z[0])
    return [s, t, x], [y, z, w]


def machine(m):
    go, stop, busy, done = Signal(), Signal(), Signal(), Signal()
    count = Signal(range(10))
    with m.FSM():
        with m.State("IDLE"):
            with m.If(go):
                m.d.sync += count.eq(0)
                m.next = "RUN"
        with m.State("RUN"):
            m.d.comb += busy.eq(1)
            m.d.sync += count.eq(count + 1)
            with m.If(stop):
                m.next = "IDLE"
            with m.Elif(count == 7):
                m.next = "DONE"
        with m.State("DONE"):
            m.d.comb += done.eq(~go)
            m.next = "IDLE"
    return [go, stop], [busy, done, count]


def arrays(m):
    index, x = Signal(2), Signal(signed(6))
    items = [Signal(signed(6), name=f"item{at}", init=at - 1) for at in range(4)]
    read, part = Signal(signed(8)), Signal(3)
    m.d.sync += Array(items)[index].eq(x)
    m.d.comb += [
        read.eq(Array(items)[x[:2]] + 1),
        part.eq(x.word_select(index, 3)),
    ]
    wide = Signal(16)
    with m.If(x[5]):
        m.d.sync += wide.bit_select(index * 3, 4).eq(x)
    return [index, x], [*items, read, part, wide]


def memories(m):
    m.submodules.rom = rom = memory.Memory(
        shape=signed(9), depth=80, init=[(7 * k) % 512 - 256 for k in range(80)], attrs={"ram_style": "block"}
    )
    m.submodules.ram = ram = memory.Memory(shape=8, depth=16, init=[9, 8])
    m.submodules.one = one = memory.Memory(shape=3, depth=1, init=[5])
    address, data_in, en, enable = Signal(4), Signal(8), Signal(2), Signal()
    write = ram.write_port(granularity=4)
    other = ram.write_port()
    reads = [ram.read_port(transparent_for=(write,)), ram.read_port(domain="comb"), rom.read_port(), one.read_port()]
    m.d.comb += [
        write.addr.eq(address),
        write.data.eq(data_in + 1),
        write.en.eq(en),
        other.addr.eq(~address),
        other.data.eq(data_in),
        other.en.eq(enable & en[0]),
        reads[0].addr.eq(data_in[:4]),
        # Amaranth's simulator resets the data of a read port that is not enabled; its RTLIL does not
        reads[0].en.eq(enable | ResetSignal(allow_reset_less=True)),
        reads[1].addr.eq(address + 3),
        reads[2].addr.eq(address + 60),
    ]
    outputs = [Signal.like(port.data, name=f"out{at}") for at, port in enumerate(reads)]
    m.d.comb += [out.eq(port.data) for out, port in zip(outputs, reads, strict=True)]
    return [address, data_in, en, enable], outputs


class Counter(wiring.Component):
    step: In(signed(4))
    value: Out(signed(12))

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.value.eq(self.value + self.step)
        return m


def inserters(m):
    enable, clear, step = Signal(), Signal(), Signal(signed(4))
    counters = [Counter(), Counter()]
    m.submodules.a = EnableInserter(enable)(counters[0])
    m.submodules.b = ResetInserter(clear)(EnableInserter(enable)(counters[1]))
    outputs = [Signal(signed(12), name="va"), Signal(signed(12), name="vb")]
    m.d.comb += [c.step.eq(step) for c in counters] + [v.eq(c.value) for v, c in zip(outputs, counters, strict=True)]
    return [enable, clear, step], outputs


def eight(m):
    step, total = Signal(signed(4)), Signal(signed(15))
    values = []
    for at in range(8):
        m.submodules[f"counter_{at}"] = counter = Counter()
        m.d.comb += counter.step.eq(step + at)
        values.append(counter.value)
    m.d.comb += total.eq(sum(values))
    return [step], [total]


class Colour(enum.Enum, shape=2):
    RED = 0
    GREEN = 1
    BLUE = 2


def layouts(m):
    layout = data.StructLayout({"low": 3, "value": signed(5), "pair": data.ArrayLayout(2, 3), "flag": 1})
    x, y = Signal(layout), Signal(layout, name="y")
    colour, empty = Signal(Colour), Signal(0)
    m.d.comb += [y.low.eq(x.low + x.flag), y.value.eq(x.value >> 1), y.pair[1].eq(x.pair[0] ^ x.pair[2])]
    with m.Switch(x.pair[1]):
        with m.Case(1):
            m.d.sync += colour.eq(Colour.GREEN)
        with m.Case(2, 3):
            m.d.sync += colour.eq(Colour.BLUE)
    m.d.comb += [empty.eq(x.low), y.flag.eq(empty == 0)]
    shown = Signal(2)
    m.d.comb += shown.eq(colour)
    return [x], [y, shown]


class Twice(wiring.Component):
    i: In(stream.Signature(data.StructLayout({"value": signed(6), "last": 1})))
    o: Out(stream.Signature(signed(8)))

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        with m.If(self.i.ready):
            m.d.sync += [self.o.valid.eq(self.i.valid), self.o.payload.eq(self.i.p.value * 2 + self.i.p.last)]
        return m


def streams(m):
    m.submodules.twice = twice = Twice()
    m.submodules.queue = queue = fifo.SyncFIFOBuffered(width=8, depth=5)
    payload, valid, ready = Signal(7), Signal(), Signal()
    result, level = Signal(8), Signal(4)
    m.d.comb += [
        twice.i.payload.eq(payload),
        twice.i.valid.eq(valid),
        queue.w_data.eq(twice.o.payload),
        queue.w_en.eq(twice.o.valid),
        twice.o.ready.eq(queue.w_rdy),
        queue.r_en.eq(ready),
        result.eq(Mux(queue.r_rdy, queue.r_data, 0)),
        level.eq(Cat(queue.level, twice.i.ready)),
    ]
    return [payload, valid, ready], [result, level]


DESIGNS = [arithmetic, switches, machine, arrays, memories, inserters, eight, layouts, streams]
DOMAINS = {
    "asynchronous reset": lambda: ClockDomain("sync", async_reset=True),
    "negative edge": lambda: ClockDomain("sync", clk_edge="neg"),
    "no reset": lambda: ClockDomain("sync", reset_less=True),
}


@pytest.mark.parametrize("build", DESIGNS, ids=lambda build: build.__name__)
def test_icarus_gives_the_same_bits(emitter, make_design, build):
    emitter.compare(make_design(build))


def test_an_altered_operator_is_noticed(emitter, make_design):
    design = make_design(inserters)
    sources = emitter.emit(design)
    altered = replace(sources, logic=sources.logic.replace("value + ", "value - ", 1))
    assert altered != sources
    vectors = random_vectors(design, 100, 1)
    expected = amaranth_outputs(design, vectors)
    assert emitter.icarus(sources, design, vectors) == expected
    assert emitter.icarus(altered, design, vectors) != expected


@pytest.mark.parametrize(
    ("build", "domain"),
    [
        (switches, "asynchronous reset"),
        (switches, "negative edge"),
        (switches, "no reset"),
        (memories, "negative edge"),
        (memories, "no reset"),
    ],
)
def test_clock_domains(emitter, make_design, build, domain):
    emitter.lint(emitter.compare(make_design(build, domain=DOMAINS[domain]())))


@pytest.mark.parametrize("build", DESIGNS, ids=lambda build: build.__name__)
def test_verilator_is_silent(emitter, make_design, build):
    emitter.lint(emitter.emit(make_design(build)))
