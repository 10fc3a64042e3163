"""What each module of a core takes: its fitted LUTs and flip-flops beside its exact blocks."""

from dataclasses import dataclass

from rnnhw.plan import BufferPlan, EnginePlan, Plan

CORE, LINK = "core", "link"  # the parts of what belongs to no engine, and of what stands between core and host
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
PLACES = {name: at for at, name in enumerate(ORDER)}


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


def place(plan: Plan, name: str) -> tuple[str, str]:
    """Part and module of a memory or multiplier.

    Parameters
    ----------
    plan : Plan
    name : str
        With its stage's name before a dot, as the plan's memories have it.
    """
    prefix, dot, own = name.rpartition(".")
    if prefix == LINK:
        return LINK, "host link"
    stage = plan.by_prefix[prefix + dot]
    if isinstance(stage, EnginePlan):
        use = stage.memories.get(own)
        return stage.name, STATE if use is not None and use.state else MODULES[own]
    return CORE, "sequence buffer" if isinstance(stage, BufferPlan) else "head"


def modules(plan: Plan, costs, multipliers, memories) -> tuple[ModuleEstimate, ...]:
    """All modules, engine by engine in the order of the chain, then what belongs to none, then the link.

    Parameters
    ----------
    plan : Plan
    costs : sequence of ModuleCost
    multipliers, memories : sequence of MultiplierEstimate, of MemoryEstimate
    """
    found = {}  # part and module -> LUTs, flip-flops and the four kinds of blocks
    parts = {name: at for at, name in enumerate([*(engine.name for engine in plan.engines), CORE, LINK])}
    for cost in costs:
        own = found.setdefault((cost.part if cost.part in parts else CORE, cost.name), [0, 0, 0, 0, 0, 0])
        own[0] += cost.lut
        own[1] += cost.ff
    for item in multipliers:
        found.setdefault(place(plan, item.name), [0, 0, 0, 0, 0, 0])[2] += item.dsp
    for item in memories:
        own = found.setdefault(place(plan, item.name), [0, 0, 0, 0, 0, 0])
        own[3] += item.bram
        own[4] += item.lut_ram
        own[5] += item.spram

    def rank(where) -> tuple[int, int]:
        return parts[where[0]], PLACES.get(where[1], len(PLACES))

    return tuple(ModuleEstimate(*where, *found[where]) for where in sorted(found, key=rank))
