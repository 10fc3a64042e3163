# amaranth: UnusedElaboratable=no
"""Each family's multipliers, synthesised, do what the behavioural ones do, bit for bit and cycle for cycle."""

import re
import shutil

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.gateware.primitives import find_primitives
from rnnhw.synth.netlist_sim import synthesised

from .multiplier_bench import Size, run, simulate

SIZES = [Size(a, b) for a, b in ((2, 4), (3, 9), (5, 16), (6, 5), (8, 8), (9, 9), (10, 7), (13, 4), (16, 16), (17, 24))]
SIZES += [Size(a, b, 3) for a, b in ((4, 7), (8, 8), (11, 10), (16, 15), (17, 18), (20, 22))]
PAIRS = [Size(a, b, s, True) for a, b, s in ((2, 4, 2), (8, 8, 2), (5, 7, 2), (3, 8, 3), (8, 8, 3), (8, 2, 3))]
BLOCKS = {
    "ice40": r"^  SB_MAC16 ",
    "ecp5": r"^  MULT18X18D ",
    "gowin": r"^  MULT(9X9|18X18|36X36) ",
}


@pytest.fixture
def icarus():
    """A visible skip where there is no Icarus."""
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog was not found")


@pytest.mark.parametrize("family", ["ice40", "ecp5", "gowin"])
def test_products(family, tmp_path, yosys, icarus):
    differing, compared, netlist = run([*SIZES, *PAIRS], find_primitives(family), family, tmp_path)
    assert differing == set()
    assert compared > 2500
    assert len(re.findall(BLOCKS[family], netlist, re.MULTILINE)) >= len(SIZES) + len(PAIRS)


def test_dsp48e1(tmp_path, yosys, icarus):
    """Yosys puts all registers into the block."""
    sizes = [size for size in SIZES if size.a + size.b > 8 and max(size.a, size.b) <= 18]
    differing, compared, netlist = run(sizes, find_primitives("xilinx"), "xilinx", tmp_path)
    assert differing == set()
    assert compared > 2500
    assert len(re.findall(r"^  DSP48E1 ", netlist, re.MULTILINE)) == len(sizes)
    expected = {"AREG": len(sizes), "BREG": len(sizes), "MREG": len(sizes)}
    expected["PREG"] = sum(size.stages == 3 for size in sizes)
    found = re.findall(r"\.([ABMP]REG)\((?:32'd|1'h)1\)", netlist)
    assert {name: found.count(name) for name in expected} == expected
    assert not re.search(r"^  FD[RSPC]E ", netlist, re.MULTILINE)


def test_a_register_less_is_seen(tmp_path, yosys, icarus):
    """The control of the test above."""
    sizes, other = [Size(8, 8, 3), Size(8, 8, 3, True), Size(9, 8)], [Size(8, 8), Size(8, 8, 2, True), Size(9, 8)]
    differing, _, _ = run(sizes, find_primitives("ice40"), "ice40", tmp_path, count=50, other=other)
    assert differing == {"one_8x8_3", "pair_8x8_3"}


@pytest.mark.parametrize(
    ("family", "old", "new", "message"),
    [
        ("ecp5", r'\.REG_INPUTA_CE\("CE0"\)', '.REG_INPUTA_CE("CE1")', "only CLK0, CE0 and RST0 are modelled"),
        ("ecp5", r"\.SOURCEA\(.*?\)", ".SOURCEA(1'h1)", "the cascades are not modelled"),
        ("gowin", r"\.ASEL\(.*?\)", ".ASEL(1'h1)", "shift chains and reset are not modelled"),
        ("gowin", r"\.RESET\(.*?\)", ".RESET(b[0])", "signs, selections and reset must stay what they are"),
    ],
)
def test_a_mode_without_model_ends_the_simulation(family, old, new, message, tmp_path, yosys, icarus):
    """Synthesis is not at fault: its netlist is changed before the cells are."""
    _, _, netlist = run([Size(8, 8)], find_primitives(family), family, tmp_path, count=1)
    changed, count = re.subn(old, new, netlist)
    assert count == 1
    (tmp_path / f"family_{family}.sv").write_text(changed)
    names = ("bench.v", "generic.sv", f"family_{family}.sv", f"family_{family}_cells.sv")
    with pytest.raises(RuntimeError, match=message):
        simulate([tmp_path / name for name in names], "bench", tmp_path)


def test_cell_models_are_looked_up_by_family(tmp_path):
    with pytest.raises(RnnhwError, match=r"^family must be one of ice40, ecp5, gowin, xilinx, not 'nexus'$"):
        synthesised("", family="nexus", top="top", folder=tmp_path)
