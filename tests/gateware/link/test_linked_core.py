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


def at_pins(dut, wire: bytes, bit: float, count: int, limit: int = 60_000) -> list[f.Frame]:
    """Send bytes to a UART whose bits take `bit` clocks, and gather frames till there are `count` of them."""
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

    async def watchdog(ctx):
        await ctx.delay(limit * PERIOD)
        raise TimeoutError(f"not over after {limit} cycles; seen so far: {bytes(seen).hex(' ')}")

    simulator = Simulator(dut)
    simulator.add_clock(PERIOD)
    simulator.add_testbench(sender)
    simulator.add_testbench(receiver)
    simulator.add_testbench(watchdog, background=True)
    simulator.run()
    assert ended
    return f.parse(bytes(seen))


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
