"""The memories of a core: what they hold, how large they are, and of what they are made."""

from dataclasses import dataclass

REGISTER_BITS = 64  # memories of at most so many bits are registers, larger ones block RAM


@dataclass(frozen=True)
class MemoryUse:
    """One memory.

    Parameters
    ----------
    name : str
    depth, width : int
        Words, and bits of a word.
    rom : bool
        Written at configuration only.
    """

    name: str
    depth: int
    width: int
    rom: bool = False

    @property
    def bits(self) -> int:
        """Bits in all."""
        return self.depth * self.width

    @property
    def style(self) -> str:
        """What synthesis is told to make of it: "block" or "registers"."""
        return "block" if self.bits > REGISTER_BITS else "registers"


def memory_map(network, passes, lanes: int, accumulator_bits: int) -> dict[str, MemoryUse]:
    """All memories of a core, by name.

    Parameters
    ----------
    network : QuantizedNetwork
    passes : tuple of Pass
    lanes, accumulator_bits : int
    """
    bits = network.config.activation_bits
    units = sum(layer.hidden_size for layer in network.lstms)
    inner = sum(layer.output_size for layer in network.denses[:-1])
    bank = 1 << (network.input_size - 1).bit_length()
    uses = [
        MemoryUse("x", 2 * bank, bits),
        MemoryUse("h", 2 * units + inner, bits),
        MemoryUse("c", units, max(layer.c.width for layer in network.lstms)),
        MemoryUse("weights", sum(p.cycles for p in passes), lanes * network.config.weight_bits, rom=True),
        MemoryUse("bias", sum(p.rows for p in passes), accumulator_bits, rom=True),
        MemoryUse("table", len(network.table.bases), network.table.word_width, rom=True),
    ]
    return {use.name: use for use in uses}
