"""The space of configurations: every knob that no result depends on, and what the user leaves open of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, combinations, pairwise

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer
from rnnhw.plan import Geometry, Hardware
from rnnhw.plan.chain import EngineLayers, chain, split_layers
from rnnhw.plan.choose import Arrangements, shapes_of
from rnnhw.plan.plan import arrangements

from .stairs import stairs

SHAPE_KNOBS = ("lanes", "columns_per_cycle", "pipelines", "engines")
EACH = ("lanes", "columns_per_cycle", "pipelines", "weight_memory")  # may be one for each engine
#: Values of the others, what is usual first: of configurations that are the same core the first one is shown.
OTHER_KNOBS = {
    "registers": ("many", "few"),
    "multiplier": ("auto", "dsp", "lut"),
    "update_multiplier": ("dsp", "lut"),
    "state_memory": ("auto", "block", "lut", "registers"),
}
KNOBS = (*SHAPE_KNOBS, *OTHER_KNOBS)
UPDATING = {"lstm", "gru", "reset"}  # kinds of passes whose cells multiply gates with states


@dataclass(frozen=True)
class Timed:
    """What the cycles of an arrangement depend on besides itself: the layers of each engine, and the registers.

    Parameters
    ----------
    engines : int or tuple of int
        1, or the layers of each.
    registers : str
    update_multiplier : str
        Which with few registers makes no difference to cycles.
    """

    engines: int | tuple[int, ...]
    registers: str
    update_multiplier: str


class Space:
    """All configurations of a network on a device that the user's own choices allow.

    A core of one engine: every number of lanes, of columns a cycle and of pipelines. Of several engines: every number
    of multipliers and every limit of columns a cycle, divided by `rnnhw.plan.balance`. Engines: every division of the
    layers that the network allows. All of them with every value of `OTHER_KNOBS`.

    Parameters
    ----------
    qnet : QuantizedNetwork
    device : Device
    fixed : dict
        Fields of `Hardware`, and "multipliers". `lanes`, `columns_per_cycle` and `multipliers` are the most that may
        be used, as everywhere; other knobs are what they are said to be.
    clocked : bool
        Whether a clock can be estimated: without one `registers` is not searched but "many", because "few", which take
        fewer cycles, would always be found.

    Raises
    ------
    RnnhwError
        For options that the network cannot use.
    """

    def __init__(self, qnet, device, fixed: dict, clocked: bool = True):
        fixed = {"registers": "many"} | fixed if not clocked else dict(fixed)
        self.qnet, self.device = qnet, device
        multipliers = fixed.pop("multipliers", None)
        if multipliers is not None and "lanes" in fixed:
            raise RnnhwError("lanes must not be given with multipliers, which are divided into lanes")
        self.multipliers = None if multipliers is None else integer("multipliers", multipliers, 1)
        self.fixed, self.given = fixed, Hardware(**{"lanes": 1} | fixed)

    @cached_property
    def engines(self) -> tuple[int | tuple[int, ...], ...]:
        """The divisions of the layers into engines."""
        if "engines" in self.fixed:
            return (self.given.engines,)
        count = len(self.qnet.layers)
        forced = list(accumulate(map(len, split_layers(self.qnet, Hardware()))))[:-1]
        free = [border for border in range(1, count) if border not in forced]
        found = []
        for more in range(len(free) + 1):
            for chosen in combinations(free, more):
                borders = [0, *sorted((*forced, *chosen)), count]
                found.append(tuple(end - begin for begin, end in pairwise(borders)) if more else 1)
        several = {len(v) for k in EACH if isinstance(v := getattr(self.given, k), tuple)}
        if several:  # one number for each engine
            found = [e for e in found if {len(e) if e != 1 else len(forced) + 1} == several]
        if not found:
            raise RnnhwError(f"{', '.join(EACH)} must be one for all or one for each engine")
        return tuple(found)

    def others(self, name: str) -> tuple[str, ...]:
        """Values of a knob of `OTHER_KNOBS`: what makes a different core at all."""
        if name in self.fixed:
            return (self.fixed[name],)
        kinds = {shape.kind for engine in self._layers(1) for shape in _shapes(engine)}
        if name == "update_multiplier" and not kinds & UPDATING:
            return ("dsp",)
        if name == "multiplier":
            return ("auto", "dsp") if self.qnet.config.weight_bits <= 4 else ("auto", "lut")
        if name == "state_memory":
            return tuple(v for v in OTHER_KNOBS[name] if v != "lut" or self.device.lut_ram)
        return OTHER_KNOBS[name]

    def timed(self) -> Iterator[Timed]:
        """Every combination of what cycles depend on besides an arrangement."""
        for engines in self.engines:
            for registers in self.others("registers"):
                for update in self.others("update_multiplier"):
                    yield Timed(engines, registers, update)

    def arranged(self, timed: Timed, most: float) -> dict[tuple[Geometry, ...], float]:
        """Every arrangement of the engines of at most so many multipliers -> cycles that a step takes at least."""
        most = min(most, self.multipliers or most)
        engines = self._layers(timed.engines)
        if len(engines) > 1:
            limits = self._limits(timed, self.given.pipelines)
            return stairs(self._arrangements(timed, limits), most)
        found = {}
        for pipelines in self._pipelines(engines[0]):
            for choice in self._arrangements(timed, self._limits(timed, pipelines)):
                fitting = (g for g in choice.least if g.all_lanes * g.columns <= most)
                found |= {(geometry,): choice.least[geometry] for geometry in fitting}
        return found

    def hardware(self, timed: Timed, arrangement, **more) -> Hardware:
        """The options of a configuration."""
        fields = [(g.all_lanes, g.columns, g.pipelines) for g in arrangement]
        shape = zip(SHAPE_KNOBS, zip(*fields, strict=True), strict=False)
        values = {name: each if len(each) > 1 else each[0] for name, each in shape}
        return Hardware(**self.fixed | vars(timed) | values | more)

    def _pipelines(self, engine: EngineLayers):
        if "pipelines" in self.fixed and self.given.pipelines != "auto":
            return (self.given.pipelines,)
        shapes = _shapes(engine)
        lanes = max(shape.gates * shape.units for shape in shapes)
        return range(1, min(lanes, self._most_lanes(lanes), max(shape.units for shape in shapes)) + 1)

    def _most_lanes(self, rows: int) -> int:
        given = self.fixed.get("lanes", rows)
        return given[0] if isinstance(given, tuple) else given

    def _limits(self, timed: Timed, pipelines) -> Hardware:
        """The widest options, as far as the user leaves them open."""
        shapes = [shape for engine in self._layers(timed.engines) for shape in _shapes(engine)]
        widest = {
            "lanes": max(shape.gates * shape.units for shape in shapes),
            "columns_per_cycle": max(length for shape in shapes for length in shape.lengths),
        }
        return Hardware(**widest | self.fixed | vars(timed) | {"pipelines": pipelines})

    def _arrangements(self, timed: Timed, limits: Hardware) -> list[Arrangements]:
        return arrangements(self.qnet, limits, chain(self.qnet, limits))

    def _layers(self, engines) -> list[EngineLayers]:
        hardware = self.given.model_copy(update={"engines": engines})
        return [stage for stage in chain(self.qnet, hardware) if isinstance(stage, EngineLayers)]


def _shapes(engine: EngineLayers):
    return shapes_of(engine.layers, engine.parts, engine.every_step)
