"""Tables whose pre-activations are cut off, against 50 digits; a clip that nothing reaches changes nothing."""

import numpy as np
import pytest

from rnnhw.fixedpoint import build_table, preactivation_formats

from .activation_truth import MP, top_magnitude

FUNCTIONS = ("sigmoid", "tanh")


def truth(function, z_raw, bits, clip):
    """What a pre-activation gives, in units of the last place, as far as the output can represent it."""
    form = preactivation_formats(bits)[FUNCTIONS.index(function)]
    a = MP.mpf(int(z_raw)) / 2**form.frac
    a = max(-MP.mpf(clip), min(MP.mpf(clip), a))
    if function == "sigmoid":
        return min(2**bits / (1 + MP.exp(-a)), 2**bits - 1)
    peak = 2 ** (bits - 1)
    return max(1 - peak, min(MP.tanh(a) * peak, peak - 1))


def error_of(table, function, clip):
    """Largest error over some 1500 pre-activations, those around the clip among them."""
    bits = table.output_bits
    top = top_magnitude(bits)
    near = int(clip * 2 ** preactivation_formats(bits)[FUNCTIONS.index(function)].frac)
    beside = [side * (near + d) for side in (-1, 1) for d in range(-8, 9)]
    drawn = np.random.default_rng(bits).integers(-top, top + 1, 1500).tolist()
    z_raw = np.array([z for z in (*beside, *drawn, -top, 0, top) if abs(z) <= top])
    outputs = getattr(table, function)(z_raw)
    return max(abs(int(y) - truth(function, z, bits, clip)) for y, z in zip(outputs, z_raw, strict=True))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("clip", [0.3, 1.0, 2.7182818, 6.5])
@pytest.mark.parametrize(("kind", "bits", "most"), [("exact", 6, 0.5), ("exact", 9, 0.5), ("interpolated", 8, 1.0)])
def test_errors(kind, bits, most, clip, function):
    table = build_table(kind, bits, clip=clip)
    error = error_of(table, function, clip)
    assert error <= most
    assert error <= table.error_ulp[function] + 1e-6
    if clip < 2:  # control: a table without it
        assert error_of(build_table(kind, bits), function, clip) > 2


def test_an_interpolated_table_of_many_bits():
    table = build_table("interpolated", 12, clip=3.3)
    assert not table.shared
    for function in FUNCTIONS:
        assert error_of(table, function, 3.3) <= 1


@pytest.mark.parametrize("bits", [8, 12])
def test_a_clip_that_nothing_reaches(bits):
    reach = -preactivation_formats(bits)[0].to_float(np.array(-top_magnitude(bits)))
    assert build_table("auto", bits, clip=100.0) == build_table("auto", bits)
    assert build_table("auto", bits, clip=float(reach) * 1.01) == build_table("auto", bits)
    assert build_table("auto", bits, clip=float(reach) / 2) != build_table("auto", bits)


def test_hard_curves():
    """A hard sigmoid of slope 1/5 ends at 2.5: a clip there changes nothing, one below does."""
    plain = build_table("exact", 8, sigmoid="hard-0.2")
    z_raw = np.arange(-top_magnitude(8), top_magnitude(8) + 1)
    at = build_table("exact", 8, sigmoid="hard-0.2", clip=2.5)
    assert (at.sigmoid(z_raw) == plain.sigmoid(z_raw)).all()
    below = build_table("exact", 8, sigmoid="hard-0.2", clip=1.25)
    assert (below.sigmoid(z_raw).min(), below.sigmoid(z_raw).max()) == (64, 192)
