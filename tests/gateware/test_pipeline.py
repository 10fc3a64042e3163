# amaranth: UnusedElaboratable=no
"""One pipeline, from captured sums to results, against the cells' equations; what units keep is offered by hand."""

import numpy as np
import pytest

from rnnhw.gateware.pipeline import Pipeline
from tests.networks import CELLS

from .back_model import BackModel, draw_group
from .plans import small_engine
from .rows_under_way import Bench, Rows, draw
from .test_reset_update import packed

KINDS = [["lstm"], ["gru"], ["gru-before"], ["rnn-tanh"], ["rnn-relu"], ["lstm", "gru"], CELLS]


def make(kinds, seed: int, multiplier: str = "dsp", registers: str = "few", **options):
    sizes = {"inputs": 2, "hidden": [2, 1, 3, 2], "outputs": [2], "kinds": kinds}
    hardware = {"lanes": 1, "pipelines": 1, "update_multiplier": multiplier, "registers": registers}
    return small_engine(seed, sizes, hardware, **options)


class Play:
    """Random units of random passes in any order, and what becomes of them."""

    def __init__(self, plan, seed: int, gaps: float):
        self.plan, self.rng, self.model = plan, np.random.default_rng(seed), BackModel(plan)
        self.rows = Rows(plan, self.rng, gaps)
        self.rows.cycle = 0  # the first row's sums are taken in the cycle before
        self.dut = Pipeline(plan)
        self.bench = Bench(self.dut, self.rows)

    def unit(self) -> None:
        plan, rng, bench = self.plan, self.rng, self.bench
        number, zero = int(rng.integers(len(plan.passes))), int(rng.random() < 0.2)
        item, timing, bits = plan.passes[number], plan.timing, plan.network.config.activation_bits
        unit, mask = int(rng.integers(item.units)), (1 << plan.accumulator_bits) - 1
        cycles = self.rows.unit(number, zero=zero)
        pairs = [draw_group(rng, plan, item) for _ in item.gates]
        sums, parts = ([pair[k][0] for pair in pairs] for k in range(2))
        for gate, cycle in enumerate(cycles):
            before = {"load": 1, "split": item.split, "sums": sums[gate] & mask, "parts": parts[gate] & mask}
            now = {"take": 1, "number": number, "gate": gate, "bias": int(item.bias_raw[unit, gate])}
            if item.kind == "gru":
                now["input_bias"] = int(item.input_bias_raw[unit])
            for at, values in ((cycle - 1, before), (cycle, now)):
                for port, value in values.items():
                    bench.put(at, port, int(value))
        self._offer(item, unit, zero, cycles)
        result = self.model.unit(number, unit, 0, zero, sums, parts)
        if item.kind == "dense":
            bench.want(cycles[-1] + timing.direct, "direct", result)
            return
        if item.kind == "lstm":
            bench.want(cycles[2] + timing.cell_written, "c_new", self.model.kept[item.layer.name, 0, unit])
        if item.kind == "reset":
            kept = self.model.kept["z", (item.layer.name, 0, unit)]
            bench.want(cycles[-1] + timing.result, "kept", packed(bits, *kept))
        bench.want(cycles[-1] + timing.result, "hidden", result)

    def _offer(self, item, unit: int, zero: int, cycles) -> None:
        """What the unit kept, anything."""
        rng, bits, key = self.rng, self.plan.network.config.activation_bits, (item.layer.name, 0, unit)
        at = cycles[-1] + self.plan.timing.activation
        top, z = 1 << (bits - 1), int(rng.integers(1 << bits))
        h_old = draw(rng, -top, top - 1)
        if item.kind == "lstm":
            c_old = draw(rng, item.layer.c.min_raw, item.layer.c.max_raw)
            self.model.kept[key] = c_old
            self.bench.put(cycles[2] + self.plan.timing.activation, "carry_lstm", c_old)
        elif item.kind in ("gru", "reset"):
            self.model.kept[key] = h_old
            self.bench.put(at, f"carry_{item.kind}", h_old if item.kind == "gru" else packed(bits, z, h_old))
        elif item.kind == "candidate":
            self.model.kept["z", key] = z, h_old
            self.bench.put(at, "carry_reset", packed(bits, z, h_old))

    def check(self) -> int:
        ports = ["load", "sums", "parts", "split", "take", "number", "gate", "bias", "input_bias"]
        members = self.dut.signature.members
        ports += [name for name in ("carry_lstm", "carry_gru", "carry_reset") if name in members]
        outputs = [name for name in ("hidden", "direct", "c_new", "kept") if name in members]
        return self.bench.check(ports, outputs)


def run(plan, seed: int, gaps: float, units: int = 60) -> int:
    play = Play(plan, seed, gaps)
    for _ in range(units):
        play.unit()
    return play.check()


@pytest.mark.parametrize("table", ["exact", "interpolated"])
@pytest.mark.parametrize("gaps", [0, 0.3])
@pytest.mark.parametrize("kinds", KINDS)
def test_units(kinds, gaps, table):
    assert run(make(kinds, 2, table=table), 1, gaps) >= 60


@pytest.mark.parametrize("multiplier", ["dsp", "lut"])
@pytest.mark.parametrize(("table", "gaps"), [("exact", 0.3), ("interpolated", 0)])
@pytest.mark.parametrize("kinds", KINDS)
def test_units_with_many_registers(kinds, table, gaps, multiplier):
    assert run(make(kinds, 2, multiplier, "many", table=table), 1, gaps) >= 60


@pytest.mark.parametrize(
    ("bits", "rounding", "multiplier", "registers"),
    [(4, "floor", "lut", "few"), (16, "half_even", "dsp", "few"), (12, "half_even", "lut", "many")],
)
@pytest.mark.parametrize("kinds", KINDS[:5])
def test_widths_and_roundings(kinds, bits, rounding, multiplier, registers):
    options = {"activation_bits": bits, "weight_bits": bits, "rounding": rounding}
    assert run(make(kinds, 3, multiplier, registers, **options), 2, 0.1, 40) >= 40


@pytest.mark.parametrize("registers", ["few", "many"])
def test_results_are_compared(registers):
    """Control: the kept state of another unit."""
    play = Play(make(["lstm"], 2, registers=registers), 1, 0)
    for _ in range(10):
        play.unit()
    play.bench.given |= {key: -1 - value for key, value in play.bench.given.items() if key[1] == "carry_lstm"}
    with pytest.raises(AssertionError):
        play.check()
