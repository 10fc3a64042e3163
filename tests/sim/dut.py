# amaranth: UnusedElaboratable=no
"""A small stream component for the tests of the simulators, and stimuli for it."""

import numpy as np
from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from rnnhw.sim.stimulus import Probe, Sink, Source, Stimulus

DATA_WIDTH = 8
OUTPUT_WIDTH = 20
WEIGHTS = (3, -7, 11, 0, -128, 127, 5, -2)
LATENCY = 5


def input_layout(width: int = DATA_WIDTH) -> data.StructLayout:
    return data.StructLayout({"data": signed(width), "first": 1, "last": 1})


def output_layout(width: int = OUTPUT_WIDTH) -> data.StructLayout:
    return data.StructLayout({"data": signed(width), "last": 1})


class Engine(wiring.Component):
    """Multiplies element j of a sequence by weight j mod 8 and adds up, LATENCY cycles a beat."""

    def __init__(self):
        super().__init__(
            {
                "i": In(stream.Signature(input_layout())),
                "o": Out(stream.Signature(output_layout())),
            }
        )
        self.product = Signal(signed(16))
        self.product_valid = Signal()
        self.total = Signal(signed(OUTPUT_WIDTH))

    def elaborate(self, platform):
        m = Module()
        m.submodules.rom = rom = Memory(shape=signed(8), depth=len(WEIGHTS), init=WEIGHTS)
        weight = rom.read_port()
        index = Signal(range(len(WEIGHTS)))
        taken = Signal(input_layout())
        step = Signal(range(LATENCY + 1))
        m.d.comb += [weight.addr.eq(index), self.i.ready.eq(step == 0)]
        m.d.comb += [self.product.eq(taken.data * weight.data), self.product_valid.eq(step == LATENCY - 1)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [taken.eq(self.i.p), step.eq(1)]
            with m.If(self.i.p.first):
                m.d.sync += [index.eq(0), self.total.eq(0)]
        with m.Elif((step != 0) & (step != LATENCY)):
            m.d.sync += step.eq(step + 1)
        with m.If(self.product_valid):
            m.d.sync += [self.total.eq(self.total + self.product), index.eq(index + 1)]
        m.d.comb += [
            self.o.valid.eq(step == LATENCY),
            self.o.p.data.eq(self.total),
            self.o.p.last.eq(taken.last),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += step.eq(0)
        return m


class Dut(wiring.Component):
    """The engine and a FIFO behind it. One output beat for each input beat.

    Parameters
    ----------
    fault : str
        ``""``, or a defect: ``"extra"`` sends one beat more after each last one, ``"fickle"``
        changes a waiting payload, ``"coward"`` takes a waiting beat back, ``"deaf"`` never takes
        more than three beats.
    """

    def __init__(self, fault: str = ""):
        super().__init__(
            {
                "i": In(stream.Signature(input_layout())),
                "o": Out(stream.Signature(output_layout())),
            }
        )
        self.fault = fault
        self.engine = Engine()
        self.fifo = SyncFIFOBuffered(width=OUTPUT_WIDTH + 1, depth=4)
        self.queued = Signal(range(8))

    def elaborate(self, platform):
        m = Module()
        m.submodules.engine = engine = self.engine
        m.submodules.fifo = fifo = self.fifo
        word = Signal(output_layout())
        beats = Signal(unsigned(2))
        m.d.comb += [
            engine.i.p.eq(self.i.p),
            engine.i.valid.eq(self.i.valid),
            self.i.ready.eq(engine.i.ready),
            fifo.w_data.eq(engine.o.p),
            fifo.w_en.eq(engine.o.valid),
            engine.o.ready.eq(fifo.w_rdy),
            word.eq(fifo.r_data),
            self.o.p.eq(word),
            self.o.valid.eq(fifo.r_rdy),
            fifo.r_en.eq(self.o.ready),
            self.queued.eq(fifo.r_level),
        ]
        if self.fault == "extra":
            again = Signal()
            with m.If(self.o.valid & self.o.ready):
                m.d.sync += again.eq(word.last & ~again)
            m.d.comb += fifo.r_en.eq(self.o.ready & (again | ~word.last))
        elif self.fault == "fickle":
            m.d.sync += beats.eq(beats + 1)
            m.d.comb += self.o.p.data.eq(word.data ^ beats)
        elif self.fault == "coward":
            m.d.sync += beats.eq(beats + 1)
            m.d.comb += self.o.valid.eq(fifo.r_rdy & (beats != 0))
            m.d.comb += fifo.r_en.eq(self.o.ready & (beats != 0))
        elif self.fault == "deaf":
            with m.If(self.i.valid & self.i.ready):
                m.d.sync += beats.eq(beats + 1)
            with m.If(beats == 3):
                m.d.comb += [self.i.ready.eq(0), engine.i.valid.eq(0)]
        return m


PROBES = (
    Probe("product", ("engine", "product"), ("engine", "product_valid"), signed=True),
    Probe("total", ("engine", "total"), ("engine", "o__valid"), signed=True),
    Probe("queued", ("queued",), ("o__valid",)),
)


def sequences(lengths, seed: int = 1):
    """Random beats for sequences of these lengths: (data, first, last)."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-128, 128, size=sum(lengths))
    values[0] = -128
    first = np.concatenate([np.arange(n) == 0 for n in lengths]).astype(int)
    last = np.concatenate([np.arange(n) == n - 1 for n in lengths]).astype(int)
    return values, first, last


def expected_outputs(values, first) -> list[int]:
    """What the component must answer, in plain Python integers."""
    answers, total, index = [], 0, 0
    for value, is_first in zip(values.tolist(), first.tolist(), strict=True):
        if is_first:
            total, index = 0, 0
        total += value * WEIGHTS[index % len(WEIGHTS)]
        index += 1
        answers.append(total)
    return answers


def io_stimulus(
    data, first, last, outputs, max_cycles, *, i_pattern=None, o_pattern=None, not_before=None, reset_at=None
) -> Stimulus:
    """One input stream with data, first and last, and one output stream."""
    source = Source({"data": data, "first": first, "last": last}, i_pattern, not_before)
    return Stimulus({"i": source}, {"o": Sink(outputs, o_pattern)}, max_cycles, reset_at)


def stimulus(lengths=(1, 3, 8, 2, 17), seed: int = 1, *, data=None, outputs=None, max_cycles=4000, **options):
    """A stimulus for these sequence lengths, one output a beat."""
    values, first, last = sequences(lengths, seed)
    wanted = len(values) if outputs is None else outputs
    return io_stimulus(values if data is None else data, first, last, wanted, max_cycles, **options)


class Wire(wiring.Component):
    """Input straight to output, without a register: ready depends on ready in the same cycle."""

    def __init__(self, width: int):
        super().__init__(
            {
                "i": In(stream.Signature(input_layout(width))),
                "o": Out(stream.Signature(output_layout(width))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
            self.o.p.data.eq(self.i.p.data),
            self.o.p.last.eq(self.i.p.last),
        ]
        return m


class Table(wiring.Component):
    """Looks the input up in a ROM that is wider than a machine word, and answers one slice of it."""

    def __init__(self, rows, width: int = 80, low: int = 40):
        super().__init__(
            {
                "i": In(stream.Signature(input_layout())),
                "o": Out(stream.Signature(output_layout())),
            }
        )
        self.rows, self.width, self.low = list(rows), width, low

    def elaborate(self, platform):
        m = Module()
        rom = Memory(shape=unsigned(self.width), depth=len(self.rows), init=self.rows)
        m.submodules.rom = rom
        port = rom.read_port()
        waiting = Signal()
        last = Signal()
        m.d.comb += [
            port.addr.eq(self.i.p.data),
            port.en.eq(self.i.valid & self.i.ready),
            self.i.ready.eq(~waiting | self.o.ready),
            self.o.valid.eq(waiting),
            self.o.p.data.eq(port.data[self.low : self.low + OUTPUT_WIDTH]),
            self.o.p.last.eq(last),
        ]
        with m.If(self.i.ready):
            m.d.sync += [waiting.eq(self.i.valid), last.eq(self.i.p.last)]
        return m
