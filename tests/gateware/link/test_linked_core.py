# amaranth: UnusedElaboratable=no
"""Whole cores at their pins."""

import pytest
from amaranth.sim import Simulator

from rnnhw.gateware.link import LinkedCore
from tests.gateware.plans import small_plan

from . import frames as f
from .bench import IDENTITY

TINY = {"inputs": 1, "hidden": [1], "outputs": [], "kinds": ["rnn-tanh"], "head": "none", "mode": "many-to-one"}
PERIOD = 1e-6


def at_pins(dut, wire: bytes, bit: float, count: int, limit: int = 60_000, others=()) -> list[f.Frame]:
    """Send bytes to a UART whose bits take `bit` clocks, and gather frames till there are `count` of them.

    `others` are test benches that play along.
    """
    seen, ended = bytearray(), []

    async def sender(ctx):
        await ctx.delay(3.3 * PERIOD)
        for byte in wire:
            for level in (0, *(byte >> n & 1 for n in range(8)), 1):
                ctx.set(dut.rx, level)
                await ctx.delay(bit * PERIOD)

    async def receiver(ctx):
        while len(f.parse(bytes(seen[: seen.rfind(b"~") + 1] or b"~"))) < count:
            await ctx.edge(dut.tx, 0)
            await ctx.delay(bit * PERIOD / 2)
            bits = []
            for _ in range(9):
                await ctx.delay(bit * PERIOD)
                bits.append(ctx.get(dut.tx))
            assert bits[8] == 1
            seen.append(sum(level << n for n, level in enumerate(bits[:8])))
        ended.append(True)

    run(dut, sender, limit, receiver, others=others)
    assert ended
    return f.parse(bytes(seen))


def run(dut, testbench, limit: int, *more, others=()) -> None:
    """Simulate, for at most `limit` cycles."""

    async def watchdog(ctx):
        await ctx.delay(limit * PERIOD)
        raise TimeoutError(f"not over after {limit} cycles")

    simulator = Simulator(dut)
    simulator.add_clock(PERIOD)
    for each in (testbench, *more):
        simulator.add_testbench(each)
    for other in (watchdog, *others):
        simulator.add_testbench(other, background=True)
    simulator.run()


@pytest.mark.parametrize("ratio", [5, 6.6])
def test_uart(ratio):
    plan = small_plan(1, TINY, {"lanes": 1})
    network = plan.network
    answer = int(network.run_raw([[[3], [-5]]])[0, 0])
    dut = LinkedCore(plan, identity=IDENTITY, clock_hz=int(ratio * 1_000_000))
    bits = network.input.width
    wire = f.frame(f.HELLO, 9) + f.frame(f.ELEMENTS, 10, f.elements([3, -5], bits, first=True, last=True))
    hello, taken, event = at_pins(dut, wire, ratio, 3)
    assert f.hello_fields(hello.payload)[1] == IDENTITY
    assert taken == f.Frame(f.ELEMENTS | 0x80, 10)
    assert event == f.Frame(f.OUTPUT, 0, b"\x02\x00" + f.packed([answer], network.output.width))


class SpiHost:
    """Clocks bytes through the pins of an SPI, `half` clocks from edge to edge."""

    def __init__(self, ctx, dut, half: float):
        self.ctx, self.dut, self.half = ctx, dut, half * PERIOD

    async def select(self, level: bool) -> None:
        self.ctx.set(self.dut.cs_n, not level)
        await self.ctx.delay(self.half)

    async def exchange(self, wire: bytes) -> bytes:
        """Bytes both ways."""
        seen = bytearray()
        for byte in wire:
            value = 0
            for bit in range(7, -1, -1):
                self.ctx.set(self.dut.copi, byte >> bit & 1)
                await self.ctx.delay(self.half)
                self.ctx.set(self.dut.sck, 1)
                value = value << 1 | self.ctx.get(self.dut.cipo)
                await self.ctx.delay(self.half)
                self.ctx.set(self.dut.sck, 0)
            seen.append(value)
        return bytes(seen)


@pytest.mark.parametrize(("half", "piece"), [(4, 1000), (4.3, 1), (5.7, 7)])
def test_spi(half, piece):
    """Selected for a few bytes at a time; what was begun and given up is forgotten."""
    plan = small_plan(1, TINY, {"lanes": 1})
    network = plan.network
    answer = int(network.run_raw([[[3], [-5]]])[0, 0])
    dut = LinkedCore(plan, identity=IDENTITY, clock_hz=12_000_000, link="spi")
    payload = f.elements([3, -5], network.input.width, first=True, last=True)
    wire = f.frame(f.HELLO, 9) + f.frame(f.ELEMENTS, 10, payload) + b"~" * 90
    seen, ended = bytearray(), []

    async def testbench(ctx):
        host = SpiHost(ctx, dut, half)
        await ctx.delay(2.7 * PERIOD)
        for at in range(0, len(wire), piece):
            await host.select(True)
            seen.extend(await host.exchange(wire[at : at + piece]))
            await host.select(False)
        await host.select(True)
        ctx.set(dut.copi, 1)
        for level in (1, 0) * 3:  # three bits, then nothing
            ctx.set(dut.sck, level)
            await ctx.delay(host.half)
        await host.select(False)
        await host.select(True)
        seen.extend(b"~")  # its first bits are gone, and it was a flag
        more = await host.exchange(f.frame(f.COUNTERS, 11) + b"~" * 60)
        seen.extend(more[1:])
        ended.append(True)

    run(dut, testbench, 60_000)
    assert ended
    frames = f.parse(b"~" + bytes(seen[seen.index(b"~") :]).rstrip(b"~") + b"~")
    frames = {each.type: each for each in frames}
    hello, taken = frames[f.HELLO | 0x80], frames[f.ELEMENTS | 0x80]
    event, counters = frames[f.OUTPUT], frames[f.COUNTERS | 0x80]
    assert f.hello_fields(hello.payload)[1] == IDENTITY
    assert taken == f.Frame(f.ELEMENTS | 0x80, 10)
    assert event == f.Frame(f.OUTPUT, 0, b"\x02\x00" + f.packed([answer], network.output.width))
    assert f.counter_fields(counters.payload)["good"] == 2
