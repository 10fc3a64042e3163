"""The rough count of LUTs: within its error of what yosys makes, and growing with what costs."""

import pytest
from amaranth.back import rtlil

from rnnhw.estimate import find_device, for_device, luts
from rnnhw.estimate.luts import ERROR, LUT_SHARES
from rnnhw.gateware import NetworkTop
from rnnhw.gateware.primitives import find_primitives
from rnnhw.plan import Hardware, make_plan
from rnnhw.synth import count_cells
from tests.pretended import quantised


def plan(family=None, *, hidden=(16,), kinds=None, weight_bits=8, **hardware):
    made = make_plan(quantised(hidden, kinds=kinds, weight_bits=weight_bits), Hardware(**({"lanes": 2} | hardware)))
    return made if family is None else for_device(made, find_device(family))


@pytest.mark.parametrize("family", ["ice40", "ecp5", "gowin"])
def test_within_its_error(family, yosys):
    small = plan(family)
    text = rtlil.convert(NetworkTop(small, find_primitives(family)), name="top", emit_src=False)
    made = count_cells(text, family=family).lut
    assert abs(luts(small, family, link=False) - made) <= ERROR * made


@pytest.mark.parametrize("family", LUT_SHARES)
def test_what_costs_more(family):
    few = luts(plan(), family)
    assert few > luts(plan(), family, link=False)
    assert luts(plan(lanes=16), family) > few + 300
    assert luts(plan(multiplier="lut"), family) > few + 200
    assert luts(plan(update_multiplier="lut"), family) > few + 100
    assert luts(plan(hidden=(16, 8), engines="per-layer"), family) > few
    assert luts(plan(kinds=["rnn-relu"]), family) < few < luts(plan(kinds=["gru"]), family)


def test_the_size_of_the_network_alone_costs_next_to_nothing():
    """Control: weights are in block RAM."""
    assert abs(luts(plan(hidden=(64,)), "ecp5") - luts(plan(), "ecp5")) < 100
