"""DSP blocks of a core's multipliers.

Most multipliers are a family's own cells (`rnnhw.gateware.primitives`): what those take is counted here from the same
widths. What is left to yosys (0.70; tests hold both against it) goes by the rule of its `mul2dsp` mapping: a multiplier
that is too small is left to LUTs, one that is too large is cut into tiles, and every tile is looked at again.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil

from rnnhw.plan import EnginePlan, HeadPlan, Plan

UPDATES = ("lstm", "gru", "reset")  # kinds of passes whose cells multiply gates with states


@dataclass(frozen=True)
class DspRule:
    """How multipliers are mapped to one kind of block.

    Parameters
    ----------
    largest : (int, int)
        Bits of the operands of a block, the larger one first.
    least : (int, int)
        Operands of fewer bits are left to the next rule, or to LUTs.
    least_product : int
        And so are products of fewer bits.
    cost : float
        Blocks that it takes, as they are counted for the device.
    signed : bool
        Whether blocks are for signed operands only: then others, and the lower tiles, take a bit more.
    """

    largest: tuple[int, int]
    least: tuple[int, int] = (2, 2)
    least_product: int = 0
    cost: float = 1
    signed: bool = False

    def takes(self, a: int, b: int, product: int) -> bool:
        """Whether this rule maps a multiplier, if need be in tiles."""
        return a >= self.least[0] and b >= self.least[1] and product >= self.least_product

    def tiles(self, width: int, largest: int) -> tuple[int, int]:
        """Of an operand that is cut: tiles of the smaller size but for the last, and bits of the last."""
        step = min(self.largest) - self.signed
        whole = ceil((width - largest) / step)
        return whole, width - whole * step


DSP_RULES = {
    "ecp5": (DspRule((18, 18)),),
    "gowin": (
        DspRule((36, 36), (22, 22), cost=4),
        DspRule((18, 18), (10, 4)),
        DspRule((9, 9), (4, 4), cost=0.5),
    ),
    "xilinx": (DspRule((25, 18), least_product=9, signed=True),),
    "chip": (),  # standard cells
}


def inferred_blocks(family: str, a_bits: int, b_bits: int, product_bits: int | None = None, signed: bool = True):
    """DSP blocks that yosys makes of a behavioural multiplier.

    Parameters
    ----------
    family : str
        One of `DSP_RULES`.
    a_bits, b_bits : int
        Bits of the operands, both signed or both unsigned.
    product_bits : int, optional
        Low bits of the product that are used; all of them by default.
    signed : bool
    """
    rules = DSP_RULES[family]
    product = a_bits + b_bits if product_bits is None else min(product_bits, a_bits + b_bits)
    wide, narrow = (min(bits, product) for bits in (max(a_bits, b_bits), min(a_bits, b_bits)))
    more = not signed and bool(rules) and rules[0].signed and rules[0].takes(wide, narrow, product)
    return _tiles(rules, wide + more, narrow + more, product)


def _tiles(rules, a: int, b: int, product: int):
    """Blocks of a tile; the first operand is cut up before the second."""
    rules = rules[next((k for k, rule in enumerate(rules) if rule.takes(a, b, product)), len(rules)) :]
    if not rules:
        return 0
    rule, size = rules[0], min(rules[0].largest)
    if a > rule.largest[0]:
        whole, rest = rule.tiles(a, rule.largest[0])
        tile = _tiles(rules, size, b, min(product, b + size))
        return whole * tile + _tiles(rules, rest, b, b + rest)
    if b > rule.largest[1]:
        whole, rest = rule.tiles(b, rule.largest[1])
        tile = _tiles(rules, a, size, min(product, a + size))
        return whole * tile + _tiles(rules, a, rest, a + rest)
    return rule.cost


# A family's own cells: the largest operands, and blocks that one takes.
OWN_CELLS = {"ice40": ((16, 1),), "ecp5": ((18, 1),), "gowin": ((9, 0.5), (18, 1))}
HALF = 8  # bits of the operands of two products in one block of the iCE40
SMALL = 2  # bits of a tile's operand that is left to LUTs there


@dataclass(frozen=True)
class MultiplierUse:
    """Equal multipliers of a core.

    Parameters
    ----------
    name : str
    count : int
    a_bits, b_bits, product_bits : int
    cells : bool
        Whether they are a family's own cells, where it has some.
    signed : bool
    pairs : int
        Of them, pairs of neighbours that have `b` in common.
    shift : int
        Bits that `b` was shifted left by, at most; where pairs share a block the products are shifted instead.
    """

    name: str
    count: int
    a_bits: int
    b_bits: int
    product_bits: int
    cells: bool = True
    signed: bool = True
    pairs: int = 0
    shift: int = 0

    def blocks(self, family: str) -> int | float:
        """DSP blocks of all of them; a Gowin multiplier of 9 x 9 bits is half of one."""
        if family == "ice40":
            return self._ice40()
        widest = max(self.a_bits, self.b_bits)
        cost = next((cost for size, cost in OWN_CELLS.get(family, ()) if self.cells and widest <= size), None)
        if cost is None:
            cost = inferred_blocks(family, self.a_bits, self.b_bits, self.product_bits, self.signed)
        total = self.count * cost
        return int(total) if total == int(total) else total

    def _ice40(self) -> int:
        """All that there are are own cells, in tiles if they are wide; what is behavioural is left to LUTs."""
        if not self.cells:
            return 0
        size, plain = OWN_CELLS["ice40"][0][0], self.b_bits - self.shift
        paired = self.pairs if max(self.a_bits, plain) <= HALF else 0
        widths = self.a_bits, plain if paired else self.b_bits
        sides = [[min(size, bits - low) for low in range(0, bits, size)] for bits in widths]
        cut = max(widths) > size
        each = sum(min(a, b) > SMALL for a in sides[0] for b in sides[1]) if cut else 1
        return paired + (self.count - 2 * paired) * each


def multipliers(plan: Plan) -> tuple[MultiplierUse, ...]:
    """The multipliers of a core that synthesis may put in DSP blocks; those made of adders are none.

    Their names begin like those of the plan's memories. If the answer is the index of an only element there are none:
    it does not depend on any value, so that synthesis takes out all that computes one.
    """
    if is_constant(plan):
        return ()
    uses = []
    for stage in plan.stages:
        if isinstance(stage, EnginePlan):
            own = engine_multipliers(stage)
        else:
            own = _of_head(stage) if isinstance(stage, HeadPlan) else ()
        prefix = plan.prefix(stage)
        uses += [replace(use, name=prefix + use.name) if prefix else use for use in own]
    return tuple(uses)


def is_constant(plan: Plan) -> bool:
    """Whether the answer does not depend on any value."""
    return any(isinstance(stage, HeadPlan) and stage.name == "argmax" and stage.size == 1 for stage in plan.stages)


@lru_cache(maxsize=16)
def engine_multipliers(plan: EnginePlan) -> tuple[MultiplierUse, ...]:
    """Those of an engine.

    A lane's product is used only as far as the accumulators reach, which hold the sums of the real weights.
    """
    config, table, shape, uses = plan.network.config, plan.network.table, plan.geometry, []
    if not plan.lut_multipliers:
        bits, lanes = max(config.weight_bits, 2), shape.all_lanes
        own = {"pairs": lanes // 2 * shape.columns, "shift": plan.element_bits - config.activation_bits}
        uses.append(_use("lanes", lanes * shape.columns, bits, plan.element_bits, plan.accumulator_bits, **own))
    widths = [update_width(item) for item in plan.passes if item.kind in UPDATES]
    if widths and plan.hardware.update_multiplier == "dsp":
        uses.append(_use("cell update", shape.pipelines, config.activation_bits + 1, max(widths)))
    if plan.uses_table and table.residual_bits:
        widths = table.slope_width, table.residual_bits
        uses.append(_use("interpolation", shape.pipelines, *widths, cells=False, signed=False))
    return tuple(uses)


def update_width(item) -> int:
    """Bits of what a cell's update multiplies a gate with: c, p, or the difference of two states."""
    difference = item.layer.h.width + 1
    if item.kind == "lstm":
        return item.layer.c.width
    return max(item.layer.p.width, difference) if item.kind == "gru" else difference


def _of_head(plan: HeadPlan):
    if plan.name == "softmax":
        factor = plan.tables.e_frac + 2
        yield _use("exponentials and shares", 1, factor, factor)


def _use(name: str, count: int, a_bits: int, b_bits: int, product_bits: int | None = None, **own) -> MultiplierUse:
    whole = a_bits + b_bits
    return MultiplierUse(name, count, a_bits, b_bits, min(whole, product_bits or whole), **own)
