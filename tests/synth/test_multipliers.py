# amaranth: UnusedElaboratable=no
"""Each family's multipliers, synthesised, do what the behavioural ones do, bit for bit and cycle for cycle."""

import re
import shutil

import pytest

from rnnhw.gateware.primitives import find_primitives
from rnnhw.synth.netlist_sim import SYNTHESISE

from .multiplier_bench import Size, run

SIZES = [Size(a, b) for a, b in ((2, 4), (3, 9), (4, 16), (5, 6), (6, 5), (7, 7), (8, 8), (9, 8), (10, 10), (11, 16))]
SIZES += [
    Size(a, b) for a, b in ((12, 11), (13, 4), (14, 12), (15, 13), (16, 15), (16, 16), (9, 9), (17, 18), (17, 24))
]
SIZES += [Size(size.a, size.b, 3) for size in SIZES]
PAIRS = [Size(a, b, s, True) for a, b in ((2, 4), (3, 8), (4, 5), (5, 7), (6, 6), (8, 8), (8, 2)) for s in (2, 3)]
BLOCKS = {
    "ice40": r"^  SB_MAC16 ",
    "ecp5": r"^  MULT18X18D ",
    "gowin": r"^  MULT(9X9|18X18|36X36) ",
    "xilinx": r"^  DSP48E1 ",
}


@pytest.fixture
def icarus():
    """A visible skip where there is no Icarus."""
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog was not found")


@pytest.mark.parametrize("family", SYNTHESISE)
def test_products(family, tmp_path, yosys, icarus):
    differing, compared, netlist = run([*SIZES, *PAIRS], find_primitives(family), family, tmp_path)
    assert differing == set()
    assert compared > 2500
    assert len(re.findall(BLOCKS[family], netlist, re.MULTILINE)) > 30
