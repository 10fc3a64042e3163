"""Loads the contents of memories from a stream of bytes, and tells whether they have come whole."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.errors import RnnhwError
from rnnhw.plan.load_image import CRC_BYTES, word_bytes

POLYNOMIAL = 0xEDB88320  # of CRC-32, least significant bit first


def crc_masks() -> list[int]:
    """CRC-32 of a byte more: for each bit of the new remainder which bits of (remainder, byte) it is the parity of."""
    bits = [1 << n for n in range(32)]
    for n in range(8):
        out = bits[0] ^ (1 << (32 + n))
        bits = [bit ^ (out if POLYNOMIAL >> at & 1 else 0) for at, bit in enumerate([*bits[1:], 0])]
    return bits


class WeightLoader(wiring.Component):
    """Takes an image (`rnnhw.plan.load_image`), a byte a cycle at any time, and writes its words into memories.

    The first byte after reset or after a `last` begins a load. A word is written in the cycle after its final byte
    was taken; `loaded` or `load_error` rises in the cycle after the byte that decides. A load is wrong if `last` does
    not stand on the image's final byte, or if the CRC is wrong. What comes after an image without `last` is
    swallowed up to the next `last`.

    Parameters
    ----------
    memories : sequence of (int, int)
        Depth and width of each memory, in the image's order.

    Members
    -------
    load : In(stream)
        `data`: a byte; `last` on a load's final byte. Always ready.
    write : Out(len(memories))
        Which memory `word` is to be written to, at `address`.
    address : Out, word : Out
        A memory takes the low bits that it has.
    loaded : Out(1)
        The newest load came whole, with the right length and CRC.
    load_error : Out(1)
        It did not. Low again from the cycle after the next load's first byte.
    active : Out(1)
        Not `loaded`: the memories' contents are not to be relied on.
    """

    def __init__(self, memories):
        self.memories = tuple((int(depth), int(width)) for depth, width in memories)
        if not self.memories or any(depth < 1 or width < 1 for depth, width in self.memories):
            raise RnnhwError(f"memories to load must have a word and a bit at least, not {list(self.memories)}")
        self.bytes = max(word_bytes(width) for _, width in self.memories)
        super().__init__(
            {
                "load": In(stream.Signature(data.StructLayout({"data": 8, "last": 1}))),
                "write": Out(len(self.memories)),
                "address": Out(range(max(depth for depth, _ in self.memories))),
                "word": Out(max(width for _, width in self.memories)),
                "loaded": Out(1),
                "load_error": Out(1),
                "active": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        begun = Signal()
        checking = Signal()  # all words are there, the CRC comes
        swallowing = Signal()  # all that should come is there
        wrong = Signal()  # a byte of the CRC differed
        differs = Signal()
        right = Signal()
        at = Signal(range(CRC_BYTES))
        crc = Signal(32, init=(1 << 32) - 1)
        byte, last, valid = self.load.payload.data, self.load.payload.last, self.load.valid
        inputs = Cat(crc, byte)
        words_end = self._words(m, valid & ~checking & ~swallowing, valid & last)
        m.d.comb += [
            self.load.ready.eq(1),
            self.active.eq(~self.loaded),
            differs.eq(byte != ~crc[:8]),
            right.eq(checking & (at == CRC_BYTES - 1) & ~wrong & ~differs),
        ]
        with m.If(valid):
            with m.If(~begun):
                m.d.sync += [begun.eq(1), self.loaded.eq(0), self.load_error.eq(0)]
            with m.If(checking):
                m.d.sync += [at.eq(at + 1), wrong.eq(wrong | differs), crc.eq(crc >> 8)]
                with m.If(at == CRC_BYTES - 1):
                    m.d.sync += [checking.eq(0), swallowing.eq(1), self.load_error.eq(1)]
            with m.Elif(~swallowing):
                m.d.sync += [crc.eq(Cat((inputs & mask).xor() for mask in crc_masks())), checking.eq(words_end)]
            with m.If(last):
                m.d.sync += [self.loaded.eq(right), self.load_error.eq(~right)]
                m.d.sync += [signal.eq(signal.init) for signal in (begun, checking, swallowing, wrong, at, crc)]
        return m

    def _words(self, m, take, restart):
        """Collect bytes into words; returns whether this byte is the final one of all words."""
        number = Signal(range(len(self.memories)))
        index = Signal.like(self.address)
        position = Signal(range(self.bytes))
        collected = Signal(8 * self.bytes)
        word_end = Signal()
        final = Signal(init=self.memories[0][0] == 1)  # the word is its memory's last: kept, since comparing takes long
        next_final = Signal()  # the same of the next word
        memory_end = word_end & final
        m.d.comb += self.word.eq(collected)
        next_depths = [depth for depth, _ in self.memories[1:]] + [2]
        with m.Switch(number):
            for n, ((depth, width), next_depth) in enumerate(zip(self.memories, next_depths, strict=True)):
                with m.Case(n):
                    m.d.comb += word_end.eq(position == word_bytes(width) - 1)
                    m.d.comb += next_final.eq(Mux(final, next_depth == 1, index == depth - 2))
        m.d.sync += self.write.eq(0)
        with m.If(take):
            m.d.sync += [collected.word_select(position, 8).eq(self.load.payload.data), position.eq(position + 1)]
            with m.If(word_end):
                m.d.sync += [position.eq(0), index.eq(index + 1), final.eq(next_final)]
                m.d.sync += [self.address.eq(index), self.write.eq(1 << number)]
            with m.If(memory_end):
                m.d.sync += [index.eq(0), number.eq(number + 1)]
        words_end = memory_end & (number == len(self.memories) - 1)
        with m.If(restart | (take & words_end)):
            m.d.sync += [signal.eq(signal.init) for signal in (position, index, number, final)]
        return words_end
