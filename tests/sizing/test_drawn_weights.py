"""What hangs on the values of weights: sums and aligned elements are a bit or two wider or narrower."""

import pytest

from .drawn import LANES, MODELS, differences


@pytest.mark.parametrize("bits", [(8, 8), (4, 4)])
def test_figures_hang_little_on_the_weights(bits):
    found = differences(*bits)
    assert found.cores == len(MODELS) * len(LANES) * 10 == 270
    for name in found.errors:
        assert 0 < found.middle(name) < 3
        assert found.most(name) < 13
    assert 0 < found.blocks["bram"] < 0.1 * found.cores
    assert found.blocks["dsp"] < 0.03 * found.cores
    assert found.verdicts <= 0.03 * found.cores
