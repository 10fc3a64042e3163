"""Runs a design in Amaranth's own simulator: nothing to compile, and the best waveforms."""

import time
from pathlib import Path

from amaranth.hdl import Cat, ClockDomain, Elaboratable, Module, Signal
from amaranth.sim import Simulator

from rnnhw.emit.ports import Field, Ports

from .netlist import find_signal
from .outcome import Record
from .protocol import Layout, drive
from .stimulus import Probe, Stimulus, Transcript, check_probes

__all__ = ["run"]

PERIOD = 1e-6
"""Seconds of simulated time a cycle; nothing depends on it."""


def run(component, stimulus: Stimulus, probes: tuple[Probe, ...] = (), waveform: Path | None = None) -> Transcript:
    """Simulate one component with one stimulus.

    The simulation starts from the registers' reset values; reset is asserted only where the stimulus says.

    Parameters
    ----------
    component : wiring.Component
        Has streams and plain outputs: see :class:`rnnhw.emit.ports.Ports`.
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
    ports = Ports.of(component)
    stimulus = stimulus.fit(ports)
    signals = [(find_signal(component, probe.path), find_signal(component, probe.valid)) for probe in probes]
    bench = _Bench(component, Layout(ports), probes, signals)
    record = Record(probes={probe.name: [] for probe in probes})
    commands = drive(bench.layout, stimulus, record, bench.taps)
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
    return record.transcript(stimulus, waveform)


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

    def __init__(self, component, layout: Layout, probes: tuple[Probe, ...], signals: list[tuple[Signal, Signal]]):
        self.component, self.layout = component, layout
        self.sync = ClockDomain("sync")
        self.probed, self.taps, position = [], [], layout.status_bits
        for probe, (value, valid) in zip(probes, signals, strict=True):
            self.probed += [valid[0], value]
            self.taps.append((probe.name, position, position + 1, Field(probe.name, len(value), probe.signed)))
            position += 1 + len(value)
        self.command = Signal(layout.command_bits)
        self.status = Signal(position)

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.core = core = self.component
        inputs = [getattr(core, channel.name) for channel, _, _ in self.layout.inputs]
        outputs = [getattr(core, channel.name) for channel, _, _ in self.layout.outputs]
        told = [self.sync.rst]
        for stream in inputs:
            told += [stream.valid, stream.p]
        told += [stream.ready for stream in outputs]
        tells = [stream.ready for stream in inputs]
        for stream in outputs:
            tells += [stream.valid, stream.p]
        tells += [getattr(core, field.name) for field, _ in self.layout.status]
        m.d.comb += [Cat(*told).eq(self.command), self.status.eq(Cat(*tells, *self.probed))]
        return m
