"""Figures with prefixes."""

import numpy as np
import pytest

from rnnhw.report.analysis import amount

FACTORS = {"P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "B", "0 B"),
        (7, "B", "7 B"),
        (999, "", "999"),
        (799_768, "B", "800 kB"),
        (999.6, "s", "16.7 min"),
        (999.6, "B", "1.00 kB"),
        (9.996e6, "FLOP", "10.0 MFLOP"),
        (3.2e-5, "s", "32.0 us"),
        (4e-10, "s", "0.40 ns"),
        (59.9, "s", "59.9 s"),
        (60, "s", "1.00 min"),
        (7200, "s", "2.00 h"),
        (1e7, "s", "116 days"),
        (1.23e21, "", "1,230,000 P"),
    ],
)
def test_amounts(value, unit, text):
    assert amount(value, unit) == text


def test_three_digits_of_any_figure():
    """Within half a per cent of what was given, in four letters and a prefix."""
    for value in 10 ** np.random.default_rng(0).uniform(-8, 17, 3000):
        number, prefix = amount(float(value), "B").removesuffix("B").split(" ")
        assert float(number) * FACTORS[prefix] == pytest.approx(value, rel=5.1e-3)
        assert len(number) <= 4
