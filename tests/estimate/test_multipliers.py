# amaranth: UnusedElaboratable=no
"""DSP blocks of multipliers: by hand, and against yosys."""

import numpy as np
import pytest
from amaranth import Module, signed
from amaranth.lib import wiring

from rnnhw.estimate import DSP_RULES, inferred_blocks
from rnnhw.estimate.multipliers import MultiplierUse
from rnnhw.gateware.primitives import find_primitives
from tests.estimate.grid import Multiply, synthesise


@pytest.mark.parametrize(
    ("family", "a", "b", "product", "blocks"),
    [
        ("ecp5", 2, 2, None, 1),
        ("ecp5", 1, 18, None, 0),
        ("ecp5", 18, 18, None, 1),
        ("ecp5", 17, 24, None, 2),
        ("ecp5", 19, 18, None, 1),
        ("ecp5", 20, 20, None, 4),
        ("gowin", 3, 9, None, 0),
        ("gowin", 9, 9, None, 0.5),
        ("gowin", 10, 4, None, 1),
        ("gowin", 24, 17, None, 2),  # 18 x 17 in one block, the other 6 x 17 in two halves
        ("gowin", 22, 22, None, 4),
        ("xilinx", 4, 4, None, 0),  # a product of 8 bits is left to LUTs
        ("xilinx", 25, 18, None, 1),
        ("xilinx", 26, 18, None, 2),
        ("xilinx", 26, 19, None, 4),
    ],
)
def test_inferred_blocks(family, a, b, product, blocks):
    assert inferred_blocks(family, a, b, product) == blocks
    assert inferred_blocks(family, b, a, product) == blocks


def test_unsigned_operands_take_a_bit_more_where_blocks_are_signed():
    assert inferred_blocks("xilinx", 18, 18) == 1
    assert inferred_blocks("xilinx", 18, 18, signed=False) == 2
    assert inferred_blocks("ecp5", 18, 18, signed=False) == 1


@pytest.mark.parametrize("family", ["ecp5"])
def test_inferred_blocks_against_yosys(family, yosys):
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
    estimated = {f"m_{'_'.join(map(str, s))}": inferred_blocks(family, *s) for s in sorted(sizes)}
    assert made == estimated
    assert len(made) > 60
    assert {0, 1, 2} <= set(made.values())


class Lanes(wiring.Component):
    """Multipliers of some lanes and columns; two lanes share a block where there are such blocks."""

    def __init__(self, lanes: int, columns: int, a: int, b: int, family: str):
        self.lanes, self.columns, self.primitives = lanes, columns, find_primitives(family)
        members = {f"a_{lane}_{k}": wiring.In(signed(a)) for lane in range(lanes) for k in range(columns)}
        members |= {f"y_{lane}_{k}": wiring.Out(signed(a + b)) for lane in range(lanes) for k in range(columns)}
        members |= {f"b_{k}": wiring.In(signed(b)) for k in range(columns)} | {"enable": wiring.In(1)}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        for k in range(self.columns):
            element = getattr(self, f"b_{k}")
            for lane in range(0, self.lanes, 2):
                together = range(lane, min(lane + 2, self.lanes))
                weights, products = ([getattr(self, f"{side}_{one}_{k}") for one in together] for side in "ay")
                widths = len(weights[0]), len(element)
                pair = self.primitives.pair(*widths) if len(together) == 2 else None
                blocks = [pair] if pair else [self.primitives.multiplier(*widths) for _ in together]
                inputs = [pair.a0, pair.a1] if pair else [block.a for block in blocks]
                outputs = [pair.product0, pair.product1] if pair else [block.product for block in blocks]
                for number, block in enumerate(blocks):
                    m.submodules[f"block_{lane}_{k}_{number}"] = block
                    m.d.comb += [block.b.eq(element), block.enable.eq(self.enable)]
                m.d.comb += [port.eq(weight) for port, weight in zip(inputs, weights, strict=True)]
                m.d.comb += [product.eq(port) for product, port in zip(products, outputs, strict=True)]
        return m


CASES = [(1, 1, 8, 8), (2, 1, 8, 8), (5, 2, 8, 8), (4, 1, 9, 9), (3, 1, 8, 10), (2, 2, 2, 5), (2, 1, 16, 17)]
CASES += [(1, 1, 17, 24), (1, 1, 18, 18), (1, 1, 9, 18), (1, 1, 20, 35)]


@pytest.mark.parametrize(
    ("family", "blocks"),
    [
        ("ice40", [1, 1, 6, 4, 3, 2, 2, 2, 1, 1, 6]),
        ("ecp5", [1, 2, 10, 4, 3, 4, 2, 2, 1, 1, 4]),
        ("gowin", [0.5, 1, 5, 2, 3, 2, 2, 2, 1, 1, 2]),
        ("xilinx", [1, 2, 10, 4, 3, 0, 2, 1, 1, 1, 4]),
    ],
)
def test_blocks_of_own_cells(family, blocks):
    assert [use(*case).blocks(family) for case in CASES] == blocks


def use(lanes: int, columns: int, a: int, b: int) -> MultiplierUse:
    return MultiplierUse("lanes", lanes * columns, a, b, a + b, pairs=lanes // 2 * columns)


@pytest.mark.parametrize(
    ("lanes", "a", "b", "shift", "blocks"),
    [(4, 8, 9, 0, 4), (4, 8, 9, 1, 2), (5, 8, 20, 12, 3), (1, 8, 20, 12, 2), (4, 9, 9, 1, 4), (16, 8, 9, 1, 8)],
)
def test_products_are_shifted_where_elements_pair(lanes, a, b, shift, blocks):
    """On iCE40 only; a single lane's element is shifted, and may then take two blocks."""
    found = MultiplierUse("lanes", lanes, a, b, a + b, pairs=lanes // 2, shift=shift)
    assert found.blocks("ice40") == blocks
    assert found.blocks("ecp5") == lanes * inferred_blocks("ecp5", a, b)


@pytest.mark.parametrize("family", ["ice40", "ecp5"])
def test_own_cells_against_yosys(family, yosys):
    parts = {f"m_{'_'.join(map(str, case))}": Lanes(*case, family) for case in CASES}
    made = [dsp for dsp, _ in synthesise(parts, family).values()]
    assert made == [use(*case).blocks(family) for case in CASES]


def test_what_is_behavioural_is_left_to_luts_on_ice40():
    assert MultiplierUse("interpolation", 3, 17, 12, 29, cells=False, signed=False).blocks("ice40") == 0
    assert MultiplierUse("interpolation", 3, 17, 12, 29, cells=False, signed=False).blocks("ecp5") == 3


def test_there_is_a_rule_for_each_family_but_one():
    """On iCE40 yosys must not make blocks of its own (see `rnnhw.synth.yosys`)."""
    assert set(DSP_RULES) == {"ecp5", "gowin", "xilinx", "chip"}
