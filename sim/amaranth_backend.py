"""Runs a design in Amaranth's own simulator: nothing to compile, and the best waveforms."""

import time
from pathlib import Path

from amaranth.hdl import Cat, ClockDomain, Elaboratable, Module, Shape, Signal
from amaranth.sim import Simulator

from .netlist import find_signal
from .outcome import Record
from .protocol import I_DATA, O_DATA, drive, sign_extend
from .stimulus import Probe, Stimulus, Transcript, check_probes

__all__ = ["run"]

PERIOD = 1e-6
"""Seconds of simulated time a cycle; nothing depends on it."""


def run(component, stimulus: Stimulus, probes: tuple[Probe, ...] = (), waveform: Path | None = None) -> Transcript:
    """Simulate one component with one stimulus.

    The simulation starts from the registers' reset values; reset is never asserted.

    Parameters
    ----------
    component : wiring.Component
        Has ``i`` (payload ``data``, ``first``, ``last``) and ``o`` (payload ``data``, ``last``).
    stimulus : Stimulus
    probes : tuple of Probe
        Path elements are attribute names.
    waveform : Path, optional
        Where to write a VCD file.

    Raises
    ------
    RnnhwError
        If a beat does not fit, or a probe names no signal or has another's name.
    SimulationTimeout, ExtraOutput, StreamViolation
        As the design deserves.
    """
    check_probes(probes)
    stimulus.check_width(Shape.cast(component.i.p.data.shape()).width)
    values = [find_signal(component, probe.path) for probe in probes]
    valids = [find_signal(component, probe.valid) for probe in probes]
    bench = _Bench(component, values, valids)
    record = Record(probes={probe.name: [] for probe in probes})
    commands = drive(stimulus, record, bench.i_width, bench.o_width, bench.taps(record))
    done = Signal()

    async def partners(ctx):
        command = next(commands)
        ctx.set(bench.command, command)
        async for _, status in ctx.posedge(bench.sync.clk).sample(bench.status):
            try:
                wish = commands.send(status)
            except StopIteration:
                ctx.set(done, 1)
                return
            if wish != command:
                command = wish
                ctx.set(bench.command, command)

    async def until_done(ctx):
        await ctx.posedge(done)

    simulator = Simulator(bench)
    simulator.add_clock(PERIOD)
    simulator.add_process(partners)
    simulator.add_testbench(until_done)
    record.seconds = _timed(simulator, waveform)
    record.outputs = sign_extend(record.outputs, bench.o_width)
    for probe, signal in zip(probes, values, strict=True):
        if probe.signed:
            record.probes[probe.name] = sign_extend(record.probes[probe.name], len(signal))
    return record.transcript(stimulus.outputs, len(stimulus.data), waveform)


def _timed(simulator: Simulator, waveform: Path | None) -> float:
    if waveform is None:
        start = time.perf_counter()
        simulator.run()
        return time.perf_counter() - start
    Path(waveform).parent.mkdir(parents=True, exist_ok=True)
    with open(waveform, "w") as file, simulator.write_vcd(file):
        start = time.perf_counter()
        simulator.run()
        return time.perf_counter() - start


class _Bench(Elaboratable):
    """The component with all that it is told in one word and all that it tells in another.

    One word to set and one to sample a cycle: taking them apart is compiled with the design, which
    is several times faster than as many calls from the process that drives the simulation.
    """

    def __init__(self, component, values: list[Signal], valids: list[Signal]):
        self.component = component
        self.sync = ClockDomain("sync")
        self.i_width = Shape.cast(component.i.p.data.shape()).width
        self.o_width = Shape.cast(component.o.p.data.shape()).width
        self.probed, self.valids = values, valids
        self.command = Signal(I_DATA + self.i_width)
        self.status = Signal(O_DATA + self.o_width + sum(1 + len(signal) for signal in self.probed))

    def taps(self, record: Record) -> list[tuple[list[int], int, int, int]]:
        """For each log: the list, where its valid bit and its value stand, the value's mask."""
        taps, position = [], O_DATA + self.o_width
        for log, signal in zip(record.probes.values(), self.probed, strict=True):
            taps.append((log, position, position + 1, (1 << len(signal)) - 1))
            position += 1 + len(signal)
        return taps

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.core = core = self.component
        i, o = core.i, core.o
        m.d.comb += [
            Cat(i.valid, o.ready, i.p.first, i.p.last, i.p.data).eq(self.command),
            self.status.eq(
                Cat(
                    i.ready,
                    o.valid,
                    o.p.last,
                    o.p.data,
                    *(Cat(valid[0], signal) for valid, signal in zip(self.valids, self.probed, strict=True)),
                )
            ),
        ]
        return m
