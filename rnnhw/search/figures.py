"""The figures of one configuration after the other, each part as cheaply as it can be had."""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import inf

from rnnhw.estimate import Device, for_device, multipliers
from rnnhw.estimate.costs import Costs, costs
from rnnhw.estimate.estimate import memory_estimates
from rnnhw.estimate.figures_needs import Need, needs
from rnnhw.estimate.fitted import Fitted
from rnnhw.plan import EnginePlan, Geometry, Plan, make_plan
from rnnhw.plan.engine_plan import CARRY_NAMES

from .latency import inference_cycles
from .space import Space, Timed

MANY = float(1 << 30)
CHANGING = {"x", "answers", "h", *CARRY_NAMES.values()}  # memories that `state_memory` has a say in
TYPICAL = 8  # lanes at which the LUTs of a multiplier are looked at
MOST_ENGINES = 8192  # that are remembered
ROOM = 1.25  # of the LUTs that they seem to take


@dataclass(frozen=True)
class Kind:
    """What a configuration is besides its arrangement."""

    timed: Timed
    multiplier: str
    state_memory: str


@dataclass(frozen=True)
class Resources:
    """What a configuration takes; None is what is not known yet."""

    device: Device
    lut: Fitted
    ff: Fitted
    logic_cells: Fitted | None
    dsp: float | None = None
    bram: int | None = None
    spram: int | None = None
    lut_ram: int | None = None


def share(need: Need) -> float:
    """Of what there is, 0..1 where it fits."""
    return inf if need.percent is None else float(need.percent) / 100


def signature(plan: Plan) -> tuple:
    """Equal for plans of the same core, if their arrangements and registers are."""
    styles = tuple((name, use.style) for name, use in plan.memories.items())
    return plan.engines[0].lut_multipliers, styles


class Figures:
    """Figures of the configurations of a space.

    Parameters
    ----------
    space : Space
    link : str
    length : int, optional
        Steps of an inference (`inference_cycles`).
    """

    def __init__(self, space: Space, link: str, length: int | None):
        self.space, self.device, self.link, self.length = space, space.device, link, length
        self._template, self._engine = cache(self._template), lru_cache(MOST_ENGINES)(self._engine)
        self._known: dict[tuple, float] = {}

    def _template(self, kind: Kind) -> Plan:
        one = {"lanes": 1, "columns_per_cycle": 1, "pipelines": "auto"}
        options = {"multiplier": kind.multiplier, "state_memory": kind.state_memory}
        return make_plan(self.space.qnet, self.space.hardware(kind.timed, (), **one | options))

    def plan(self, kind: Kind, arrangement: tuple[Geometry, ...]) -> Plan:
        """The plan of a configuration."""
        template, engines = self._template(kind), enumerate(arrangement)
        stages = tuple(
            self._engine(kind.timed, *next(engines)).made_of(stage.hardware) if isinstance(stage, EnginePlan) else stage
            for stage in template.stages
        )
        return for_device(replace(template, stages=stages), self.device)

    def _engine(self, timed: Timed, number: int, geometry: Geometry) -> EnginePlan:
        """An engine as all kinds of configurations have it, which differ in what is made of what."""
        engine = self._template(Kind(timed, "auto", "auto")).engines[number].arranged(geometry)
        for known in ("work", "varying"):  # once for all kinds
            getattr(engine, known)
        return engine

    def dsp(self, plan: Plan) -> float:
        """DSP blocks."""
        return sum(use.blocks(self.device.family) for use in multipliers(plan))

    def least_blocks(self, kind: Kind, arrangement: tuple[Geometry, ...]) -> int:
        """Block RAMs of the memories that are the same for all kinds."""
        key = "blocks", kind.timed.engines, arrangement
        if key not in self._known:
            memories = memory_estimates(self.plan(kind, arrangement), self.device.family, self.link)
            self._known[key] = sum(use.bram for use in memories if use.name.rpartition(".")[2] not in CHANGING)
        return self._known[key]

    def fitted(self, plan: Plan) -> Costs:
        """LUTs, flip-flops and clock."""
        return costs(plan, self.device, self.link)

    def needs(self, plan: Plan, fitted: Costs) -> tuple[Need, ...]:
        """All that it needs of the device."""
        memories = list(memory_estimates(plan, self.device.family, self.link))
        blocks = {name: sum(getattr(use, name) for use in memories) for name in ("bram", "spram", "lut_ram")}
        return needs(Resources(self.device, fitted.lut, fitted.ff, fitted.logic_cells, self.dsp(plan), **blocks))

    def fitted_needs(self, fitted: Costs) -> tuple[Need, ...]:
        """Those of LUTs, flip-flops and logic cells."""
        return needs(Resources(self.device, fitted.lut, fitted.ff, fitted.logic_cells))

    def cycles(self, kind: Kind, arrangement, plan: Plan) -> float:
        """Cycles of a step, exact."""
        return self._once("cycles", kind, arrangement, lambda: plan.cycles_per_step)

    def latency(self, kind: Kind, arrangement, plan: Plan) -> float:
        """Cycles of an inference, exact."""
        return self._once("latency", kind, arrangement, lambda: inference_cycles(plan, self.length))

    def _once(self, what: str, kind: Kind, arrangement, compute) -> float:
        """The schedule does not depend on what multipliers and memories are made of."""
        timed = kind.timed
        adders = timed.registers == "many" and timed.update_multiplier
        key = what, timed.engines, timed.registers, adders, arrangement
        if key not in self._known:
            self._known[key] = compute()
        return self._known[key]

    def most_multipliers(self, kind: Kind) -> float:
        """Of the lanes: a number than which no more can fit the device, by the DSP blocks or the LUTs of one."""
        engines = self._template(kind).engines
        lanes = [min(TYPICAL, max(item.rows for item in engine.passes)) for engine in engines]
        plan = self.plan(kind, tuple(map(Geometry, lanes)))
        if not engines[0].lut_multipliers:
            uses = [use for use in multipliers(plan) if use.name.endswith("lanes")]
            each = [replace(use, count=2, pairs=1).blocks(self.device.family) / 2 for use in uses]
            least = min(each, default=0)
            return self.device.dsp / least if least else MANY
        other = self.plan(replace(kind, multiplier="dsp"), tuple(map(Geometry, lanes)))
        more = (self.fitted(plan).lut.value - self.fitted(other).lut.value) / sum(lanes)
        return ROOM * self.device.lut / more if more > 0 else MANY
