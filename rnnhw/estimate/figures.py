"""The figures of a core."""

from dataclasses import dataclass
from functools import cached_property
from html import escape

from .devices import Device
from .energy import Energy, energy, toggles
from .figures_modules import ModuleEstimate
from .figures_needs import Need, needs
from .figures_speed import Sequence, Speed
from .fitted import Fitted
from .report_json import as_json
from .report_table import as_table, as_text


@dataclass(frozen=True)
class MultiplierEstimate:
    """Equal multipliers of a core: how many, their operands' bits, the product's, and the blocks of all."""

    name: str
    count: int
    a_bits: int
    b_bits: int
    product_bits: int
    dsp: int


@dataclass(frozen=True)
class MemoryEstimate:
    """Equal memories: words, bits of a word, those of them that are not constant, style, and the blocks of all."""

    name: str
    count: int
    depth: int
    width: int
    stored_width: int
    style: str
    bram: int
    lut_ram: int
    spram: int


@dataclass(frozen=True)
class EngineEstimate:
    """An engine: its layers, how it is arranged, its cycles in a steady-state step, and their useful share.

    `multipliers` are those of the lanes, one a column each.
    """

    name: str
    layers: tuple[str, ...]
    lanes: int
    pipelines: int
    columns: int
    multipliers: int
    bound_cycles: int
    utilisation: float


@dataclass(frozen=True)
class Estimate:
    """The figures of a core. Those that depend on a device are None or empty without one.

    Numbers are exact, but for those of the type `Fitted`, which have a band, and `energy`, which is a model.

    Parameters
    ----------
    cycles_per_step : float
        In the middle of a long sequence; an int wherever it is whole.
    bound_cycles, stall_cycles : float
        The cycles in which the lanes multiply, and those in which they wait; their sum is `cycles_per_step`.
    latency_cycles : int
        Last input element -> last element of the answer.
    head_cycles : int
        Of the dense layers, where they run at a sequence's end only.
    macs_per_step, steady_macs : int
        Multiply-accumulates of a step with an answer, and of one in the middle of a sequence.
    utilisation : float
        Share of the lanes' multipliers' cycles that do useful work, 0..1, in a steady-state step.
    lanes : int
        Multiply-accumulators of all engines.
    weight_memory_bits, state_memory_bits : int
        Bits of the weight memories, padding included, and of the memories of h and c.
    weight_bits_per_cycle, weight_bits_per_step : int
        Bits read from weight memory: in a cycle at most, and in a step in the middle of a sequence.
    input_bits, output_bits : int
        Of a step's input and of an answer.
    engines : tuple of EngineEstimate
    sequence : Sequence or None
        Of the length that was asked for.
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
    """

    cycles_per_step: float
    bound_cycles: int
    stall_cycles: float
    latency_cycles: int
    head_cycles: int
    macs_per_step: int
    steady_macs: int
    utilisation: float
    lanes: int
    weight_memory_bits: int
    state_memory_bits: int
    weight_bits_per_cycle: int
    weight_bits_per_step: int
    input_bits: int
    output_bits: int
    engines: tuple[EngineEstimate, ...]
    sequence: Sequence | None = None
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

    @property
    def operations_per_step(self) -> int:
        """Of a step with an answer; a multiply-accumulate is two, all else (activations, cell updates) is none."""
        return 2 * self.macs_per_step

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

    def to_json(self) -> str:
        """All figures as a JSON object; those with a band are objects of value, low and high."""
        return as_json(self)

    def __str__(self) -> str:
        """The table as text."""
        return as_text(self)

    def _repr_html_(self) -> str:
        """The table in a notebook."""
        return f"<pre>{escape(str(self))}</pre>"

    def table(self):
        """The figures for people, for rich to print."""
        return as_table(self)
