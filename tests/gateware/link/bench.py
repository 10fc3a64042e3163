# amaranth: UnusedElaboratable=no
"""A host in the simulator: sends bytes to a core behind its link, and waits for answers."""

from amaranth import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.sim import Simulator

from rnnhw.gateware import NetworkTop
from rnnhw.gateware.link.core_link import CoreLink
from rnnhw.gateware.link.linked_core import join

from .frames import ERROR, Error, Frame, frame, parse

IDENTITY = bytes(range(0x77, 0x7F))  # with both bytes that have to be escaped
PERIOD = 1e-6
PACE = 60  # cycles from byte to byte, as on a line that is as fast as can be


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
            whole = self.seen.rfind(b"~") + 1
            found = parse(bytes(self.seen[self.read : whole])) if whole > self.read else []
            if len(found) >= count:
                self.read = whole
                return found
            await self.ctx.tick()

    async def answer(self):
        """Wait for a frame that is no event, as a `Frame` or an `Error`; events are kept."""
        while True:
            found = await self.frames()
            self.events += [each for each in found if each.type in (0xC1, 0xC2)]
            rest = [each for each in found if each.type not in (0xC1, 0xC2)]
            if rest:
                (each,) = rest
                return Error(each.payload[0], each.sequence, each.payload[1]) if each.type == ERROR else each

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

    async def event(self) -> Frame:
        """The next event."""
        while not self.events:
            self.events += await self.frames()
        return self.events.pop(0)


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
