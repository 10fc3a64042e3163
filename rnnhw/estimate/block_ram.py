"""Block RAMs and LUT RAMs that yosys makes of a memory.

The rule is the cost function of yosys' `memory_libmap` over the block RAMs in its libraries for iCE40, ECP5, Gowin
and Xilinx (yosys 0.70; a test holds it against yosys): every word width that a block offers is tried, with the
memory cut into pages where it is deeper than a block, and the cheapest choice wins. Before that, columns
of a read-only memory that are the same in all words are taken out.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_SELECT = 0.5  # cost of one bit of a selection between pages, on either side


class Blocks(NamedTuple):
    """A memory in block RAM: its cost to yosys, block RAMs, and how many of them lie behind each other."""

    cost: float
    count: int
    pages: int


@dataclass(frozen=True)
class BlockRam:
    """A way to use a block RAM.

    Parameters
    ----------
    cost : int
        Of a block, in the library's units.
    address_bits : int
        Address bits at a width of `widths[0]`; one fewer for each further width.
    widths : tuple of int
        Word widths, ascending.
    byte : int
        Bits that can be written on their own; 0: a whole word.
    write_widths : (int, int)
        First and last of `widths` that the write port offers.
    units : int
        Block RAMs, as devices count them, that it takes.
    """

    cost: int
    address_bits: int
    widths: tuple[int, ...]
    byte: int
    write_widths: tuple[int, int]
    units: int = 1

    def best(self, depth: int, width: int, rom: bool) -> "Blocks":
        """The cheapest layout of a memory."""
        lowest = None
        for number in range(len(self.widths)):
            if not rom and (self._too_narrow(number) or (number > self.write_widths[1] and lowest)):
                continue
            found = self._layout(number, depth, width, rom)
            if lowest is None or found.cost < int(lowest.cost):  # yosys keeps the lowest cost as an integer
                lowest = found
        return lowest

    def _too_narrow(self, number: int) -> bool:
        """Whether the write port's words cannot be emulated by enabling bytes."""
        return number < self.write_widths[0] and self.widths[number] < self.byte

    def _layout(self, number: int, depth: int, width: int, rom: bool) -> "Blocks":
        unit = self.widths[number if rom else min(number, self.write_widths[1])]
        byte = 1 if rom else (self.byte if 0 < self.byte <= unit else unit)
        padded = -(-width // byte) * byte
        pages = -(-depth // (1 << (self.address_bits - number)))
        blocks = -(-pages * padded // unit)
        selections = (pages - 1) * width + (pages if pages > 1 and not rom else 0)
        return Blocks(self.cost * blocks + _SELECT * selections, self.units * blocks, pages)


BLOCK_RAMS = {
    "ice40": (
        BlockRam(64, 11, (2, 4, 8, 16), 1, (3, 3)),  # RAM40 written 16 bits wide, each bit with its enable
        BlockRam(64, 11, (2, 4, 8, 16), 0, (0, 2)),
    ),
    "ecp5": (
        BlockRam(128, 14, (1, 2, 4, 9, 18), 9, (0, 4)),  # DP16KD
        BlockRam(128, 14, (1, 2, 4, 9, 18, 36), 9, (5, 5)),  # PDPW16KD
    ),
    "gowin": (BlockRam(128, 14, (1, 2, 4, 9, 18, 36), 9, (0, 5)),),  # SDPB, SDPX9B
    "xilinx": (  # counted in halves of a RAMB36E1
        BlockRam(129, 14, (1, 2, 4, 9, 18, 36), 9, (0, 5)),  # RAMB18E1
        BlockRam(257, 15, (1, 2, 4, 9, 18, 36, 72), 9, (0, 6), 2),  # RAMB36E1
        BlockRam(513, 16, (1, 2, 4, 9), 9, (0, 3), 4),  # two of them, cascaded
    ),
}


def block_rams(family: str, depth: int, width: int, rom: bool) -> int:
    """Block RAMs of a memory that synthesis is told to put in block RAM, as `in_blocks` has them."""
    return in_blocks(family, depth, width, rom).count


@lru_cache(maxsize=16384)
def in_blocks(family: str, depth: int, width: int, rom: bool) -> Blocks:
    """How yosys lays out a memory that it is told to put in block RAM.

    Parameters
    ----------
    family : str
        "ice40", "ecp5", "gowin" or "xilinx".
    depth, width : int
        Words, and bits of a word.
    rom : bool
        Whether it is never written; otherwise it has one write port and one read port.
    """
    if width == 0:
        return Blocks(0, 0, 1)
    return min((ram.best(depth, width, rom) for ram in BLOCK_RAMS[family]), key=lambda found: found.cost)


def lut_rams(depth: int, width: int, family: str = "ecp5") -> int:
    """LUT RAMs of a memory that synthesis is told to put there: of 16 words of 4 bits (TRELLIS_DPR16X4, RAM16SDP4).

    On the 7 series of 32 words of 6 bits (RAM32M) or of 64 words of 3 bits (RAM64M), whichever are fewer; an only word
    needs no second address, and of such ones 8 bits fit.
    """
    return min(-(-depth // words) * -(-width // bits) for words, bits in lut_ram_sizes(depth, family))


def lut_ram_sizes(depth: int, family: str) -> tuple[tuple[int, int], ...]:
    """Words and bits of a word of the LUT RAMs that a memory may be made of."""
    if family != "xilinx":
        return ((16, 4),)
    return ((32, 8),) if depth == 1 else ((32, 6), (64, 3))
