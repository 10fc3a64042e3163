"""A configuration that was found, as users see it, and the design that it is."""

from dataclasses import dataclass
from functools import cached_property

from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.estimate import Estimate
from rnnhw.estimate.figures_needs import Need
from rnnhw.estimate.fitted import Fitted
from rnnhw.plan import Hardware

from .figures import Figures, share
from .known import Known
from .space import EACH, KNOBS

USUAL = {"columns_per_cycle": 1, "pipelines": "auto", "engines": 1, "registers": "many"}  # of a design on a target
USUAL |= {"multiplier": "auto", "update_multiplier": "dsp", "state_memory": "auto"}
LESS = 0.02  # of a device's resource: what a runner-up takes less of something, at least


@dataclass(frozen=True, eq=False)
class Candidate:
    """A configuration.

    Parameters
    ----------
    options : dict
        Those of `Design` that are not as usual: ``Design(qnet, target=target, **options)``.
    known : Known
    figures : Figures
    made : Design
    """

    options: dict
    known: Known
    figures: Figures
    made: Design

    def design(self) -> Design:
        """The design."""
        return self.made

    @property
    def hardware(self) -> Hardware:
        """Its options, all of them."""
        return self.made.plan.hardware

    @property
    def estimate(self) -> Estimate:
        """The estimate of the core alone."""
        return self.made.estimate()

    @property
    def needs(self) -> tuple[Need, ...]:
        """What it needs of each of the device's resources, with the link to the host."""
        return self.known.needs

    @property
    def surely(self) -> bool:
        """Whether it fits at the high end of all bands, too."""
        return self.known.measures.surely

    @property
    def share(self) -> float:
        """Of the most used resource, 0..1."""
        return self.known.measures.share

    @property
    def cycles_per_step(self) -> float:
        """Exact."""
        return self.known.measures.cycles

    @cached_property
    def latency_cycles(self) -> float:
        """Of an inference (`rnnhw.fit`), exact."""
        return self.figures.latency(self.known.kind, self.known.arrangement, self.known.plan)

    @property
    def clock_mhz(self) -> Fitted | None:
        """Estimated; None where that cannot be."""
        return self.known.fitted.clock_mhz

    @property
    def step_us(self) -> float | None:
        """Microseconds of a step at the estimated clock."""
        return self.known.measures.step_us

    @property
    def latency_us(self) -> float | None:
        """Microseconds of an inference at the estimated clock."""
        return None if self.clock_mhz is None else self.latency_cycles / self.clock_mhz.value

    def less_than(self, other: "Candidate") -> bool:
        """Whether it takes less of something, by `LESS` of what there is at least."""
        pairs = zip(self.needs, other.needs, strict=True)
        return any(float(mine.needed) < float(its.needed) - LESS * mine.there for mine, its in pairs)

    def to_dict(self) -> dict:
        """Everything, for JSON."""
        clock = self.clock_mhz
        return {
            "options": self.options,
            "hardware": self.hardware.model_dump(),
            "cycles_per_step": self.cycles_per_step,
            "latency_cycles": self.latency_cycles,
            "clock_mhz": None if clock is None else vars(clock),
            "step_us": self.step_us,
            "latency_us": self.latency_us,
            "surely": self.surely,
            "share": self.share,
            "needs": {need.key: _need(need) for need in self.needs},
        }


def _need(need: Need) -> dict:
    """What is needed of a resource, with its band where it has one."""
    return {"needed": vars(need.needed) if need.fitted else need.needed, "there": need.there, "share": share(need)}


def make_candidate(known: Known, figures: Figures, target) -> Candidate | None:
    """The configuration as a design; None if the options make another core of it, a smaller one that is as fast."""
    space = figures.space
    whole = space.hardware(known.timed, known.arrangement)
    kind = vars(known.timed) | {"multiplier": known.kind.multiplier, "state_memory": known.kind.state_memory}
    values = {name: getattr(whole, name) for name in EACH[:3]} | kind
    for simpler in ("auto", values["pipelines"]):
        values["pipelines"] = space.given.pipelines if "pipelines" in space.fixed else simpler
        options = {name: values[name] for name in KNOBS if values[name] != USUAL.get(name)}
        others = {name: value for name, value in space.fixed.items() if name not in KNOBS}
        try:
            design = Design(space.qnet, target=target, **others | options)
        except RnnhwError:
            continue
        plan = design.plan
        if _core(plan) == _core(known.plan):
            return Candidate(others | options, known, figures, design)
    return None


def _core(plan) -> tuple:
    hardware = plan.hardware
    geometries = tuple(engine.geometry for engine in plan.engines)
    styles = tuple((name, use.style) for name, use in plan.memories.items())
    update = hardware.update_multiplier, plan.engines[0].lut_multipliers, hardware.registers
    return tuple(len(engine.layers) for engine in plan.engines), geometries, styles, update
