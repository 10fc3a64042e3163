"""A sequence's initial state comes in, its final state goes out: the walks through the state memories."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.errors import RnnhwError

MEMORIES = ("h", "c")  # in the order of `memory`


def check_segments(segments) -> tuple[tuple[str, int], ...]:
    """Parts of a state vector, or an `RnnhwError` that says what they must be."""
    segments = tuple((name, int(count)) for name, count in segments)
    if not segments or any(name not in MEMORIES or count < 1 for name, count in segments):
        raise RnnhwError(f"a state vector is made of parts of h and c, an element at least, not {segments}")
    return segments


def walk_members(segments) -> dict:
    """Where a walk is: `memory`, `segment`, `index`, `address`, as a component's outputs."""
    totals = [sum(count for name, count in segments if name == memory) for memory in MEMORIES]
    return {
        "memory": Out(range(len(MEMORIES))),
        "segment": Out(range(len(segments))),
        "index": Out(range(max(count for _, count in segments))),
        "address": Out(range(max(totals))),
    }


class StateWalk(wiring.Component):
    """Counters that walk through a state vector, element by element, round and round.

    Parameters
    ----------
    segments : tuple of (str, int)
        The vector's parts in order: the memory that holds a part, "h" or "c", and its elements.

    Members
    -------
    advance : In(1)
        Move on to the next element.
    memory : Out(1)
        0: h, 1: c.
    segment, index : Out
        Which part, and which element of it.
    address : Out
        Which of all the memory's elements, counted in the order of the vector.
    final : Out(1)
        It is the vector's final element.
    """

    def __init__(self, segments):
        self.segments = segments
        super().__init__({"advance": In(1), **walk_members(self.segments), "final": Out(1)})

    def elaborate(self, platform):
        m = Module()
        part_end = Signal()
        addresses = [Signal.like(self.address, name=f"{memory}_address") for memory in MEMORIES]
        with m.Switch(self.segment):
            for number, (name, count) in enumerate(self.segments):
                with m.Case(number):
                    m.d.comb += [self.memory.eq(MEMORIES.index(name)), part_end.eq(self.index == count - 1)]
        m.d.comb += [
            self.address.eq(Mux(self.memory, addresses[1], addresses[0])),
            self.final.eq(part_end & (self.segment == len(self.segments) - 1)),
        ]
        with m.If(self.advance):
            m.d.sync += self.index.eq(self.index + 1)
            for number, address in enumerate(addresses):
                with m.If(self.memory == number):
                    m.d.sync += address.eq(address + 1)
            with m.If(part_end):
                m.d.sync += [self.index.eq(0), self.segment.eq(self.segment + 1)]
            with m.If(self.final):
                m.d.sync += [signal.eq(0) for signal in (self.segment, *addresses)]
        return m


class StateLoad(wiring.Component):
    """Takes one state vector from a stream, an element a cycle, and says where each element goes.

    It takes elements from the cycle after `start` on: a[j] = max(start + 1, a[j-1] + 1, offered[j]).

    Parameters
    ----------
    segments : sequence of (str, int)
        As in `StateWalk`.
    width : int
        Bits of an element on the stream.

    Members
    -------
    start : In(1)
        Take a vector. Only while not `busy`, or with `done`.
    busy : Out(1)
        From the cycle after `start` to that of `done`.
    done : Out(1)
        The final element is taken in this cycle.
    state : In(stream)
        `data`: an element.
    write : Out(1)
        Write `data` in this cycle, to the place that `memory`, `segment`, `index` and `address` say (`StateWalk`).
    memory, segment, index, address : Out
    data : Out(signed(width))
        The element; a narrower memory takes its low bits.
    """

    def __init__(self, segments, width: int):
        self.walk = StateWalk(check_segments(segments))
        super().__init__(
            {
                "start": In(1),
                "busy": Out(1),
                "done": Out(1),
                "state": In(stream.Signature(data.StructLayout({"data": signed(width)}))),
                "write": Out(1),
                **walk_members(self.walk.segments),
                "data": Out(signed(width)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.walk = walk = self.walk
        m.d.comb += [
            *(getattr(self, name).eq(getattr(walk, name)) for name in walk_members(walk.segments)),
            self.state.ready.eq(self.busy),
            self.write.eq(self.state.valid & self.busy),
            self.data.eq(self.state.payload.data),
            walk.advance.eq(self.write),
            self.done.eq(self.write & walk.final),
        ]
        with m.If(self.start):
            m.d.sync += self.busy.eq(1)
        with m.Elif(self.done):
            m.d.sync += self.busy.eq(0)
        return m


class StateRead(wiring.Component):
    """Reads one state vector from synchronous memories, and puts it on a stream, an element a cycle.

    The first element is valid 2 cycles after `start`: t[j] = max(start + 2, t[j-1] + 1, consumer ready). The memories'
    own output registers hold the element at the output, so nobody else may read while `busy`.

    Parameters
    ----------
    segments : sequence of (str, int)
        As in `StateWalk`.
    h_width, c_width : int
        Bits of a word; the stream has the wider one's, the other is sign-extended. `c_width` is 0 if no part is in c.

    Members
    -------
    start : In(1)
        Read a vector. Only while not `busy`, or with `done`.
    busy : Out(1)
        From the cycle after `start` to that of `done`.
    done : Out(1)
        The final element is transferred in this cycle.
    enable : Out(1)
        Read the word at the place that `memory`, `segment`, `index` and `address` say (`StateWalk`).
    memory, segment, index, address : Out
    h_data : In(signed(h_width)), c_data : In(signed(c_width))
        The word, one cycle later; kept while `enable` is low.
    final : Out(stream)
        `data`, and `last` on the vector's final element.
    """

    def __init__(self, segments, h_width: int, c_width: int = 0):
        self.walk = StateWalk(check_segments(segments))
        width = max(h_width, c_width)
        super().__init__(
            {
                "start": In(1),
                "busy": Out(1),
                "done": Out(1),
                "enable": Out(1),
                **walk_members(self.walk.segments),
                "h_data": In(signed(h_width)),
                **({"c_data": In(signed(c_width))} if c_width else {}),
                "final": Out(stream.Signature(data.StructLayout({"data": signed(width), "last": 1}))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.walk = walk = self.walk
        reading = Signal()  # there are words to be read
        from_c = Signal()
        moves = Signal()
        word = Mux(from_c, self.c_data, self.h_data) if hasattr(self, "c_data") else self.h_data
        m.d.comb += [
            *(getattr(self, name).eq(getattr(walk, name)) for name in walk_members(walk.segments)),
            moves.eq(~self.final.valid | self.final.ready),
            self.enable.eq(reading & moves),
            walk.advance.eq(self.enable),
            self.final.payload.data.eq(word),
            self.busy.eq(reading | self.final.valid),
            self.done.eq(self.final.valid & self.final.ready & self.final.payload.last),
        ]
        with m.If(moves):
            m.d.sync += [
                self.final.valid.eq(reading),
                self.final.payload.last.eq(walk.final),
                from_c.eq(walk.memory == MEMORIES.index("c")),
            ]
        with m.If(self.start):
            m.d.sync += reading.eq(1)
        with m.Elif(self.enable & walk.final):
            m.d.sync += reading.eq(0)
        return m
