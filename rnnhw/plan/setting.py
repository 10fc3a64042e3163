"""What an engine's schedule depends on, and nothing else: engines that agree in it share what was found out."""

from functools import lru_cache
from typing import NamedTuple

from .engine_schedule import EngineStage
from .geometry import Geometry
from .layout import Layout, Member, make_layout
from .states import StatePort, StateTimes, state_parts
from .timing import Timing


class Setting(NamedTuple):
    """All that the schedule of an engine depends on, but for the arrangement of its lanes.

    Parameters
    ----------
    layers : tuple of tuple of Member
        As from `rnnhw.plan.layout.outline`.
    parts : tuple of int
        Elements of the parts of a job.
    every_step : bool
        Whether each job answers, or a sequence's last one.
    latency : int
        Of the plain activation unit (`Timing.plain_latency`).
    registers : str
        "few" or "many".
    adders : bool
        Whether the cell update's multiplier is made of adders.
    loads, from_port, reads : bool
        Whether initial states are loaded, whether from a stream, and whether final ones are read.
    """

    layers: tuple[tuple[Member, ...], ...]
    parts: tuple[int, ...]
    every_step: bool
    latency: int
    registers: str
    adders: bool
    loads: bool = False
    from_port: bool = False
    reads: bool = False

    def layout(self, geometry: Geometry) -> Layout:
        """The order of the passes."""
        return make_layout(self.layers, self.parts, geometry, self.every_step)

    def timing(self, columns: int) -> Timing:
        """Pipeline positions with so many columns a cycle."""
        return _timing(self.layers, self.latency, columns, self.registers, self.adders)

    def stage(self, geometry: Geometry, downstream, source=None, sink=None) -> EngineStage:
        """The schedule, in front of another stage; states come from the port `source` and go to `sink`."""
        layout, states = self.layout(geometry), None
        if self.loads or self.reads:
            source = source if source and self.from_port else StatePort()
            ports = (source if self.loads else None, (sink or StatePort()) if self.reads else None)
            states = StateTimes(state_parts(layout.turns), geometry, *ports)
        return EngineStage(layout, self.timing(geometry.columns), self.parts, downstream, states)


@lru_cache(maxsize=512)
def _timing(layers, latency: int, columns: int, registers: str, adders: bool) -> Timing:
    kinds = frozenset([kind for layer in layers for member in layer for kind in member.kinds])
    return Timing(latency, kinds, columns, registers, adders)
