# amaranth: UnusedElaboratable=no
"""The parts of each family: which there are, and that all have the same ports (what they do: tests/synth)."""

import re

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Fragment

from rnnhw.gateware import NetworkTop
from rnnhw.gateware.multiplier import Multiplier, MultiplierSignature, PairSignature
from rnnhw.gateware.primitives import GENERIC, find_primitives
from rnnhw.gateware.primitives.ecp5 import ECP5Multiplier
from rnnhw.gateware.primitives.gowin import GowinMultiplier
from rnnhw.gateware.primitives.ice40 import Ice40Multiplier, Ice40Pair, Ice40Tiles

from .plans import small_plan

FAMILIES = ["generic", "ice40", "ecp5", "gowin", "xilinx"]
NETWORK = {"inputs": 2, "hidden": [3], "outputs": [2], "kinds": ["lstm"], "mode": "many-to-one", "head": "softmax"}


def used(component):
    """Elaborated, or Amaranth would complain that nobody uses it."""
    Fragment.get(component, None)
    return component


@pytest.mark.parametrize("family", FAMILIES)
def test_families(family):
    assert find_primitives(family).name == family
    assert repr(find_primitives(family)) == f"<Primitives {family}>"


@pytest.mark.parametrize("family", [None, "generic", "nexus"])
def test_any_other_family_gets_the_generic_parts(family):
    assert find_primitives(family) is GENERIC


@pytest.mark.parametrize(("family", "cells"), [("ice40", "SB_MAC16"), ("ecp5", "MULT18X18D"), ("gowin", "MULT.*")])
def test_they_reach_all_multipliers_of_a_core(family, cells):
    """Lanes, cell updates and the softmax."""
    top = NetworkTop(small_plan(1, NETWORK, {"lanes": 3, "multiplier": "dsp"}), find_primitives(family))
    modules = rtlil.convert(top).split("\nmodule ")[1:]
    names = [module.partition("\n")[0] for module in modules]
    multipliers = {name for name in names if name.rpartition(".")[2].startswith("multiplier")}
    cell = re.compile(rf"cell \\(?:{cells}) ")
    assert {name for name, module in zip(names, modules, strict=True) if cell.search(module)} == multipliers
    assert {name.split(".")[-2] for name in multipliers} >= {"mac_array", "pipeline_0", "softmax"}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("a", "b"), [(2, 4), (8, 9), (16, 16), (17, 24)])
def test_signature(family, a, b):
    primitives = find_primitives(family)
    for stages in (2, 3):
        multiplier = used(primitives.multiplier(a, b, stages))
        assert multiplier.signature.members == MultiplierSignature(a, b).members
        assert multiplier.stages == stages


@pytest.mark.parametrize("kind", [Ice40Multiplier, Ice40Pair, Ice40Tiles, ECP5Multiplier, GowinMultiplier])
def test_other_stages_are_refused(kind):
    with pytest.raises(ValueError, match=r"^stages must be 2 or 3, not 4$"):
        kind(8, 8, 4)


@pytest.mark.parametrize(
    ("family", "a", "b", "there"),
    [
        ("ice40", 8, 8, True),
        ("ice40", 2, 4, True),
        ("ice40", 8, 9, False),
        ("ice40", 9, 8, False),
        ("ecp5", 8, 8, False),
        ("gowin", 8, 8, False),
        ("xilinx", 8, 8, False),
        ("generic", 8, 8, False),
    ],
)
def test_pairs(family, a, b, there):
    pair = find_primitives(family).pair(a, b, 3)
    assert (pair is not None) == there
    if there:
        assert used(pair).signature.members == PairSignature(a, b).members
        assert pair.stages == 3


@pytest.mark.parametrize(("family", "largest"), [("ecp5", 18), ("gowin", 18), ("xilinx", 1), ("generic", 1)])
def test_wide_operands_are_left_to_synthesis(family, largest):
    primitives = find_primitives(family)
    assert isinstance(used(primitives.multiplier(largest + 1, 2)), Multiplier)
    assert largest == 1 or not isinstance(used(primitives.multiplier(largest, 2)), Multiplier)
