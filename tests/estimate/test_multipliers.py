"""DSP blocks of multipliers: by hand, and against yosys."""

import numpy as np
import pytest

from rnnhw.estimate import DSP_RULES
from tests.estimate.grid import Multiply, synthesise


@pytest.mark.parametrize(
    ("family", "a", "b", "product", "blocks"),
    [
        ("ice40", 8, 8, None, 1),
        ("ice40", 16, 16, None, 1),
        ("ice40", 2, 8, None, 0),  # a product of 10 bits is left to LUTs
        ("ice40", 2, 9, None, 1),
        ("ice40", 8, 8, 10, 0),  # and so is one of which 10 bits are used
        ("ice40", 17, 9, None, 1),  # the tile of one bit is left to LUTs
        ("ice40", 18, 9, None, 2),
        ("ice40", 17, 24, None, 2),
        ("ice40", 20, 24, None, 4),
        ("ecp5", 2, 2, None, 1),
        ("ecp5", 1, 18, None, 0),
        ("ecp5", 18, 18, None, 1),
        ("ecp5", 17, 24, None, 2),
        ("ecp5", 19, 18, None, 1),
        ("ecp5", 20, 20, None, 4),
    ],
)
def test_blocks(family, a, b, product, blocks):
    assert DSP_RULES[family].blocks(a, b, product) == blocks
    assert DSP_RULES[family].blocks(b, a, product) == blocks


@pytest.mark.parametrize("family", DSP_RULES)
def test_blocks_against_yosys(family, yosys):
    """Every kind that a core has: lanes with cut sums, the cell update, the unsigned interpolation."""
    rng = np.random.default_rng(1)
    sizes = {(n + 1, min(2 * n, 24), 3 * n + 4, True) for n in range(4, 17)}
    sizes |= {(a, b, a + b, False) for a, b in ((17, 12), (1, 9), (20, 11), (14, 5), (16, 16), (19, 3), (18, 17))}
    sizes |= {(2, b, 2 + b, True) for b in range(4, 17)}
    for _ in range(60):
        weight, element = int(rng.integers(2, 17)), int(rng.integers(4, 17))
        sizes.add((weight, element, max(2, weight + element + int(rng.integers(-6, 4))), True))
    parts = {f"m_{'_'.join(map(str, size))}": Multiply(*size) for size in sorted(sizes)}
    found = synthesise(parts, family)
    made = {name: dsp for name, (dsp, _) in found.items()}
    estimated = {f"m_{'_'.join(map(str, s))}": DSP_RULES[family].blocks(*s[:3]) for s in sorted(sizes)}
    assert made == estimated
    assert len(made) > 60
    assert {0, 1, 2} <= set(made.values())
