"""The figures of a core."""

from dataclasses import dataclass
from functools import cached_property

from .devices import Device
from .energy import Energy, energy, toggles
from .figures_modules import ModuleEstimate
from .figures_needs import Need, needs
from .figures_speed import Speed
from .figures_work import MemoryEstimate, MultiplierEstimate, Work
from .fitted import Fitted
from .report import Shown


@dataclass(frozen=True)
class Estimate(Work, Shown):
    """The figures of a core: its `Work`, and what depends on a device, which is None or empty without one.

    Numbers are exact, but for those of the type `Fitted`, which have a band, and `energy`, which is a model.

    Parameters
    ----------
    device : Device or None
    link : str
        What stands between core and host: "none", "uart" or "spi".
    given_clock : float or None
        A clock in MHz that was asked for.
    multipliers : tuple of MultiplierEstimate
    memories : tuple of MemoryEstimate
    modules : tuple of ModuleEstimate
    lut, ff : Fitted or None
    logic_cells : Fitted or None
        iCE40: after packing.
    clock_mhz : Fitted or None
        After routing; None where that is not estimated.
    beyond : bool
        It is larger than all that was measured: the bands are wider, and untested.
    """

    device: Device | None = None
    link: str = "none"
    given_clock: float | None = None
    multipliers: tuple[MultiplierEstimate, ...] = ()
    memories: tuple[MemoryEstimate, ...] = ()
    modules: tuple[ModuleEstimate, ...] = ()
    lut: Fitted | None = None
    ff: Fitted | None = None
    logic_cells: Fitted | None = None
    clock_mhz: Fitted | None = None
    beyond: bool = False

    def _sum(self, name: str, items) -> int | None:
        return None if self.device is None else sum(getattr(item, name) for item in items)

    @property
    def dsp(self) -> int | None:
        """DSP blocks."""
        return self._sum("dsp", self.multipliers)

    @property
    def bram(self) -> int | None:
        """Block RAMs."""
        return self._sum("bram", self.memories)

    @property
    def lut_ram(self) -> int | None:
        """LUT RAMs (16 x 4 bits)."""
        return self._sum("lut_ram", self.memories)

    @property
    def spram(self) -> int | None:
        """SPRAM blocks (single-port RAMs of 16,384 x 16 bits)."""
        return self._sum("spram", self.memories)

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """What is needed of each resource of the device."""
        return () if self.device is None else needs(self)

    def percent(self, resource: str):
        """A resource ("lut", "dsp" ...) in per cent of the device's: a number, or `Fitted`; None if it has none."""
        return next((need.percent for need in self.needs if need.key == resource), None)

    @property
    def dsp_percent(self) -> float | None:
        """DSP blocks in per cent of the device's."""
        return self.percent("dsp")

    @property
    def bram_percent(self) -> float | None:
        """Block RAMs in per cent of the device's."""
        return self.percent("bram")

    @property
    def shortages(self) -> tuple[str, ...]:
        """What does not fit: a line for each resource. What is fitted counts by its value."""
        return tuple(str(need) for need in self.needs if need.short)

    @property
    def block_shortages(self) -> tuple[str, ...]:
        """Those of DSP blocks, block RAMs and SPRAM, which are exact, and the same whatever was fitted."""
        return tuple(str(need) for need in self.needs if need.short and need.key in ("dsp", "bram", "spram"))

    @property
    def sure_shortages(self) -> tuple[str, ...]:
        """Those that hold wherever in its band the truth lies."""
        return tuple(str(need) for need in self.needs if need.surely_short)

    @property
    def uncertain(self) -> tuple[str, ...]:
        """Resources of which the device's number lies in the band: they may suffice or not."""
        return tuple(need.name for need in self.needs if need.uncertain)

    @property
    def fits(self) -> bool | None:
        """Whether all resources suffice; of what is fitted the value."""
        return None if self.device is None else not self.shortages

    @cached_property
    def speed(self) -> Speed | None:
        """What it does in a second, at the given clock or else the estimated one; None where there is neither."""
        given = self.given_clock
        clock = self.clock_mhz if given is None else Fitted(given, given, given)
        return None if clock is None else Speed(self, clock)

    @cached_property
    def energy(self) -> Energy | None:
        """The energy of an inference, of a step where its length is not known; None without a device or a clock."""
        if self.device is None or self.speed is None:
            return None
        known = self.sequence is not None
        cycles, of = (self.sequence.interval_cycles, "inference") if known else (self.cycles_per_step, "step")
        return energy(self.device, toggles(self), self.speed.clock_mhz, cycles, of)
