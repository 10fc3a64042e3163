# amaranth: UnusedElaboratable=no
"""Steps a component cycle by cycle: one row of input values in, one row of output values out."""

from amaranth import Cat, ClockDomain, Elaboratable, Module, Signal, Value
from amaranth.sim import Simulator

PERIOD = 1e-6
RESET = "rst"  # stands among the inputs for the domain's reset


class _Bench(Elaboratable):
    """The component with all its inputs in one word and all outputs in another (fewer calls a cycle)."""

    def __init__(self, dut, inputs, outputs):
        self.dut = dut
        self.sync = ClockDomain("sync")
        self.inputs = [self.sync.rst if value is RESET else Value.cast(value) for value in inputs]
        self.outputs = [Value.cast(value) for value in outputs]
        self.command = Signal(sum(len(value) for value in self.inputs))
        self.status = Signal(sum(len(value) for value in self.outputs))

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.dut = self.dut
        m.d.comb += [Cat(*self.inputs).eq(self.command), self.status.eq(Cat(*self.outputs))]
        return m

    def pack(self, row) -> int:
        """One word of a row of values, each of which must fit."""
        word = position = 0
        for signal, value in zip(self.inputs, row, strict=True):
            width, value = len(signal), int(value)
            if not -(1 << width) <= 2 * value < 2 << width:
                raise OverflowError(f"{value} does not fit the {width} bits of {signal!r}")
            word |= (value & ((1 << width) - 1)) << position
            position += width
        return word

    def unpack(self, word: int) -> tuple[int, ...]:
        """The row of values in a word."""
        row = []
        for signal in self.outputs:
            width = len(signal)
            value = word & ((1 << width) - 1)
            if width and signal.shape().signed and value >> (width - 1):
                value -= 1 << width
            row.append(value)
            word >>= width
        return tuple(row)


def play(dut, inputs, outputs, actor, *, limit: int = 100_000) -> None:
    """Let an actor play with a component, from reset values on.

    Parameters
    ----------
    dut : Component
    inputs, outputs : sequence of Value
        `RESET` may stand among the inputs.
    actor : generator
        Yields a row of input values for a cycle, and is sent the row of output values that stand there
        just before the edge that ends the cycle.
    limit : int
        Watchdog: cycles after which the simulation fails.
    """
    bench = _Bench(dut, inputs, outputs)
    ended = []

    async def testbench(ctx):
        ctx.set(bench.command, bench.pack(next(actor)))
        while True:
            _, _, status = await ctx.tick().sample(bench.status)
            try:
                ctx.set(bench.command, bench.pack(actor.send(bench.unpack(status))))
            except StopIteration:
                ended.append(True)
                return

    async def watchdog(ctx):
        await ctx.delay(limit * PERIOD)
        raise TimeoutError(f"not over after {limit} cycles")

    simulator = Simulator(bench)
    simulator.add_clock(PERIOD)
    simulator.add_testbench(testbench)
    simulator.add_testbench(watchdog, background=True)
    simulator.run()
    if not ended:
        raise RuntimeError("the simulation ended before its actor")


def replay(dut, inputs, outputs, rows) -> list[tuple[int, ...]]:
    """Apply a row of input values a cycle; return the row of output values of each cycle."""
    rows, seen = list(rows), []

    def actor():
        for row in rows:
            seen.append((yield row))

    play(dut, inputs, outputs, actor(), limit=len(rows) + 10)
    if len(seen) != len(rows) or not rows:
        raise RuntimeError(f"{len(seen)} of {len(rows)} cycles were seen")
    return seen
