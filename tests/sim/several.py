# amaranth: UnusedElaboratable=no
"""A device with several streams each way and plain outputs, and what it must answer."""

import numpy as np
from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.sim.stimulus import Sink, Source, Stimulus

IMAGE = (200, 17, 255, 3)
KEY = sum(IMAGE) % 256


class Several(wiring.Component):
    """Adds up sequences, each from its own start value on, once four bytes are loaded.

    Each element of ``i`` gives the sum so far plus the key (the sum of the bytes) on ``o``. A sequence's
    first element waits for a beat of ``state``, its last one gives the sum and the elements since reset on
    ``final``.

    Parameters
    ----------
    fault : str
        ``""``, or a defect of ``final``: ``"extra"`` sends three beats for each sequence, ``"fickle"``
        changes a waiting payload, ``"coward"`` takes a waiting beat back.
    """

    def __init__(self, fault: str = ""):
        self.fault = fault
        elements = data.StructLayout({"data": signed(8), "first": 1, "last": 1, "stream": unsigned(2)})
        answers = data.StructLayout({"data": signed(16), "last": 1, "stream": unsigned(2)})
        super().__init__(
            {
                "i": In(stream.Signature(elements)),
                "o": Out(stream.Signature(answers)),
                "load": In(stream.Signature(data.StructLayout({"data": unsigned(8), "last": 1}))),
                "state": In(stream.Signature(data.StructLayout({"data": signed(12)}))),
                "final": Out(stream.Signature(data.StructLayout({"data": signed(12), "last": 1}))),
                "loaded": Out(1),
                "load_error": Out(1),
                "balance": Out(signed(5)),
            }
        )
        self.total = Signal(signed(16))
        self.elements = elements

    def elaborate(self, platform):
        m = Module()
        key, held, count, have = Signal(8), Signal(signed(12)), Signal(11), Signal()
        taken, clock = Signal(self.elements), Signal(2)
        m.d.sync += clock.eq(clock + 1)
        m.d.comb += [self.state.ready.eq(self.loaded & ~have), self.balance.eq(-self.total[:4])]
        with m.If(self.state.valid & self.state.ready):
            m.d.sync += [held.eq(self.state.p.data), have.eq(1)]
        m.d.comb += [self.o.p.data.eq(self.total + key), self.o.p.last.eq(taken.last), self.o.p.stream.eq(taken.stream)]
        with m.FSM():
            with m.State("load"):
                m.d.comb += self.load.ready.eq(1)
                with m.If(self.load.valid):
                    m.d.sync += [key.eq(key + self.load.p.data), count.eq(count + 1)]
                    with m.If(self.load.p.last):
                        m.d.sync += [self.loaded.eq(1), self.load_error.eq(count != len(IMAGE) - 1), count.eq(0)]
                        m.next = "take"
            with m.State("take"):
                m.d.comb += self.i.ready.eq(~self.i.p.first | have)
                with m.If(self.i.valid & self.i.ready):
                    before = Signal(signed(16))
                    m.d.comb += before.eq(self.total)
                    with m.If(self.i.p.first):
                        m.d.comb += before.eq(held)
                        m.d.sync += have.eq(0)
                    m.d.sync += [self.total.eq(before + self.i.p.data), taken.eq(self.i.p), count.eq(count + 1)]
                    m.next = "answer"
            with m.State("answer"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.next = "take"
                    with m.If(taken.last):
                        m.next = "sum"
            for name, after, value, last in (("sum", "count", self.total, 0), ("count", "more", count, 1)):
                with m.State(name):
                    m.d.comb += [self.final.valid.eq(1), self.final.p.data.eq(value), self.final.p.last.eq(last)]
                    if self.fault == "fickle":
                        m.d.comb += self.final.p.data.eq(value ^ clock)
                    elif self.fault == "coward":
                        m.d.comb += self.final.valid.eq(clock[1])
                    with m.If(self.final.ready & self.final.valid):
                        m.next = "take" if after == "more" and self.fault != "extra" else after
            with m.State("more"):
                m.d.comb += self.final.valid.eq(1)
                with m.If(self.final.ready):
                    m.next = "take"
        return m


def several_stimulus(lengths=(3, 1, 5), patterns=None, reset_at=None, image=IMAGE, finals=None, seed: int = 4):
    """Random sequences; returns the stimulus and, by output stream, the beats that must come."""
    rng, patterns = np.random.default_rng(seed), patterns or {}
    beats = {name: [] for name in ("data", "first", "last", "stream")}
    answers = {name: [] for name in ("data", "last", "stream")}
    final, starts, count = {"data": [], "last": []}, [-2048], 0
    for number, length in enumerate(lengths):
        total = starts[-1]
        for step in range(length):
            value = int(rng.integers(-128, 128))
            total, count, last = total + value, count + 1, int(step == length - 1)
            for column, item in zip(beats.values(), (value, int(step == 0), last, number % 4), strict=True):
                column.append(item)
            for column, item in zip(answers.values(), (total + KEY, last, number % 4), strict=True):
                column.append(item)
        final["data"] += [(total + 2048) % 4096 - 2048, count]
        final["last"] += [0, 1]
        starts.append(int(rng.integers(-2048, 2048)))
    sources = {
        "i": beats,
        "load": {"data": image, "last": [0] * (len(image) - 1) + [1]},
        "state": {"data": starts[: len(lengths)]},
    }
    wanted = {"o": answers, "final": final}
    counts = {"o": len(answers["data"]), "final": len(final["data"]) if finals is None else finals}
    stimulus = Stimulus(
        {name: Source(values, patterns.get(name)) for name, values in sources.items()},
        {name: Sink(number, patterns.get(name)) for name, number in counts.items()},
        max_cycles=3000,
        reset_at=reset_at,
    )
    return stimulus, wanted
