"""The sizes of an engine that its logic grows with."""

from functools import cached_property, lru_cache
from math import log2

from rnnhw.estimate.multipliers import MultiplierUse, engine_multipliers
from rnnhw.plan import EnginePlan
from rnnhw.plan.timing import TREE_LEVELS, tree_registers


def bits(count: int) -> int:
    """Bits of a number in ``range(count)``."""
    return max(int(count) - 1, 0).bit_length()


class Sizes:
    """An engine on a family.

    Parameters
    ----------
    plan : EnginePlan
    family : str
    """

    def __init__(self, plan: EnginePlan, family: str):
        shape, config, hardware, timing = plan.geometry, plan.network.config, plan.hardware, plan.timing
        self.plan, self.family, self.timing, self.kinds = plan, family, timing, timing.kinds
        self.memories = plan.memories
        self.uses: dict[str, MultiplierUse] = {use.name: use for use in engine_multipliers(plan)}
        self.lanes, self.each, self.pipelines = shape.all_lanes, shape.lanes, shape.pipelines
        self.columns, self.word = shape.columns, shape.word
        self.weight, self.weight_bits = max(config.weight_bits, 2), config.weight_bits
        self.bits, self.element, self.accumulator = config.activation_bits, plan.element_bits, plan.accumulator_bits
        self.streams, self.stream_bits = hardware.streams, bits(hardware.streams)
        self.many, self.counts = int(hardware.registers == "many"), int(hardware.count_saturations)
        self.loadable = int(hardware.weights == "loadable")
        self.passes, self.pass_bits = len(plan.passes), bits(len(plan.passes))
        self.segments = [segment for item in plan.passes for segment in item.segments]
        self.shifts = len({segment.shift for segment in self.segments})
        self.tag = self.pass_bits + self.stream_bits + 5
        self.product = min(self.weight + self.element, self.accumulator)  # bits of a lane's product

    def has(self, *kinds: str) -> int:
        """Whether the engine runs a kind of pass."""
        return int(any(kind in self.kinds for kind in kinds))

    @property
    def has_recurrent(self) -> int:
        """Whether it runs any cell."""
        return int(any(item.recurrent for item in self.plan.passes))

    @property
    def lanes_use(self) -> MultiplierUse | None:
        """The lanes' multipliers, unless they are made of adders."""
        return self.uses.get("lanes")

    @cached_property
    def lands_in_adders(self) -> bool:
        """Whether the lanes' products are made by adders, and not by blocks."""
        return self.lanes_use is None or not self.lanes_use.blocks(self.family)

    @cached_property
    def tree_bits(self) -> int:
        """Bits of all adders of a lane's tree, without the accumulator's."""
        total, terms, width = 0, self.columns, self.product
        while terms > 1:
            total, terms, width = total + terms // 2 * (width + 1), -(-terms // 2), width + 1
        return total

    @cached_property
    def tree_register_bits(self) -> int:
        """Bits of all registers in a lane's tree."""
        registers, levels = self.plan.hardware.registers, TREE_LEVELS[self.plan.hardware.registers]
        total, terms, width = 0, self.columns, self.product
        for _ in range(tree_registers(self.columns, registers)):
            terms, width = -(-terms // 2**levels), width + levels
            total += terms * width
        return total


@lru_cache(maxsize=16)
def sizes(plan: EnginePlan, family: str) -> Sizes:
    """The sizes of an engine, made once for all that asks for them."""
    return Sizes(plan, family)


def octaves(count: int) -> float:
    """How often a number can be halved: what a multiplexer or a counter grows with."""
    return log2(max(count, 1))
