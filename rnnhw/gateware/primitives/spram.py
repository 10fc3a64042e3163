"""Memories of the iCE40 UltraPlus' SPRAM blocks."""

from amaranth import Array, ClockSignal, Const, Instance, Module, Signal
from amaranth.lib import wiring

from rnnhw.gateware.single_port import SinglePortSignature

ADDRESS_BITS, WIDTH = 14, 16  # of a block
DEPTH = 1 << ADDRESS_BITS


class SpramMemory(wiring.Component):
    """A memory with `SinglePortSignature` of SB_SPRAM256KA blocks.

    A word lies in as many blocks side by side as its width takes (a *row*); a memory that is deeper than a block has
    several rows, of which one is selected.

    Parameters
    ----------
    depth, width : int
        Words, and bits of a word.

    Members
    -------
    address, enable, write, word, data
        As of `SinglePortSignature`.
    """

    def __init__(self, depth: int, width: int):
        self.depth, self.width = depth, width
        self.rows, self.columns = -(-depth // DEPTH), -(-width // WIDTH)
        super().__init__(SinglePortSignature(depth, width))

    def elaborate(self, platform):
        m = Module()
        address = Signal(ADDRESS_BITS)
        word = Signal(WIDTH * self.columns)
        row = Signal(range(self.rows))
        shown = Signal.like(row)  # the row that was read last
        words = Array(Signal.like(word, name=f"words_{number}") for number in range(self.rows))
        m.d.comb += [address.eq(self.address), row.eq(self.address >> ADDRESS_BITS)]
        m.d.comb += [word.eq(self.word), self.data.eq(words[shown])]
        with m.If(self.enable & ~self.write):
            m.d.sync += shown.eq(row)
        for number in range(self.rows):
            selected = Signal(name=f"selected_{number}")
            m.d.comb += selected.eq((row == number) & (self.enable | self.write))
            for column in range(self.columns):
                part = slice(column * WIDTH, (column + 1) * WIDTH)
                m.submodules[f"block_{number}_{column}"] = Instance(
                    "SB_SPRAM256KA",
                    i_CLOCK=ClockSignal(),
                    i_CHIPSELECT=selected,
                    i_ADDRESS=address,
                    i_WREN=self.write,
                    i_MASKWREN=Const(0b1111, 4),
                    i_DATAIN=word[part],
                    i_STANDBY=Const(0, 1),
                    i_SLEEP=Const(0, 1),
                    i_POWEROFF=Const(1, 1),  # active low
                    o_DATAOUT=words[number][part],
                )
        return m
