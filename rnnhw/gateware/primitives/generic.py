"""Behavioural parts, for every simulator and every synthesis tool."""

from amaranth.lib import wiring

from rnnhw.gateware.multiplier import Multiplier
from rnnhw.gateware.single_port import SinglePortMemory


class Primitives:
    """What a core's multipliers and large memories are made of.

    All families' parts have the same ports and latency and do the same, bit for bit and cycle for cycle. A family's
    own class replaces what it has cells for.

    Attributes
    ----------
    name : str
        Of the family: how yosys maps to it.
    largest_pair : int
        Bits up to which one block makes two products.
    """

    name = "generic"
    largest_pair = 0

    def multiplier(self, a_width: int, b_width: int, stages: int = 2) -> wiring.Component:
        """A multiplier with `MultiplierSignature`.

        Parameters
        ----------
        a_width, b_width : int
            Bits of the operands, both signed.
        stages : int
            Registers on the way, 2 or 3.
        """
        return Multiplier(a_width, b_width, stages)

    def pair(self, a_width: int, b_width: int, stages: int = 2) -> wiring.Component | None:
        """Two multipliers of the same `b` in one block, with `PairSignature`; None where no block holds them."""
        return None

    def single_port(self, depth: int, width: int) -> wiring.Component:
        """A large memory without initial contents, with `SinglePortSignature`."""
        return SinglePortMemory(depth, width)

    def __repr__(self) -> str:
        return f"<Primitives {self.name}>"
