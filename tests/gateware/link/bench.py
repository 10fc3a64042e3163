# amaranth: UnusedElaboratable=no
"""A host in the simulator: sends bytes to a core behind its link, and waits for answers."""

from amaranth import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.sim import Simulator

from rnnhw.gateware import NetworkTop
from rnnhw.gateware.link.core_link import CoreLink
from rnnhw.gateware.link.linked_core import join

from .frames import ERROR, FINAL, OUTPUT, Error, Frame, frame, parse

IDENTITY = bytes(range(0x77, 0x7F))  # with both bytes that have to be escaped
PERIOD = 1e-6
PACE = 20  # cycles from byte to byte; a line takes 50 and more


class ByteCore(wiring.Component):
    """A core behind its link, without the pins."""

    def __init__(self, plan, clock_hz: int = 12_000_000):
        self.core = NetworkTop(plan, restart=True)
        self.link = CoreLink(self.core, IDENTITY, clock_hz)
        byte = stream.Signature(8)
        super().__init__({"i": In(byte), "o": Out(byte), "busy": Out(1), "error": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.core, m.submodules.link = self.core, self.link
        join(m, self.link, self.core)
        connect(m, flipped(self.i), self.link.i)
        connect(m, self.link.o, flipped(self.o))
        m.d.comb += [self.busy.eq(self.link.busy), self.error.eq(self.link.error)]
        return m


class Host:
    """What a test talks with: bytes go out at `PACE`, those that come are gathered all the time."""

    def __init__(self, ctx, dut, seen: bytearray):
        self.ctx, self.dut, self.seen = ctx, dut, seen
        self.sequence, self.read = 0, 0
        self.events: list[Frame] = []
        self.answers: list[Frame] = []

    async def send(self, wire: bytes) -> None:
        """Put bytes on the wire."""
        for byte in wire:
            self.ctx.set(self.dut.i.payload, byte)
            self.ctx.set(self.dut.i.valid, 1)
            await self.ctx.tick().until(self.dut.i.ready)
            self.ctx.set(self.dut.i.valid, 0)
            await self.ctx.tick().repeat(PACE - 1)

    async def wait(self, cycles: int) -> None:
        """Let time pass."""
        await self.ctx.tick().repeat(cycles)

    async def frames(self, count: int = 1) -> list[Frame]:
        """Wait for so many frames, events included, in the order in which they come."""
        while True:
            whole = self.seen.rfind(b"~") + 1  # the end of a frame, or the beginning of the next one
            found = parse(bytes(self.seen[self.read : whole])) if whole > self.read else []
            if len(found) >= count:
                self.read = whole - 1
                return found
            await self.ctx.tick()

    async def answer(self):
        """The next frame that is no event, as a `Frame` or an `Error`; events are kept."""
        while not self.answers:
            self._sort(await self.frames())
        found = self.answers.pop(0)
        return Error(found.payload[0], found.sequence, found.payload[1]) if found.type == ERROR else found

    def _sort(self, found) -> None:
        for each in found:
            (self.events if each.type in (OUTPUT, FINAL) else self.answers).append(each)

    async def ask(self, type: int, payload: bytes = b""):
        """Send a request with the next sequence number; returns the answer."""
        self.sequence = (self.sequence + 1) % 256
        await self.send(frame(type, self.sequence, payload))
        found = await self.answer()
        assert found.sequence == self.sequence, found
        return found

    async def done(self, type: int, payload: bytes = b"") -> bytes:
        """Send a request that must be carried out; returns the answer's payload."""
        found = await self.ask(type, payload)
        assert isinstance(found, Frame), found
        assert found.type == type | 0x80, found
        return found.payload

    async def event(self, type: int) -> Frame:
        """The next event of a type."""
        while not any(each.type == type for each in self.events):
            self._sort(await self.frames())
        found = next(each for each in self.events if each.type == type)
        self.events.remove(found)
        return found


def converse(dut, talk, *, limit: int = 200_000, pauses=(PACE,)) -> None:
    """Let `talk(host)` go on with a component whose `i` and `o` are bytes.

    `pauses`: cycles that the host takes for each byte that comes, in turn.
    """
    seen, ended = bytearray(), []

    async def listener(ctx):
        wait = number = 0
        while True:  # `until` would leave an asynchronous generator behind
            ctx.set(dut.o.ready, wait == 0)
            _, _, valid, byte = await ctx.tick().sample(dut.o.valid, dut.o.payload)
            if wait:
                wait -= 1
            elif valid:
                seen.append(byte)
                wait = pauses[number % len(pauses)]
                number += 1

    async def testbench(ctx):
        await talk(Host(ctx, dut, seen))
        ended.append(True)

    async def watchdog(ctx):
        await ctx.delay(limit * PERIOD)
        raise TimeoutError(f"not over after {limit} cycles; seen so far: {bytes(seen).hex(' ')}")

    simulator = Simulator(dut)
    simulator.add_clock(PERIOD)
    simulator.add_testbench(listener, background=True)
    simulator.add_testbench(testbench)
    simulator.add_testbench(watchdog, background=True)
    simulator.run()
    assert ended
