"""What is asserted, or assumed, of streams."""

from amaranth import Mux, Signal, Value
from amaranth.hdl import Assert, Assume


def free(shape, name: str, inputs: list):
    """A signal of any value in any cycle."""
    signal = Signal(shape, name=name)
    if len(Value.cast(signal)):
        inputs.append(Value.cast(signal))
    return signal


def offered(m, stream, inputs: list, name: str) -> None:
    """Connect a source that offers anything at any time, but keeps offering what was not taken."""
    payload = free(stream.payload.shape(), f"{name}_payload", inputs)
    m.d.comb += [stream.valid.eq(free(1, f"{name}_valid", inputs)), stream.payload.eq(payload)]
    m.d.comb += Assume(_kept(m, stream, name))


def taken(m, stream, inputs: list, name: str) -> None:
    """Connect a sink that takes at any time, and assert that what it does not take keeps being offered."""
    m.d.comb += [stream.ready.eq(free(1, f"{name}_ready", inputs)), Assert(_kept(m, stream, name))]


def _kept(m, stream, name: str):
    """Whether an element that was offered and not taken is still offered, and the same."""
    waiting = Signal(name=f"{name}_waiting")
    payload = Value.cast(stream.payload)
    before = Signal(len(payload), name=f"{name}_before")
    m.d.sync += [waiting.eq(stream.valid & ~stream.ready), before.eq(payload)]
    return ~waiting | (stream.valid & (payload == before))


def transfer(stream):
    """Whether an element is taken in this cycle."""
    return stream.valid & stream.ready


def cyclic(m, event, length: int, name: str) -> Signal:
    """How often something has happened before this cycle, modulo `length`."""
    count = Signal(range(length), name=name)
    with m.If(event):
        m.d.sync += count.eq(Mux(count == length - 1, 0, count + 1))
    return count


class Followed:
    """One thing, any, on its way through a queue: which one it is, is a free input of the proof.

    Parameters
    ----------
    m : Module
    inputs : list
    arrives, leaves : Value
        A thing goes in, or in a list of them several at a time, the first of the list ahead; `amount` things go out.
    value : Value
        Of what goes in; a list if `arrives` is one.
    capacity : int
        More than this is never in the queue, which is asserted.
    amount : int

    Attributes
    ----------
    level : Signal
        Things that are in the queue.
    there : Signal
        The followed one is in the queue.
    ahead : Signal
        Things that go out before it.
    value : Signal
        What it was when it went in.
    """

    def __init__(self, m, inputs, arrives, leaves, value, capacity: int, amount: int = 1, name: str = "followed"):
        arriving, values = (item if isinstance(item, list) else [item] for item in (arrives, value))
        values = [Value.cast(item) for item in values]
        self.level = Signal(range(capacity + 1 + len(arriving)), name=f"{name}_level")
        self.there = Signal(name=f"{name}_there")
        self.ahead = Signal(range(capacity + 1), name=f"{name}_ahead")
        self.value = Signal(values[0].shape(), name=f"{name}_value")
        pick = free(len(arriving), f"{name}_pick", inputs)
        gone = Mux(leaves, amount, 0)
        m.d.comb += [Assert(self.level <= capacity), Assert(~leaves | (self.level >= amount))]
        m.d.sync += self.level.eq(self.level + sum(arriving) - gone)
        with m.If(self.there & leaves):
            m.d.sync += [self.there.eq(self.ahead >= amount), self.ahead.eq(self.ahead - amount)]
        for number, item in enumerate(values):
            with m.If(~self.there & arriving[number] & pick[number]):
                m.d.sync += [self.there.eq(1), self.ahead.eq(self.level + number - gone), self.value.eq(item)]


def within(m, cycles: int, waiting, progress, name: str) -> None:
    """Assert that something that is waited for without a break comes in at most so many cycles."""
    waited = Signal(range(cycles + 1), name=name)
    m.d.sync += waited.eq(0)
    with m.If(waiting & ~progress):
        m.d.comb += Assert(waited != cycles)
        m.d.sync += waited.eq(waited + 1)
