"""DSP blocks that yosys makes of a core's multipliers.

The rule is that of yosys' `mul2dsp` mapping as `synth_ice40 -dsp` and `synth_ecp5` call it (yosys 0.70; a test
holds it against yosys): a multiplier that is too small is left to LUTs, one that is too large is cut into
tiles, and every tile is looked at in the same way again.
"""

from dataclasses import dataclass, replace

from rnnhw.plan import EnginePlan, HeadPlan, Plan

UPDATES = ("lstm", "gru", "reset")  # kinds of passes whose cells multiply gates with states


@dataclass(frozen=True)
class DspRule:
    """How a family's multipliers are mapped.

    Parameters
    ----------
    largest : int
        Bits of each operand of a block.
    least_operand, least_product : int
        Fewer bits than that are left to LUTs.
    """

    largest: int
    least_operand: int
    least_product: int

    def blocks(self, a_bits: int, b_bits: int, product_bits: int | None = None) -> int:
        """DSP blocks of one multiplier.

        Parameters
        ----------
        a_bits, b_bits : int
            Bits of the operands, both signed or both unsigned.
        product_bits : int, optional
            Low bits of the product that are used; all of them by default.
        """
        product = a_bits + b_bits if product_bits is None else min(product_bits, a_bits + b_bits)
        wide, narrow = max(a_bits, b_bits), min(a_bits, b_bits)
        return self._tiles(min(wide, product), min(narrow, product), product)

    def _tiles(self, a: int, b: int, product: int) -> int:
        """Blocks of a tile; the first operand is cut up before the second."""
        if min(a, b) < self.least_operand or product < self.least_product:
            return 0
        if a > self.largest:
            whole = (a - 1) // self.largest
            rest = a - whole * self.largest
            tile = self._tiles(self.largest, b, min(product, b + self.largest))
            return whole * tile + self._tiles(rest, b, b + rest)
        if b > self.largest:
            whole = (b - 1) // self.largest
            rest = b - whole * self.largest
            tile = self._tiles(a, self.largest, min(product, a + self.largest))
            return whole * tile + self._tiles(a, rest, a + rest)
        return 1


DSP_RULES = {
    "ice40": DspRule(largest=16, least_operand=2, least_product=11),
    "ecp5": DspRule(largest=18, least_operand=2, least_product=0),
}


@dataclass(frozen=True)
class MultiplierUse:
    """Equal multipliers of a core.

    Parameters
    ----------
    name : str
    count : int
    a_bits, b_bits, product_bits : int
    """

    name: str
    count: int
    a_bits: int
    b_bits: int
    product_bits: int

    def blocks(self, family: str) -> int:
        """DSP blocks of all of them."""
        return self.count * DSP_RULES[family].blocks(self.a_bits, self.b_bits, self.product_bits)


def multipliers(plan: Plan) -> tuple[MultiplierUse, ...]:
    """The multipliers of a core that synthesis may put in DSP blocks; those made of adders are none.

    Their names begin like those of the plan's memories.
    """
    uses = []
    for stage in plan.stages:
        if isinstance(stage, EnginePlan):
            own = _of_engine(stage)
        else:
            own = _of_head(stage) if isinstance(stage, HeadPlan) else ()
        uses += [replace(use, name=plan.prefix(stage) + use.name) for use in own]
    return tuple(uses)


def _of_engine(plan: EnginePlan):
    """A lane's product is used only as far as the accumulators reach, which hold the sums of the real weights."""
    config, table, shape = plan.network.config, plan.network.table, plan.geometry
    if not plan.lut_multipliers:
        bits = max(config.weight_bits, 2)
        yield _use("lanes", shape.all_lanes * shape.columns, bits, plan.element_bits, plan.accumulator_bits)
    widths = [_update_width(item) for item in plan.passes if item.kind in UPDATES]
    if widths and plan.hardware.update_multiplier == "dsp":
        yield _use("cell update", shape.pipelines, config.activation_bits + 1, max(widths))
    if plan.uses_table and table.residual_bits:
        yield _use("interpolation", shape.pipelines, table.slope_width, table.residual_bits)


def _update_width(item) -> int:
    """Bits of what a cell's update multiplies a gate with: c, p, or the difference of two states."""
    difference = item.layer.h.width + 1
    if item.kind == "lstm":
        return item.layer.c.width
    return max(item.layer.p.width, difference) if item.kind == "gru" else difference


def _of_head(plan: HeadPlan):
    if plan.name == "softmax":
        factor = plan.tables.e_frac + 2
        yield _use("exponentials and shares", 1, factor, factor)


def _use(name: str, count: int, a_bits: int, b_bits: int, product_bits: int | None = None) -> MultiplierUse:
    whole = a_bits + b_bits
    return MultiplierUse(name, count, a_bits, b_bits, min(whole, product_bits or whole))
