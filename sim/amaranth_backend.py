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

__all__ = ["Model"]

PERIOD = 1e-6
"""Seconds of simulated time a cycle; nothing depends on it."""


class Model:
    """A component made ready to be simulated, as often as wanted.

    Every run starts from the registers' reset values; reset is asserted only where the stimulus says.

    Parameters
    ----------
    component : wiring.Component
        Has streams and plain outputs: see :class:`rnnhw.emit.ports.Ports`.
    probes : tuple of Probe
        Path elements are attribute names.

    Raises
    ------
    RnnhwError
        If a probe names no signal or has another's name.
    """

    def __init__(self, component, probes: tuple[Probe, ...] = ()):
        check_probes(probes)
        self.ports, self.probes = Ports.of(component), probes
        self.component, self.layout = component, Layout(self.ports)
        self.signals = [(find_signal(component, probe.path), find_signal(component, probe.valid)) for probe in probes]
        self.commands = self.bench = self.simulator = None
        self.done = Signal()

    def _build(self) -> None:
        self.bench = _Bench(self.component, self.layout, self.probes, self.signals)
        self.simulator = Simulator(self.bench)
        self.simulator.add_clock(PERIOD)
        self.simulator.add_process(self._partners)
        self.simulator.add_testbench(self._until_done)

    async def _partners(self, ctx):
        bench, commands = self.bench, self.commands
        command = next(commands)
        ctx.set(bench.command, command)
        async for _, status in ctx.posedge(bench.sync.clk).sample(bench.status):
            try:
                wish = commands.send(status)
            except StopIteration:
                ctx.set(self.done, 1)
                return
            if wish != command:
                command = wish
                ctx.set(bench.command, command)

    async def _until_done(self, ctx):
        await ctx.posedge(self.done)

    def run(self, stimulus: Stimulus, waveform: Path | None = None) -> Transcript:
        """Simulate one stimulus.

        Parameters
        ----------
        stimulus : Stimulus
        waveform : Path, optional
            Where to write a VCD file.

        Raises
        ------
        RnnhwError
            If a beat does not fit.
        SimulationTimeout, ExtraOutput, StreamViolation
            As the design deserves.
        """
        stimulus = stimulus.fit(self.ports)
        record = Record(probes={probe.name: [] for probe in self.probes})
        if self.simulator is None:
            self._build()
        else:
            self.simulator.reset()
        self.commands = drive(self.layout, stimulus, record, self.bench.taps)
        record.seconds = _timed(self.simulator, waveform)
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
