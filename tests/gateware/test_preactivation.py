# amaranth: UnusedElaboratable=no
"""Pre-activations and dense outputs from biased sums, against `rnnhw.fixedpoint.requantize`."""

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat, requantize
from rnnhw.gateware.interfaces import GATE_G
from rnnhw.gateware.preactivation import Preactivation

from .plans import small_plan
from .stepper import replay


def make(rounding, seed: int):
    sizes = {"inputs": 3, "hidden": [2, 3], "outputs": [4, 2], "mode": "many-to-many"}
    return small_plan(seed, lanes=4, sizes=sizes, rounding=rounding, per_gate=True, weight_bits=6)


def constant(shift: int, rounding: str) -> int:
    """What the bias carries: half of a unit of the last place for half_up."""
    return 2**shift // 2 if rounding == "half_up" else 0


@pytest.mark.parametrize(
    "rounding", ["half_up", "floor", "half_even", {"z": "half_even", "y": "floor"}, {"z": "floor", "y": "half_even"}]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_against_requantize(rounding, seed):
    plan = make(rounding, seed)
    network, modes = plan.network, plan.network.config.rounding
    z_formats = network.preactivations
    rng = np.random.default_rng(seed)
    end = 1 << (plan.accumulator_bits - 1)
    z_end = z_formats[0].max_raw
    rows, expected = [], []
    z = tanh = dense = 0
    for _ in range(3000):
        number, gate = int(rng.integers(len(plan.passes))), int(rng.integers(4))
        item = plan.passes[number]
        shift = item.shifts[gate if item.recurrent else 0]
        role = "z" if item.recurrent else "y"
        carried = constant(shift, modes[role])
        a = int(rng.integers(-end, end - carried)) >> int(rng.integers(plan.accumulator_bits))
        cell_valid, enable = int(rng.random() < 0.2), int(rng.random() < 0.8)
        cell_z = int(rng.integers(-z_end, z_end + 1))
        rows.append((a + carried, number, gate, int(not item.recurrent), cell_valid, cell_z, enable))
        expected.append((z, tanh, dense))
        if not enable:
            continue
        tanh = int(cell_valid or gate == GATE_G)
        if cell_valid:
            z = cell_z
        elif item.recurrent:
            target = z_formats[gate == GATE_G]
            z = requantize(a, QFormat(62, target.frac + shift), target, modes["z"])
        else:
            z = None  # means nothing
        if not item.recurrent:
            layer = item.layer
            dense = requantize(a, QFormat(62, layer.y.frac + shift), layer.y, modes["y"])
            dense = max(dense, 0) if layer.relu else dense
    dut = Preactivation(plan)
    inputs = [dut.sum, dut.tag.number, dut.tag.gate, dut.tag.dense, dut.cell_valid, dut.cell_z, dut.enable]
    seen = replay(dut, inputs, [dut.z, dut.tanh, dut.dense], rows)
    for got, wanted in zip(seen, expected, strict=True):
        assert got[1:] == wanted[1:]
        assert wanted[0] is None or got[0] == wanted[0]
    assert len({wanted[0] for wanted in expected}) > 50
    assert len({wanted[2] for wanted in expected}) > 50


def test_formats_differ():
    """The case above is one with several shifts, with relu and without: it distinguishes them."""
    plans = [make("half_up", seed) for seed in (1, 2)]
    for plan in plans:
        assert len({shift for item in plan.passes for shift in item.shifts}) > 2
    assert {item.layer.relu for plan in plans for item in plan.passes if not item.recurrent} == {False, True}
