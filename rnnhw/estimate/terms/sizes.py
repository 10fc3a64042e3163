"""The sizes of an engine that its logic grows with."""

from dataclasses import dataclass
from math import log2

from rnnhw.estimate.multipliers import MultiplierUse
from rnnhw.estimate.multipliers import _of_engine as multipliers_of_engine
from rnnhw.plan import EnginePlan
from rnnhw.plan.timing import TREE_LEVELS, tree_registers


def bits(count: int) -> int:
    """Bits of a number in ``range(count)``."""
    return max(int(count) - 1, 0).bit_length()


@dataclass(frozen=True)
class Sizes:
    """An engine on a family.

    Parameters
    ----------
    plan : EnginePlan
    family : str
    """

    plan: EnginePlan
    family: str

    def __post_init__(self):
        plan = self.plan
        shape, config, hardware, timing = plan.geometry, plan.network.config, plan.hardware, plan.timing
        uses = {use.name: use for use in multipliers_of_engine(plan)}
        values = {
            "lanes": shape.all_lanes,
            "each": shape.lanes,
            "pipelines": shape.pipelines,
            "columns": shape.columns,
            "word": shape.word,
            "weight": max(config.weight_bits, 2),
            "weight_bits": config.weight_bits,
            "bits": config.activation_bits,
            "element": plan.element_bits,
            "accumulator": plan.accumulator_bits,
            "streams": hardware.streams,
            "stream_bits": bits(hardware.streams),
            "many": int(hardware.registers == "many"),
            "counts": int(hardware.count_saturations),
            "loadable": int(hardware.weights == "loadable"),
            "passes": len(plan.passes),
            "pass_bits": bits(len(plan.passes)),
            "kinds": timing.kinds,
            "timing": timing,
            "segments": [segment for item in plan.passes for segment in item.segments],
            "uses": uses,
            "memories": plan.memories,
        }
        values["shifts"] = len({segment.shift for segment in values["segments"]})
        values["tag"] = values["pass_bits"] + values["stream_bits"] + 5
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def has(self, *kinds: str) -> int:
        """Whether the engine runs a kind of pass."""
        return int(any(kind in self.kinds for kind in kinds))

    @property
    def has_recurrent(self) -> int:
        """Whether it runs any cell."""
        return int(any(item.recurrent for item in self.plan.passes))

    @property
    def product(self) -> int:
        """Bits of a lane's product."""
        return min(self.weight + self.element, self.accumulator)

    @property
    def lanes_use(self) -> MultiplierUse | None:
        """The lanes' multipliers, unless they are made of adders."""
        return self.uses.get("lanes")

    @property
    def lands_in_adders(self) -> bool:
        """Whether the lanes' products are made by adders, and not by blocks."""
        return self.lanes_use is None or not self.lanes_use.blocks(self.family)

    @property
    def tree_bits(self) -> int:
        """Bits of all adders of a lane's tree, without the accumulator's."""
        total, terms, width = 0, self.columns, self.product
        while terms > 1:
            total, terms, width = total + terms // 2 * (width + 1), -(-terms // 2), width + 1
        return total

    @property
    def tree_register_bits(self) -> int:
        """Bits of all registers in a lane's tree."""
        registers, levels = self.plan.hardware.registers, TREE_LEVELS[self.plan.hardware.registers]
        total, terms, width = 0, self.columns, self.product
        for _ in range(tree_registers(self.columns, registers)):
            terms, width = -(-terms // 2**levels), width + levels
            total += terms * width
        return total


def octaves(count: int) -> float:
    """How often a number can be halved: what a multiplexer or a counter grows with."""
    return log2(max(count, 1))
