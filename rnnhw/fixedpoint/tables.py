"""Activation tables: one memory that serves sigmoid and tanh, with its measured error."""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from rnnhw.errors import RnnhwError

from .checks import choice, integer
from .curves import SIGMOIDS, TANHS, ClippedTail, rounded_tail
from .qformat import QFormat
from .words import varying_columns

TABLE_KINDS = ("auto", "exact", "interpolated")
EXACT_UP_TO = 11  # bits of pre-activation for which `auto` takes an entry for each input
SAMPLED = 61  # one input of so many is looked at before all are
BASE_GUARD = 3  # fraction bits kept below the last place in a segment's base


@lru_cache(typed=True)
def preactivation_formats(output_bits: int) -> tuple[QFormat, QFormat]:
    """Formats of the pre-activation for the sigmoid and for tanh, for outputs of `output_bits`.

    Both have the same width and half the range for tanh, because ``tanh(x) = 2 sigma(2x) - 1``.
    The range is +-8 for the sigmoid (+-4 for tanh), from 12 bits on +-16 (+-8), where the tail beyond
    8 would be more than one unit of the last place. They are symmetric.
    """
    integer("output_bits", output_bits, 4, 16)
    width = output_bits + (2 if output_bits < 12 else 3)
    return (
        QFormat(width, output_bits - 2, symmetric=True),
        QFormat(width, output_bits - 1, symmetric=True),
    )


@dataclass(frozen=True)
class ActivationTable:
    """What the activation unit's memory holds and how its output is made of it.

    The magnitude of the pre-activation is split in a segment (high bits) and a rest of
    `residual_bits`; a segment holds a base and a slope::

        tail = ((base << base_shift) - slope * rest) >> guard_bits        (rounding is in the base)

    An `exact` table has a segment for each magnitude, no rest and no slope.

    Parameters
    ----------
    kind : str
        "exact" or "interpolated".
    output_bits : int
        ``n``: sigmoid outputs are unsigned with n fraction bits, tanh outputs signed with n-1.
    input_width : int
        Bits of the pre-activation.
    residual_bits, guard_bits, base_shift : int
    bases, slopes : tuple of int
        One entry a segment; where the two functions have curves of their own (one of them is hard), the
        segments of the sigmoid stand first, then those of tanh.
    shared : bool
        Whether one curve serves both functions.
    error_ulp : dict
        Largest error over all inputs, measured, in units of the last place, for "sigmoid" and "tanh";
        against the function clipped to what the output can represent (1 is not, ``1 - 2**-n`` is).
    """

    kind: str
    output_bits: int
    input_width: int
    residual_bits: int
    guard_bits: int
    base_shift: int
    bases: tuple[int, ...]
    slopes: tuple[int, ...]
    shared: bool
    error_ulp: dict[str, float] = field(default_factory=dict, hash=False, compare=False)

    @property
    def sigmoid_format(self) -> QFormat:
        """Format of a sigmoid output."""
        return QFormat(self.output_bits, self.output_bits, signed=False)

    @property
    def tanh_format(self) -> QFormat:
        """Format of a tanh output."""
        return QFormat(self.output_bits, self.output_bits - 1)

    @cached_property
    def base_width(self) -> int:
        """Bits of a base."""
        return max(self.bases).bit_length() or 1

    @cached_property
    def slope_width(self) -> int:
        """Bits of a slope, 0 if there is none."""
        return max(self.slopes).bit_length() if self.residual_bits else 0

    @cached_property
    def words(self) -> tuple[int, ...]:
        """Memory words: the slope above the base."""
        width = self.base_width
        return tuple(base | (slope << width) for base, slope in zip(self.bases, self.slopes, strict=True))

    @cached_property
    def word_width(self) -> int:
        """Bits of a memory word."""
        return self.base_width + self.slope_width

    @cached_property
    def varying_columns(self) -> int:
        """Bits of a memory word that are not the same in all words."""
        return varying_columns(self.words)

    def tail(self, magnitude: np.ndarray, tanh: bool) -> np.ndarray:
        """The tail of magnitudes (non-negative raw pre-activations), in units of ``2**-n``."""
        segment = magnitude >> self.residual_bits
        if tanh and not self.shared:
            segment = segment + len(self.bases) // 2
        rest = magnitude & ((1 << self.residual_bits) - 1)
        base, slope = np.array(self.bases)[segment], np.array(self.slopes)[segment]
        return ((base << self.base_shift) - slope * rest) >> self.guard_bits

    def sigmoid(self, z_raw: np.ndarray) -> np.ndarray:
        """Raw sigmoid of raw pre-activations."""
        z_raw = np.asarray(z_raw, dtype=np.int64)
        tail = self.tail(np.abs(z_raw), tanh=False)
        return np.where(z_raw < 0, tail, np.minimum((1 << self.output_bits) - tail, self.sigmoid_format.max_raw))

    def tanh(self, z_raw: np.ndarray) -> np.ndarray:
        """Raw tanh of raw pre-activations; odd."""
        z_raw = np.asarray(z_raw, dtype=np.int64)
        half = 1 << (self.output_bits - 1)
        value = np.minimum(half - self.tail(np.abs(z_raw), tanh=True), half - 1)
        return np.where(z_raw < 0, -value, value)


