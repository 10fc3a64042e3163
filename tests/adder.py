# amaranth: UnusedElaboratable=no
"""A stand-in for a network and its core that has all streams: small enough to be checked by hand."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
from amaranth.back import rtlil
from amaranth.hdl import Array, Module, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.emit.ports import FlatTop, Ports
from rnnhw.emit.systemverilog import to_systemverilog
from rnnhw.emit.vectors import make_vectors
from rnnhw.fixedpoint import QFormat

IMAGE = b"\x05\x00\xff"
WIDTH = 12


class Adder:
    """A network whose state and answer are the sum of all inputs so far and the number of steps."""

    input_size = 3
    state_size = 2
    input = QFormat(8, 4)
    state_formats = ((QFormat(WIDTH, 4), 1), (QFormat(6, 0), 1))
    initial_raw = np.array([5, 7])
    steps = 4

    def __init__(self, mode: str, kind: str = "lstm"):
        self.mode, self.layers = mode, (SimpleNamespace(kind=kind, backwards=(False, kind == "bidirectional")),)

    def run_raw(self, x_raw, lengths=None, *, initial_state=None, return_state=False):
        """Golden."""
        sequences, steps, _ = x_raw.shape
        lengths = np.full(sequences, steps) if lengths is None else lengths
        state = np.tile(self.initial_raw, (sequences, 1)) if initial_state is None else initial_state.copy()
        count = self.steps if self.mode == "one-to-many" else steps
        y = np.zeros((sequences, count, 2), np.int64)
        for sequence, length in enumerate(lengths):
            for step in range(self.steps if self.mode == "one-to-many" else length):
                state[sequence] += [x_raw[sequence, min(step, steps - 1)].sum(), 1]
                state[sequence, 0] = (state[sequence, 0] + 2048) % 4096 - 2048
                y[sequence, step] = state[sequence]
        if self.mode == "many-to-one":
            y = y[np.arange(sequences), lengths - 1]
        return (y, state) if return_state else y


class AdderTop(wiring.Component):
    """The hardware of an `Adder`: its image is loaded first, then each sequence takes its own initial state.

    Parameters
    ----------
    every_step : bool
    streams : int
        At least 2.
    """

    def __init__(self, every_step: bool, streams: int):
        self.every_step, self.streams = every_step, streams
        number = unsigned((streams - 1).bit_length())
        self.elements = data.StructLayout({"data": signed(8), "first": 1, "last": 1, "stream": number})
        answers = data.StructLayout({"data": signed(WIDTH), "last": 1, "stream": number})
        super().__init__(
            {
                "i": In(stream.Signature(self.elements)),
                "o": Out(stream.Signature(answers)),
                "load": In(stream.Signature(data.StructLayout({"data": unsigned(8), "last": 1}))),
                "state": In(stream.Signature(data.StructLayout({"data": signed(WIDTH)}))),
                "final": Out(stream.Signature(data.StructLayout({"data": signed(WIDTH), "last": 1}))),
                "loaded": Out(1),
                "load_error": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        values = [Array(Signal(signed(WIDTH), name=f"{name}{k}") for k in range(self.streams)) for name in ("sum", "n")]
        seen, index, have, start = Signal(self.elements), Signal(2), Signal(), Signal()
        where = Signal(range(self.streams))
        m.d.comb += [where.eq(seen.stream), start.eq(self.i.valid & self.i.p.first & ~have)]
        m.d.comb += [self.o.p.stream.eq(where), self.state.ready.eq(0)]
        with m.FSM():
            with m.State("load"):
                m.d.comb += self.load.ready.eq(1)
                with m.If(self.load.valid & self.load.p.last):
                    m.d.sync += self.loaded.eq(1)
                    m.next = "take"
            with m.State("take"):
                m.d.comb += self.i.ready.eq(~start)
                with m.If(start):
                    m.d.sync += seen.eq(self.i.p)
                    m.next = "state 0"
                with m.Elif(self.i.valid):
                    m.d.sync += [seen.eq(self.i.p), have.eq(0), index.eq(index + 1)]
                    sums = values[0][self.i.p.stream]
                    m.d.sync += sums.eq(sums + self.i.p.data)
                    with m.If(index == 2):
                        m.d.sync += index.eq(0)
                        m.next = "count"
            for k in (0, 1):
                with m.State(f"state {k}"):
                    m.d.comb += self.state.ready.eq(1)
                    with m.If(self.state.valid):
                        m.d.sync += values[k][where].eq(self.state.p.data)
                        if k:
                            m.d.sync += have.eq(1)
                        m.next = "take" if k else "state 1"
            with m.State("count"):
                m.d.sync += values[1][where].eq(values[1][where] + 1)
                m.next = "o 0"
                if not self.every_step:
                    with m.If(~seen.last):
                        m.next = "take"
            for k in (0, 1):
                with m.State(f"o {k}"):
                    m.d.comb += [self.o.valid.eq(1), self.o.p.data.eq(values[k][where])]
                    m.d.comb += self.o.p.last.eq(seen.last & k)
                    with m.If(self.o.ready):
                        m.next = "take" if k else "o 1"
                        if k:
                            with m.If(seen.last):
                                m.next = "final 0"
                with m.State(f"final {k}"):
                    m.d.comb += [
                        self.final.valid.eq(1),
                        self.final.p.data.eq(values[k][where]),
                        self.final.p.last.eq(k),
                    ]
                    with m.If(self.final.ready):
                        m.next = "take" if k else "final 1"
        return m


class AdderCore:
    """What stands for an `rnnhw.emit.core.Core` and for its plan."""

    name = "adder"
    cycles_per_step = 6
    buffered = False

    def __init__(self, mode: str = "many-to-one", streams: int = 2):
        self.network, self.streams, self.plan = Adder(mode), streams, self

    def component(self) -> AdderTop:
        return AdderTop(self.network.mode == "many-to-many", self.streams)

    def can_break_off(self, length: int) -> bool:
        return True

    @property
    def ports(self) -> Ports:
        return Ports.of(self.component())

    def write_sources(self, folder: Path) -> list[Path]:
        flat = FlatTop(self.component())
        text = rtlil.convert(flat, name=self.name, ports=flat.ports(), emit_src=False)
        path = Path(folder) / f"{self.name}.sv"
        path.write_text(to_systemverilog(text, top=self.name).logic)
        return [path]

    def vectors(self, x_raw, lengths, *, complete=None, initial_state=None):
        if initial_state is None:
            initial_state = np.tile(self.network.initial_raw, (len(x_raw), 1))
        options = {"complete": complete, "initial_state": initial_state, "final_state": True, "image": IMAGE}
        return make_vectors(self.network, x_raw, lengths, streams=self.streams, **options)

    def planned(self, vectors) -> SimpleNamespace:
        cycle = len(IMAGE)
        run = {name: [] for name in ("accepted", "outputs", "state_accepted", "final_outputs")}
        for first, last, _ in vectors.steps:
            if first:
                run["state_accepted"] += [cycle + 1, cycle + 2]
                cycle += 3
            run["accepted"].append((cycle, cycle + 2))
            cycle += 4
            if last or self.network.mode == "many-to-many":
                run["outputs"] += [cycle, cycle + 1]
                cycle += 2
            if last:
                run["final_outputs"] += [cycle, cycle + 1]
                cycle += 2
        return SimpleNamespace(**run)
