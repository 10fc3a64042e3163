# amaranth: UnusedElaboratable=no
"""The link's parts on their own, with stalls on both sides."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.gateware.link import LinkedCore
from rnnhw.gateware.link.counters import COUNTERS, ROUND, Counters
from rnnhw.gateware.link.events import EventCollector
from rnnhw.gateware.link.frame_receiver import FrameReceiver
from rnnhw.gateware.link.frame_sender import FrameSender
from rnnhw.gateware.link.hello import hello_payload
from rnnhw.gateware.link.protocol import Reply
from rnnhw.gateware.link.state_buffer import StateBuffer
from tests.gateware.plans import small_plan
from tests.gateware.stepper import play
from tests.gateware.streams import Sink, Source, always, drive, offered, sometimes

from . import frames as f

SPECIAL = [0x7E, 0x7D, 0x5E, 0x5D, 0x00, 0xFF]
PLAIN = {"inputs": 2, "hidden": [2], "kinds": ["lstm"]}


class Bytes:
    """A memory beside a component: what is read comes two cycles later, whether it was asked for or not."""

    def __init__(self, address, data, words):
        self.inputs, self.outputs = [data], [address]
        self.words, self.coming, self.done = words, [0, 0], True

    def offer(self, cycle: int) -> tuple:
        return (self.coming[0],)

    def see(self, cycle: int, outputs) -> None:
        self.coming = [self.coming[1], self.words[outputs[0]]]


@pytest.mark.parametrize("eager", [False, True])
def test_sender(eager):
    rng = np.random.default_rng(2)
    words = rng.choice([*SPECIAL, *range(256)], 512).tolist()
    beats, want = [], b""
    for base, length in ((0x100, 33), (0x080, 128), (0, 0), (0x140, 1), (0x1C0, 28)):
        kind, sequence = rng.choice(SPECIAL, 2).tolist()
        beats.append((kind, sequence, base, length))
        want += f.frame(kind, sequence, bytes(words[base : base + length]))
    dut = FrameSender()
    source = Source(dut.i, beats, offered(rng, len(beats), 1 if eager else 0.01))
    sink = Sink(SimplePort(dut.o), len(want), always() if eager else sometimes(rng, 0.03))
    drive(dut, [source, sink, Bytes(dut.address, dut.data, words)])
    assert bytes(byte for (byte,) in sink.beats) == want
    if eager:  # an SPI gives no more time than 64 cycles for a byte
        assert max(np.diff(sink.transfers)) <= 16 + 2


class SimplePort:
    """A stream of bytes with the payload as a field, as sources and sinks take it."""

    class _Payload:
        def __init__(self, value):
            self.value = value

        def shape(self):
            return [("value", 8)]

        def __getitem__(self, name):
            return self.value

    def __init__(self, port):
        self.valid, self.ready, self.payload = port.valid, port.ready, self._Payload(port.payload)


@pytest.mark.parametrize("chance", [1, 0.05])
def test_receiver(chance):
    """Whole frames are kept, two at a time; what is wrong is told."""
    rng = np.random.default_rng(4)
    payload = bytes(rng.choice(SPECIAL, 240).tolist())
    wire = f.frame(3, 0x7E, payload) + f.stuffed(f.content(3, 9, b"ab")[:-1]) + f.frame(5, 2) + f.frame(5, 3)
    dut = FrameReceiver()
    source = Source(SimplePort(dut.i), [(byte,) for byte in wire], offered(rng, len(wire), chance))
    fault = Sink(dut.fault, 2, sometimes(rng, 0.1))
    seen = drive(dut, [source, fault], extra=[dut.good, dut.bad, dut.waiting])
    assert fault.beats == [(Reply.LENGTH, 9), (Reply.OVERRUN, 3)]
    assert [sum(column) for column in zip(*seen, strict=True)][:2] == [2, 2]
    assert seen[-1][2] == 1


class CounterMemory:
    """The outbox as counters see it: read at once or a little later, written at once."""

    def __init__(self, dut, rng, reads: float):
        self.inputs, self.outputs = [dut.can_read, dut.data, dut.write.ready], [dut.address]
        write = dut.write
        self.outputs += [write.valid, write.payload.address, write.payload.data]
        self.rng, self.reads, self.words, self.coming, self.done = rng, reads, [0xEE] * 512, [0, 0], True

    def offer(self, cycle: int) -> tuple:
        return (int(self.rng.random() < self.reads), self.coming[0], 1)

    def see(self, cycle: int, outputs) -> None:
        address, valid, where, value = outputs
        self.coming = [self.coming[1], self.words[address]]
        if valid:
            self.words[where] = value

    def snapshot(self) -> dict[str, int]:
        """The counters' copy."""
        sizes = [size for _, size in COUNTERS]
        return f.counter_fields(bytes(self.words[0x1C0 : 0x1C0 + sum(sizes)]))


class Happenings:
    """Things to count from cycle 300 on, till enough are there; then a snapshot."""

    def __init__(self, dut, rng, cycles: int):
        self.names = [name for name in dut.counted if name != "cycles"]
        self.ones = {name: (1 << dut.counted[name]) - 1 for name in self.names}
        self.inputs = [*(getattr(dut, name) for name in self.names), dut.snapshot]
        self.outputs, self.rng, self.cycles = [dut.done], rng, cycles
        self.totals, self.done = dict.fromkeys(self.names, 0), False

    def offer(self, cycle: int) -> tuple:
        row = dict.fromkeys(self.names, 0)
        if 300 <= cycle < self.cycles:
            row["busy"], row["inputs"], row["outputs"] = 1, cycle % 2, int(self.rng.random() < 0.3)
            row["good"], row["bad"] = int(cycle % 200 == 7), int(cycle % 100 == 9)
            if "saturations" in row:
                row["saturations"] = self.ones["saturations"]
        for name, value in row.items():
            self.totals[name] += value
        return (*row.values(), int(cycle >= self.cycles and not self.done))

    def see(self, cycle: int, outputs) -> None:
        self.done |= bool(cycle >= self.cycles and outputs[0])


