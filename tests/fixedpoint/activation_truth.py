"""The activation functions to 50 digits (mpmath) and in float64, by formulae of their own."""

import mpmath
import numpy as np

MP = mpmath.mp.clone()
MP.dps = 50


def steps(bits: int) -> tuple[int, int]:
    """Fraction bits of the pre-activation for the sigmoid and for tanh."""
    return bits - 2, bits - 1


def top_magnitude(bits: int) -> int:
    """Largest pre-activation."""
    return 2 ** (bits + (1 if bits < 12 else 2)) - 1


def clipped(value, function: str, bits: int):
    """A value in units of the last place, limited to what the output can represent."""
    if function == "sigmoid":
        return min(value, 2**bits - 1)
    peak = 2 ** (bits - 1) - 1
    return max(-peak, min(value, peak))


def accurate(function: str, z_raw: int, bits: int):
    """The clipped function of one raw pre-activation, in units of the last place, to 50 digits."""
    frac_sigmoid, frac_tanh = steps(bits)
    if function == "sigmoid":
        value = 1 / (1 + MP.exp(-MP.ldexp(MP.mpf(z_raw), -frac_sigmoid)))
        return clipped(value * 2**bits, function, bits)
    return clipped(MP.tanh(MP.ldexp(MP.mpf(z_raw), -frac_tanh)) * 2 ** (bits - 1), function, bits)


def approximate(function: str, z_raw: np.ndarray, bits: int) -> np.ndarray:
    """The same for an array, in float64."""
    frac_sigmoid, frac_tanh = steps(bits)
    if function == "sigmoid":
        value = 2.0**bits / (1 + np.exp(-z_raw * 2.0**-frac_sigmoid))
        return np.minimum(value, 2.0**bits - 1)
    peak = 2.0 ** (bits - 1)
    return np.clip(np.tanh(z_raw * 2.0**-frac_tanh) * peak, 1 - peak, peak - 1)


def hard(function: str, z_raw: int, bits: int, slope):
    """The clipped hard variant of one raw pre-activation, exactly, for a slope that is a Fraction."""
    frac_sigmoid, frac_tanh = steps(bits)
    if function == "sigmoid":
        value = min(1, max(0, slope * z_raw / 2**frac_sigmoid + slope / slope / 2))
        return clipped(value * 2**bits, function, bits)
    value = min(1, max(-1, slope / slope * z_raw / 2**frac_tanh))
    return clipped(value * 2 ** (bits - 1), function, bits)
