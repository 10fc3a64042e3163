"""Behavioural parts, for every simulator and every synthesis tool."""

from amaranth.lib import wiring

from rnnhw.gateware.multiplier import Multiplier


class Primitives:
    """What a core's multipliers are made of.

    All families' parts have the same ports and latency and do the same, bit for bit and cycle for cycle. A family's
    own class replaces what it has cells for.

    Attributes
    ----------
    name : str
        Of the family: how yosys maps to it.
    """

    name = "generic"

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

    def pair(
        self, a_width: int, b_width: int, stages: int = 2, shifts: tuple[int, ...] = (0,)
    ) -> wiring.Component | None:
        """Two multipliers of the same `b` in one block, with `PairSignature`; None where no block holds them.

        Parameters
        ----------
        a_width, b_width, stages : int
            As of `multiplier`.
        shifts : tuple of int
            `b` is always a value of ``b_width - max(shifts)`` bits, shifted left by one of these.
        """
        return None

    def __repr__(self) -> str:
        return f"<Primitives {self.name}>"
