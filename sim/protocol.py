"""The stream partners of a design, cycle by cycle: sources, sinks and the checks.

This generator is the definition of what a :class:`~rnnhw.emit.stimulus.Stimulus` means. The native
driver (``native/driver.cpp``) and the emitted bench do the same in their own languages; the tests
hold all of them against each other.
"""

from collections.abc import Generator

from rnnhw.emit.bench_files import GRACE_CYCLES
from rnnhw.emit.ports import Channel, Ports
from rnnhw.emit.stimulus import Sink, Source, Stimulus

from .outcome import Record
from .stimulus import Received

__all__ = ["Layout", "drive"]

RESET = 1
"""Command bit."""


class Layout:
    """Where everything stands in the two words that go to a design and come from it in each cycle.

    Command: reset; each input stream's valid and beat; each output stream's ready. Status: each input
    stream's ready; each output stream's valid and beat; the plain outputs.

    Attributes
    ----------
    command_bits, status_bits : int
    inputs : list of (Channel, int, int)
        Positions of valid in the command and of ready in the status.
    outputs : list of (Channel, int, int)
        Positions of ready in the command and of valid in the status.
    status : list of (Field, int)
    """

    def __init__(self, ports: Ports):
        command, status = 1, 0
        self.inputs, self.outputs, self.status = [], [], []
        for number, channel in enumerate(ports.inputs):
            self.inputs.append((channel, command, number))
            command += 1 + channel.width
        status = len(self.inputs)
        for number, channel in enumerate(ports.outputs):
            self.outputs.append((channel, command + number, status))
            status += 1 + channel.width
        for field in ports.status:
            self.status.append((field, status))
            status += field.width
        self.command_bits, self.status_bits = command + len(self.outputs), status


class _Source:
    """Offers the beats of one stream, each not before its time, and keeps offering it until it is taken."""

    def __init__(self, channel: Channel, valid: int, ready: int, source: Source):
        self.offers = [(2 * word | 1) << valid for word in channel.pack(source.beats).tolist()]
        self.not_before = [0] * len(source) if source.not_before is None else source.not_before.tolist()
        self.pattern, self.ready = source.pattern or (1,), 1 << ready
        self.cycles, self.offer, self.missing = [], 0, len(source)

    def begin(self, cycle: int) -> int:
        if not self.offer and self.missing and self.pattern[cycle % len(self.pattern)]:
            beat = len(self.cycles)
            if cycle >= self.not_before[beat]:
                self.offer = self.offers[beat]
        return self.offer

    def end(self, status: int, cycle: int) -> None:
        if self.offer and status & self.ready:
            self.cycles.append(cycle)
            self.offer = 0
            self.missing -= 1


class _Sink:
    """Takes the beats of one stream, and watches that a waiting one stays as it is."""

    def __init__(self, channel: Channel, ready: int, valid: int, sink: Sink):
        self.pattern, self.ready_bit, self.position = sink.pattern or (1,), 1 << ready, valid
        self.mask = (1 << channel.width) - 1
        self.words, self.cycles, self.waiting, self.missing = [], [], None, sink.beats
        self.ready, self.beat = 0, None

    def begin(self, cycle: int) -> int:
        self.ready = self.pattern[cycle % len(self.pattern)]
        return self.ready_bit if self.ready else 0

    def end(self, status: int, cycle: int) -> str:
        """What is wrong, or nothing."""
        here = status >> self.position
        self.beat = beat = here >> 1 & self.mask if here & 1 else None
        if self.waiting is not None and beat != self.waiting:
            return "violation"
        if beat is None:
            return ""
        if not self.missing:
            return "extra"
        if self.ready:
            self.words.append(beat)
            self.cycles.append(cycle)
            self.waiting = None
            self.missing -= 1
        else:
            self.waiting = beat
        return ""


def drive(layout: Layout, stimulus: Stimulus, record: Record, taps=()) -> Generator:
    """Play all sources and sinks: yield the command of each cycle, be sent the status at its end.

    Parameters
    ----------
    layout : Layout
    stimulus : Stimulus
        Fits the design: it has each stream.
    record : Record
        Filled in at the end.
    taps : sequence of (str, int, int, Field)
        Name of a log, position of the valid bit and of the value in the status word, the value.

    Yields
    ------
    int
        The command word.
    """
    if stimulus.reset_at is not None:
        yield from _play(layout, stimulus, record, (), stimulus.reset_at)
    if record.outcome == "ok":
        yield from _play(layout, stimulus, record, taps, None)


def _play(layout: Layout, stimulus: Stimulus, record: Record, taps, reset_at: int | None) -> Generator:
    """One run from its first cycle on: till the end, or through the cycle of the reset."""
    sources = [_Source(*item, stimulus.sources[item[0].name]) for item in layout.inputs]
    sinks = [_Sink(*item, stimulus.sinks[item[0].name]) for item in layout.outputs]
    partners = (*sources, *sinks)
    logs = [(record.probes.setdefault(name, []), valid, position, field) for name, valid, position, field in taps]
    cycle, stop, status = 0, None, 0
    if reset_at is None and not any(partner.missing for partner in partners):
        stop = GRACE_CYCLES
    while record.outcome == "ok" and cycle != stop:
        command = RESET if cycle == reset_at else 0
        for partner in partners:
            command |= partner.begin(cycle)
        status = yield command
        if cycle == reset_at:
            return
        for log, valid, position, field in logs:
            if status >> valid & 1:
                log.append(field.read(status >> position))
        for (channel, _, _), sink in zip(layout.outputs, sinks, strict=True):
            if outcome := sink.end(status, cycle):
                record.outcome = outcome
                fields = channel.places()
                record.offender = channel.name, {f.name: f.read((sink.beat or 0) >> at) for f, at in fields}
                break
        else:
            for source in sources:
                source.end(status, cycle)
        cycle += 1
        if reset_at is None and stop is None and record.outcome == "ok":
            if not any(partner.missing for partner in partners):
                stop = cycle + GRACE_CYCLES
            elif cycle == stimulus.max_cycles:
                record.outcome = "timeout"
    record.cycles = cycle
    record.inputs = {item[0].name: source.cycles for item, source in zip(layout.inputs, sources, strict=True)}
    for (channel, _, _), sink in zip(layout.outputs, sinks, strict=True):
        record.outputs[channel.name] = Received(channel.unpack(sink.words), sink.cycles)
    record.status = {field.name: field.read(status >> position) for field, position in layout.status}
