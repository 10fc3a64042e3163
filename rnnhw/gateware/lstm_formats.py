"""How the products of the cell update are aligned, summed and rounded, layer by layer."""

from dataclasses import dataclass

from rnnhw.fixedpoint import Rounding, fold_rounding
from rnnhw.quantize import QuantizedNetwork


@dataclass(frozen=True)
class LSTMFormats:
    """Shifts and widths of ``c' = R(f c + i g)``, one entry a cell.

    Parameters
    ----------
    cell_width : int
        Bits of a cell state.
    kept_shifts, fresh_shifts : tuple of int
        Left shifts of f*c and of i*g to their common fraction.
    c_shifts : tuple of int
        Right shifts from there to the cell state.
    constants : tuple of int
        Rounding constants, added to i*g beforehand.
    total_width : int
        Bits of the largest sum.
    rounding : Rounding
        Of what is left to the requantisation.
    """

    cell_width: int
    kept_shifts: tuple[int, ...]
    fresh_shifts: tuple[int, ...]
    c_shifts: tuple[int, ...]
    constants: tuple[int, ...]
    total_width: int
    rounding: Rounding

    @classmethod
    def of(cls, network: QuantizedNetwork, layers) -> "LSTMFormats":
        """The formats of a network's LSTM cells `layers`."""
        bits = network.config.activation_bits
        cell_width = max(layer.c.width for layer in layers)
        fresh_frac = 2 * bits - 1  # i has n fraction bits, g has n - 1
        fracs = [max(bits + layer.c.frac, fresh_frac) for layer in layers]
        kept = tuple(frac - bits - layer.c.frac for frac, layer in zip(fracs, layers, strict=True))
        fresh = tuple(frac - fresh_frac for frac in fracs)
        c_shifts = tuple(frac - layer.c.frac for frac, layer in zip(fracs, layers, strict=True))
        constants, rests = zip(*(fold_rounding(shift, network.config.rounding["c"]) for shift in c_shifts), strict=True)
        gate, cell, candidate = (1 << bits) - 1, 1 << (cell_width - 1), 1 << (bits - 1)
        largest = max(
            (gate * cell << k) + (gate * candidate << f) + constant
            for k, f, constant in zip(kept, fresh, constants, strict=True)
        )
        return cls(cell_width, kept, fresh, c_shifts, constants, largest.bit_length() + 1, rests[0])
