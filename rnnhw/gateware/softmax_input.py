"""The input side of a softmax: answers, their largest elements, and what to tell of them at the end."""

from amaranth import Array, Cat, Module, Mux, Signal, signed
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from .interfaces import stage_payload
from .memory_ports import read_port, write_port

TAGS = 8  # at least the answers in a softmax: two and a part here, three behind it


def answer_tag(streams: int) -> data.StructLayout:
    """What is said of an answer: all of the stage's payload but the data."""
    return data.StructLayout({name: f.shape for name, f in stage_payload(1, streams) if name != "data"})


def counter(m, length: int, move, name: str):
    """A signal that counts ``0 .. length - 1`` over and over, and whether it is at the end."""
    count = Signal(range(length), name=name)
    last = Signal(name=f"{name}_last")
    m.d.comb += last.eq(count == length - 1)
    with m.If(move):
        m.d.sync += count.eq(Mux(last, 0, count + 1))
    return count, last


def store(m, name: str, depth: int, width: int, style: str):
    """A memory; its write port and its read port."""
    m.submodules[name] = words = memory.Memory(shape=width, depth=depth, init=[], attrs={"ram_style": style})
    return write_port(words), read_port(words)


class SoftmaxInput(wiring.Component):
    """Keeps two answers. An answer is read once, from its first element on, when all of it is there.

    An element's place is free again in the cycle after it was read. Throughput: one element a cycle.

    Parameters
    ----------
    size : int
        Elements of an answer.
    width : int
        Bits of an element.
    streams : int
    style : str
        "block", "distributed" or "registers".

    Members
    -------
    i : In(stream)
        `first` is taken with an answer's first element, `last` and `stream` with its final one.
    available : Out(1)
        The next element may be read.
    end : Out(1)
        It is an answer's final one.
    read : In(1)
        Read it; only while `available`.
    y, peak : Out(signed(width))
        From the next cycle to the next `read`: the element, and the largest of its answer.
    tag : Out
        Of the oldest answer that was not popped; three that have been read may be there.
    pop : In(1)
    """

    def __init__(self, size: int, width: int, streams: int, style: str):
        self.size, self.width, self.style = size, width, style
        self.tag_layout = answer_tag(streams)
        super().__init__(
            {
                "i": In(stream.Signature(stage_payload(width, streams))),
                "available": Out(1),
                "end": Out(1),
                "read": In(1),
                "y": Out(signed(width)),
                "peak": Out(signed(width)),
                "tag": Out(self.tag_layout),
                "pop": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        level = Signal(range(2 * self.size + 1))
        complete = Signal(range(3))
        take = Signal()
        bank = 1 << (self.size - 1).bit_length()
        write, read = store(m, "elements", 2 * bank, self.width, self.style)
        index, last = counter(m, self.size, take, "write_index")
        slot, _ = counter(m, 2, take & last, "write_slot")
        read_index, end = counter(m, self.size, self.read, "read_index")
        read_slot, _ = counter(m, 2, self.read & end, "read_slot")
        start = index == 0
        m.d.comb += [
            self.i.ready.eq(level != 2 * self.size),
            take.eq(self.i.valid & self.i.ready),
            write.addr.eq(Cat(index, slot)),
            write.data.eq(self.i.payload.data),
            write.en.eq(take),
            self.available.eq(complete != 0),
            self.end.eq(end),
            read.addr.eq(Cat(read_index, read_slot)),
            read.en.eq(self.read),
            self.y.eq(read.data),
        ]
        m.d.sync += [level.eq(level + take - self.read), complete.eq(complete + (take & last) - (self.read & end))]
        self._peaks(m, take, start, last, slot, read_slot)
        self._tags(m, take, start, last)
        return m

    def _peaks(self, m, take, start, last, slot, read_slot) -> None:
        """The largest element so far, and that of each complete answer."""
        element = self.i.payload.data
        so_far = Signal(signed(self.width))
        larger = Signal(signed(self.width))
        peaks = [Signal(signed(self.width), name=f"peak_{number}") for number in range(2)]
        m.d.comb += larger.eq(Mux(start | (element > so_far), element, so_far))
        with m.If(take):
            m.d.sync += so_far.eq(larger)
            with m.If(last):
                for number, kept in enumerate(peaks):
                    with m.If(slot == number):
                        m.d.sync += kept.eq(larger)
        with m.If(self.read):
            m.d.sync += self.peak.eq(Mux(read_slot, peaks[1], peaks[0]))

    def _tags(self, m, take, start, last) -> None:
        """The answers' tags, oldest first."""
        tags = Array(Signal(self.tag_layout, name=f"tag_{number}") for number in range(TAGS))
        newest = Signal(range(TAGS))
        oldest = Signal(range(TAGS))
        m.d.comb += self.tag.eq(tags[oldest])
        with m.If(take):
            with m.If(start):
                m.d.sync += tags[newest].first.eq(self.i.payload.first)
            with m.If(last):
                others = [name for name, _ in self.tag_layout if name != "first"]
                m.d.sync += [tags[newest][name].eq(self.i.payload[name]) for name in others]
                m.d.sync += newest.eq(newest + 1)
        with m.If(self.pop):
            m.d.sync += oldest.eq(oldest + 1)
