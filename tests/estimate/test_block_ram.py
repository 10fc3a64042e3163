"""Block RAMs of memories: by hand, and against yosys."""

import numpy as np
import pytest

from rnnhw.estimate import block_rams, lut_rams
from rnnhw.estimate.block_ram import BLOCK_RAMS
from tests.estimate.grid import Ram, rom, synthesise


@pytest.mark.parametrize(
    ("family", "depth", "width", "rom", "blocks"),
    [
        ("ice40", 256, 16, True, 1),
        ("ice40", 257, 16, True, 2),
        ("ice40", 512, 17, True, 3),  # 8 bits wide; 16 bits wide in two pages would be three as well
        ("ice40", 2048, 2, True, 1),
        ("ice40", 600, 128, True, 24),  # three pages rather than 1,024 x 4, which takes 32
        ("ecp5", 512, 36, True, 1),
        ("ecp5", 512, 37, True, 2),
        ("ecp5", 513, 36, True, 2),
        ("ecp5", 512, 36, False, 1),
        ("ecp5", 16384, 1, True, 1),
        ("ecp5", 2, 64, True, 2),
        ("ecp5", 2, 0, True, 0),
    ],
)
def test_blocks(family, depth, width, rom, blocks):
    assert block_rams(family, depth, width, rom) == blocks


@pytest.mark.parametrize(("depth", "width", "count"), [(1, 1, 1), (16, 4, 1), (17, 4, 2), (16, 5, 2), (40, 9, 9)])
def test_lut_rams(depth, width, count):
    assert lut_rams(depth, width) == lut_rams(depth, width, "gowin") == count


@pytest.mark.parametrize(
    ("depth", "width", "count"), [(1, 28, 4), (2, 28, 5), (32, 6, 1), (34, 12, 4), (64, 8, 3), (67, 6, 3), (129, 3, 3)]
)
def test_larger_lut_rams(depth, width, count):
    assert lut_rams(depth, width, "xilinx") == count


@pytest.mark.parametrize("family", BLOCK_RAMS)
def test_blocks_against_yosys(family, yosys):
    """Depths at and around powers of two and in between, widths at and around those of the blocks."""
    rng = np.random.default_rng(2)
    depths = [2, 33, 200, 256, 257, 300, 512, 513, 600, 768, 1024, 1025, 1280, 2048, 2049, 2500, 4100, 5000]
    widths = [1, 2, 3, 5, 8, 9, 10, 16, 17, 18, 19, 24, 32, 36, 37, 64, 72, 130]
    shapes = {(int(rng.choice(depths)), int(rng.choice(widths))) for _ in range(90)}
    shapes = [*sorted(shape for shape in shapes if shape[0] * shape[1] <= 40000), (64, 300), (200, 512), (2, 600)]
    shapes = shapes[::8] if family == "xilinx" else shapes  # its flow takes long
    parts = {f"rom_{depth}_{width}": rom(depth, width) for depth, width in shapes}
    parts |= {f"ram_{depth}_{width}": Ram(depth, width) for depth, width in shapes if depth * width <= 10000}
    made = {name: blocks for name, (_, blocks) in synthesise(parts, family).items()}
    estimated = {}
    for name in parts:
        kind, depth, width = name.split("_")
        estimated[name] = block_rams(family, int(depth), int(width), kind == "rom")
    assert made == estimated
    assert len(made) > (8 if family == "xilinx" else 60)
    assert max(made.values()) > 2