@pytest.mark.parametrize("saturations", [0, 1, 5])
@pytest.mark.parametrize("reads", [1, 0.9])
def test_counters(saturations, reads):
    """Everything at the highest rates, and nothing is lost."""
    rng, dut = np.random.default_rng(3), Counters(saturations)
    memory, happenings = CounterMemory(dut, rng, reads), Happenings(dut, rng, 4000)
    seen = drive(dut, [memory, happenings])
    found = memory.snapshot()
    assert {name: found[name] for name in happenings.totals} == happenings.totals
    assert happenings.totals["inputs"] == 1850
    assert found["saturations"] == 3700 * ((1 << saturations) - 1)
    assert found["cycles"] < len(seen) < found["cycles"] + 2 * ROUND


def test_counters_that_are_read_too_late():
    """Control: a memory that makes them wait too long loses counts."""
    rng, dut = np.random.default_rng(3), Counters(0)
    memory, happenings = CounterMemory(dut, rng, 0.1), Happenings(dut, rng, 4000)
    drive(dut, [memory, happenings])
    assert memory.snapshot()["busy"] < happenings.totals["busy"]


@pytest.mark.parametrize(("width", "count"), [(4, 1), (8, 126), (8, 127), (16, 70), (24, 43), (25, 33)])
def test_events(width, count):
    rng = np.random.default_rng(width)
    values = rng.integers(-1 << width - 1, 1 << width - 1, count).tolist()
    dut, words, events = EventCollector(0xC1, 0x080, width, 3), [0] * 512, []
    beats = [(value, int(at == count - 1), 2) for at, value in enumerate(values)]
    source = Source(dut.i, beats, offered(rng, count, 0.5))

    class Outbox:
        def __init__(self):
            self.inputs = [dut.write.ready, dut.o.ready, dut.sequence, dut.idle]
            self.outputs = [dut.write.valid, dut.write.payload.address, dut.write.payload.data, dut.o.valid]
            frame = dut.o.payload
            self.outputs += [frame.type, frame.base, frame.length, frame.sequence]
            self.done, self.row = False, (0, 0, 0, 0)

        def offer(self, cycle):
            self.row = (int(rng.random() < 0.6), int(rng.random() < 0.1), len(events), int(rng.random() < 0.1))
            return self.row

        def see(self, cycle, outputs):
            valid, address, value, sending, kind, base, length, sequence = outputs
            if valid and self.row[0]:
                words[address] = value
            if sending and self.row[1]:
                assert (kind, base, sequence) == (0xC1, 0x080, len(events))
                events.append(bytes(words[base : base + length]))
                self.done = bool(events[-1][0])

    drive(dut, [source, Outbox()])
    assert all(len(event) <= 128 for event in events)
    assert [event[0] for event in events] == [0] * (len(events) - 1) + [2]
    assert {event[1] for event in events} == {2}
    assert [value for event in events for value in f.unpacked(event[2:], width)] == values


@pytest.mark.parametrize("chance", [1, 0.2])
def test_state_buffer(chance):
    rng = np.random.default_rng(5)
    widths = [4, 4, 9, 9, 9, 4]
    vector = [int(rng.integers(-1 << width - 1, 1 << width - 1)) for width in widths]
    dut, taken = StateBuffer(widths), []
    inputs = [dut.begin, dut.first, dut.element, dut.data, dut.commit, dut.o.ready]

    def actor():
        ready = 0

        def turn(*row):
            full, valid, value, wrong, _ = yield (*row, ready)
            if valid and ready:
                taken.append(value)
            return full, wrong

        for part, first in ((vector[:2], 1), (vector[2:], 0)):
            yield from turn(1, first, 0, 0, 0)
            for value in part:
                yield from turn(0, 0, 1, value, 0)
            assert (yield from turn(0, 0, 0, 0, 1)) == (0, 0)
        yield from turn(1, 1, 0, 0, 0)
        assert (yield from turn(0, 0, 0, 0, 0)) == (1, 1)  # another one must wait
        for _ in range(200):
            ready = int(rng.random() < chance)
            yield from turn(0, 0, 0, 0, 0)
        assert taken == vector
        yield from turn(1, 0, 0, 0, 0)
        assert (yield from turn(0, 0, 0, 0, 0)) == (0, 1)  # a vector that has not begun
        for value in (8, -9):
            yield from turn(1, 1, 0, 0, 0)
            yield from turn(0, 0, 1, value, 0)
            assert (yield from turn(0, 0, 0, 0, 0)) == (0, 1)  # too large for four bits

    play(dut, inputs, [dut.full, dut.o.valid, dut.o.payload.data, dut.wrong, dut.reply], actor())


def test_what_a_linked_core_refuses():
    plan = small_plan(1, PLAIN)
    with pytest.raises(RnnhwError, match=r"^identity must be 8 bytes, not b'short'$"):
        hello_payload(plan, b"short", 1)
    with pytest.raises(RnnhwError, match=r"^link must be one of uart, spi, not 'i2c'$"):
        LinkedCore(plan, identity=bytes(8), clock_hz=12_000_000, link="i2c")
    with pytest.raises(RnnhwError, match=r"^baud must be at most 200000 with a clock of 1000000 Hz"):
        LinkedCore(plan, identity=bytes(8), clock_hz=1_000_000)
