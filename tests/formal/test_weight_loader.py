# amaranth: UnusedElaboratable=no
"""Proofs about the weight loader, for every stream of bytes with every gap."""

import pytest
from amaranth import Cat, Const, Elaboratable, Module, Mux, Signal
from amaranth.hdl import Assert, Cover

from rnnhw.gateware import weight_loader
from rnnhw.gateware.weight_loader import WeightLoader
from rnnhw.plan.load_image import CRC_BYTES, image_size, word_bytes

from .harness import Refuted, prove
from .properties import free


def rotation() -> list[int]:
    """A checksum in place of the CRC, in the form of `crc_masks`: each byte is added to the oldest of four."""
    return [1 << n for n in range(8, 32)] + [1 << n | 1 << (32 + n) for n in range(8)]


@pytest.fixture(autouse=True)
def simple(monkeypatch):
    """What is proved is where the checksum goes; `crc_masks` is held against zlib elsewhere, and is hard to solve."""
    monkeypatch.setattr(weight_loader, "crc_masks", rotation)


def checksum(body):
    """What stands behind a body of bytes."""
    crc = [Const(255, 8)] * 4
    for position in range(0, len(body), 8):
        crc = [*crc[1:], crc[0] ^ body[position : position + 8]]
    return ~Cat(crc)


class Proof(Elaboratable):
    """Each word is written when it is there, what came, and `loaded` tells the truth about length and CRC.

    `hasty`: an image with any CRC is to be loaded, too (the control).
    """

    def __init__(self, memories, hasty: bool = False):
        self.memories, self.hasty, self.inputs = memories, hasty, []
        self.size = image_size(memories)

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = WeightLoader(self.memories)
        stream = dut.load
        m.d.comb += [
            stream.valid.eq(free(1, "valid", self.inputs)),
            stream.payload.data.eq(free(8, "byte", self.inputs)),
            stream.payload.last.eq(free(1, "last", self.inputs)),
        ]
        count = Signal(range(self.size + 1))  # bytes before this one; what is beyond the size is not counted
        before = Signal(8 * self.size)
        image = Signal(8 * self.size)
        loaded, error, right = Signal(), Signal(), Signal()
        body, crc = image[: -8 * CRC_BYTES], image[-8 * CRC_BYTES :]
        m.d.comb += [
            image.eq(before),
            image.word_select(count, 8).eq(stream.payload.data),
            right.eq((count == self.size - 1) & ((crc == checksum(body)) | self.hasty)),
        ]
        with m.If(stream.valid):
            m.d.sync += [before.eq(image), count.eq(Mux(count == self.size, count, count + 1))]
            with m.If(count == 0):
                m.d.sync += [loaded.eq(0), error.eq(0)]
            with m.If(stream.payload.last):
                m.d.sync += [loaded.eq(right), error.eq(~right), count.eq(0)]
            with m.Elif(count == self.size - 1):
                m.d.sync += error.eq(1)
        self.words(m, dut, count, image)
        m.d.comb += [
            Assert(stream.ready),
            Assert(dut.loaded == loaded),
            Assert(dut.load_error == error),
            Assert(~(dut.loaded & dut.load_error)),
            Assert(dut.active == ~dut.loaded),
            Cover(dut.loaded),
        ]
        return m

    def words(self, m, dut, count, image) -> None:
        """Assert what is written in the cycle after a word's final byte."""
        write, address, word = (Signal.like(port) for port in (dut.write, dut.address, dut.word))
        mask = Signal.like(word)
        m.d.sync += write.eq(0)
        start = 0
        for number, (depth, width) in enumerate(self.memories):
            for at in range(depth):
                end = start + word_bytes(width)
                with m.If(dut.load.valid & (count == end - 1)):
                    m.d.sync += [write.eq(1 << number), address.eq(at), mask.eq((1 << width) - 1)]
                    m.d.sync += word.eq(image[8 * start : 8 * end])
                start = end
        same = Cat(dut.address, dut.word & mask) == Cat(address, word & mask)
        m.d.comb += [Assert(dut.write == write), Assert(~write.any() | same)]


@pytest.mark.parametrize(("memories", "depth"), [([(1, 3)], 12), ([(2, 1), (1, 9)], 12)])
def test_loads(memories, depth, tmp_path):
    """The smaller images come in whole twice within the depth, the larger one with bytes too many or another begun."""
    prove(Proof(memories), depth, tmp_path)


def test_a_wrong_crc_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(Proof([(1, 1)], hasty=True), 8, tmp_path)