def build_table(
    kind: str, output_bits: int, *, sigmoid: str = "logistic", tanh: str = "tanh", clip: float | None = None
) -> ActivationTable:
    """Make a table and measure its error over every input.

    Parameters
    ----------
    kind : str
        "exact": an entry for each magnitude, correctly rounded (error at most 1/2 ulp).
        "interpolated": the fewest segments (a power of two) whose error is at most 1 ulp.
        "auto": "exact" while the pre-activation has at most 11 bits, else "interpolated".
    output_bits : int
        4..16.
    sigmoid : str
        "logistic", or ``clip(slope * x + 1/2, 0, 1)`` with the slope 1/6 of PyTorch and Keras 3 ("hard")
        or 1/5 of Keras 2 and ONNX's default ("hard-0.2").
    tanh : str
        "tanh", or ``clip(x, -1, 1)`` ("hard").
    clip : float, optional
        Pre-activations beyond +-clip count as +-clip. An interpolated table needs more segments the steeper the
        curves are there.

    Raises
    ------
    RnnhwError
        For an unknown kind or curve, or a width out of range.
    """
    choice("table", kind, TABLE_KINDS)
    choice("sigmoid", sigmoid, tuple(SIGMOIDS))
    choice("tanh", tanh, tuple(TANHS))
    width = preactivation_formats(output_bits)[0].width
    if kind == "auto":
        kind = "exact" if width <= EXACT_UP_TO else "interpolated"
    step = Fraction(1, 2 ** preactivation_formats(output_bits)[0].frac)
    limits = (None, None) if clip is None else (Fraction(clip), 2 * Fraction(clip))  # tanh is looked up at 2 x
    curves = [
        _clipped(*each, step * 2 ** (width - 1)) for each in zip((SIGMOIDS[sigmoid], TANHS[tanh]), limits, strict=True)
    ]
    return _build(kind, output_bits, *curves)


def _clipped(tail, limit: Fraction | None, reach: Fraction):
    """The tail up to a limit; as it is if no pre-activation reaches that far."""
    return tail if limit is None or limit >= reach else ClippedTail(tail, limit)


@lru_cache(maxsize=64)
def _build(kind: str, bits: int, sigmoid, tanh) -> ActivationTable:
    z_sigmoid, _ = preactivation_formats(bits)
    width, step = z_sigmoid.width, Fraction(1, 2**z_sigmoid.frac)
    curves = [sigmoid] if sigmoid == tanh else [sigmoid, tanh]
    shared = len(curves) == 1
    if kind == "exact":
        bases = tuple(base for curve in curves for base in rounded_tail(curve, 1 << (width - 1), step, bits).tolist())
        return _measured(ActivationTable(kind, bits, width, 0, 0, 0, bases, (0,) * len(bases), shared), curves)
    for residual in range(width - 2, 0, -1):
        guard = residual + BASE_GUARD
        lines = [_lines(curve, width, residual, step, bits) for curve in curves]
        bases = tuple(b for line in lines for b in line[0])
        slopes = tuple(s for line in lines for s in line[1])
        table = ActivationTable(kind, bits, width, residual, guard, guard - BASE_GUARD, bases, slopes, shared)
        for every in (SAMPLED, 1):  # most are out because of some input out of few
            if max(_measured(table, curves, every).error_ulp.values()) > 1.0:
                break
        else:
            return table
    raise RnnhwError(f"no {kind} table of {bits} bits has an error of at most 1 ulp")


def _lines(curve, width: int, residual: int, step: Fraction, bits: int):
    """Base and slope of each segment: chords that meet at the segments' borders, so that no output dips.

    The knots lie below the curve by half the chords' distance to it, and a slope is the difference of
    two knots: a base counts ``2**residual`` units of a slope, which makes that exact.
    """
    segments, length = 1 << (width - 1 - residual), (1 << residual) * step
    values = [curve.accurate(length * i / 2) for i in range(2 * segments + 1)]
    sags = [(values[i] + values[i + 2]) / 2 - values[i + 1] for i in range(0, 2 * segments, 2)]
    knots = []
    for knot, value in enumerate(values[::2]):
        beside = sags[max(knot - 1, 0) : knot + 1]
        lowered = (value - sum(beside) / len(beside) / 2) * 2**bits + Fraction(1, 2)  # so that flooring rounds
        knots.append(min([round(lowered * 2**BASE_GUARD), *knots[-1:]]))  # no slope is negative
    return knots[:-1], [left - right for left, right in pairwise(knots)]


def _measured(table: ActivationTable, curves, every: int = 1) -> ActivationTable:
    """The same table with its error, measured over every input, or over one of `every`."""
    top = (1 << (table.input_width - 1)) - 1
    z_raw = np.arange(-top, top + 1, every)
    z_sigmoid, z_tanh = preactivation_formats(table.output_bits)
    tail = curves[0].approximate(np.abs(z_sigmoid.to_float(z_raw)))
    sigma = np.where(z_raw < 0, tail, 1 - tail) * 2.0**table.output_bits
    tail = curves[-1].approximate(np.abs(2 * z_tanh.to_float(z_raw)))
    tanh = np.sign(z_raw) * (1 - 2 * tail) * 2.0 ** (table.output_bits - 1)
    peak_sigma, peak_tanh = table.sigmoid_format.max_raw, table.tanh_format.max_raw
    table.error_ulp["sigmoid"] = float(np.abs(table.sigmoid(z_raw) - np.minimum(sigma, peak_sigma)).max())
    table.error_ulp["tanh"] = float(np.abs(table.tanh(z_raw) - np.clip(tanh, -peak_tanh, peak_tanh)).max())
    return table
