"""What each module of a core takes: its fitted LUTs and flip-flops beside its exact blocks."""

from collections import defaultdict
from dataclasses import dataclass

from rnnhw.plan import EnginePlan, Plan

CORE = "core"  # the part of what belongs to no engine
BLOCKS = ("dsp", "bram", "lut_ram", "spram")
# Where an engine's memories and multipliers are; those that hold states are in the state memory.
MODULES = {
    "x": "input buffer",
    "weights": "weight memory",
    "bias": "drain",
    "input_bias": "drain",
    "answers": "answers",
    "initial_state": "state control",
    "table": "activation",
    "lanes": "MAC array",
    "cell update": "cell update",
    "interpolation": "activation",
}
STATE = "state memory"
# In the order in which data goes through them; any other module stands behind these.
ORDER = (
    "sequence buffer",
    "input buffer",
    "sequencer",
    "weight memory",
    "element select",
    "MAC array",
    STATE,
    "state control",
    "drain",
    "activation",
    "cell update",
    "answers",
)
OTHERS = {"elements": "sequence buffer"}  # of stages that are no engines; else it is the head


@dataclass(frozen=True)
class ModuleEstimate:
    """A module, or several equal ones.

    Parameters
    ----------
    part : str
        The engine that it is in, "core" for what belongs to none, or "link".
    name : str
    lut, ff : float
        Fitted; the sums over all modules are the values of `Estimate.lut` and `Estimate.ff`.
    dsp, bram, lut_ram, spram : int
        Exact: as in `Estimate`.
    """

    part: str
    name: str
    lut: float = 0
    ff: float = 0
    dsp: int = 0
    bram: int = 0
    lut_ram: int = 0
    spram: int = 0


def place(plan: Plan, stage, name: str) -> tuple[str, str]:
    """Part and module of a stage's memory or multiplier.

    Parameters
    ----------
    plan : Plan
    stage : EnginePlan, BufferPlan or HeadPlan
    name : str
        As the stage calls it.
    """
    if isinstance(stage, EnginePlan):
        use = stage.memories.get(name)
        return stage.name, STATE if use is not None and use.state else MODULES[name]
    buffer = name in OTHERS and not hasattr(stage, "tables")
    return CORE, OTHERS[name] if buffer else "head"


def modules(plan: Plan, costs, multipliers, memories) -> tuple[ModuleEstimate, ...]:
    """All modules, engine by engine in the order of the chain, then what belongs to none, then the link.

    Parameters
    ----------
    plan : Plan
    costs : sequence of ModuleCost
    multipliers, memories : sequence of MultiplierEstimate, of MemoryEstimate
    """
    stages = {plan.prefix(stage): stage for stage in plan.stages}
    blocks, order = defaultdict(lambda: dict.fromkeys(BLOCKS, 0)), {}
    for cost in costs:
        order.setdefault((cost.part, cost.name), []).append(cost)
    for item in (*multipliers, *memories):
        prefix = next((text for text in stages if text and item.name.startswith(text)), "")
        where = place(plan, stages[prefix], item.name.removeprefix(prefix))
        order.setdefault(where, [])
        for block in BLOCKS:
            blocks[where][block] += getattr(item, block, 0)
    parts = {name: at for at, name in enumerate([*(engine.name for engine in plan.engines), CORE])}
    found = [
        ModuleEstimate(*where, sum(cost.lut for cost in own), sum(cost.ff for cost in own), **blocks[where])
        for where, own in order.items()
    ]
    places = {name: at for at, name in enumerate(ORDER)}
    return tuple(sorted(found, key=lambda item: (parts.get(item.part, len(parts)), places.get(item.name, len(places)))))
