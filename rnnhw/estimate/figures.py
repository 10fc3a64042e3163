"""The figures of a core, and how they are shown."""

import json
from dataclasses import asdict, dataclass
from html import escape
from io import StringIO

from rich.console import Console
from rich.table import Table

from .devices import Device

WHERE = {"block": "", "distributed": ", LUT RAM", "registers": ", registers", "huge": ", SPRAM"}


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
    macs_per_step : int
        Multiply-accumulates of a step with an answer.
    utilisation : float
        Share of the lanes' multipliers' cycles that do useful work, 0..1, in a steady-state step.
    lanes : int
        Multiply-accumulators of all engines.
    weight_memory_bits : int
        Bits of the weight memories, padding included.
    engines : tuple of EngineEstimate
    device : Device or None
    multipliers : tuple of MultiplierEstimate
    memories : tuple of MemoryEstimate
    """

    cycles_per_step: float
    bound_cycles: int
    stall_cycles: float
    latency_cycles: int
    head_cycles: int
    macs_per_step: int
    utilisation: float
    lanes: int
    weight_memory_bits: int
    engines: tuple[EngineEstimate, ...]
    device: Device | None = None
    multipliers: tuple[MultiplierEstimate, ...] = ()
    memories: tuple[MemoryEstimate, ...] = ()

    @property
    def dsp(self) -> int | None:
        """DSP blocks."""
        return None if self.device is None else sum(item.dsp for item in self.multipliers)

    @property
    def bram(self) -> int | None:
        """Block RAMs."""
        return None if self.device is None else sum(item.bram for item in self.memories)

    @property
    def lut_ram(self) -> int | None:
        """LUT RAMs (16 x 4 bits)."""
        return None if self.device is None else sum(item.lut_ram for item in self.memories)

    @property
    def spram(self) -> int | None:
        """SPRAM blocks (single-port RAMs of 16,384 x 16 bits)."""
        return None if self.device is None else sum(item.spram for item in self.memories)

    @property
    def dsp_percent(self) -> float | None:
        """DSP blocks in per cent of the device's."""
        return None if self.device is None else 100 * self.dsp / self.device.dsp

    @property
    def bram_percent(self) -> float | None:
        """Block RAMs in per cent of the device's."""
        return None if self.device is None else 100 * self.bram / self.device.block_ram

    @property
    def shortages(self) -> tuple[str, ...]:
        """What does not fit: a line for each resource."""
        if self.device is None:
            return ()
        needs = (
            ("DSP blocks", self.dsp, self.device.dsp),
            ("block RAMs", self.bram, self.device.block_ram),
            ("SPRAM blocks", self.spram, self.device.large_ram),
        )
        return tuple(
            f"{needed} {name} are needed and {self.device.name} has {there}"
            for name, needed, there in needs
            if needed > there
        )

    @property
    def fits(self) -> bool | None:
        """Whether DSP blocks, block RAMs and SPRAM suffice (LUTs and flip-flops are not looked at)."""
        return None if self.device is None else not self.shortages

    def to_json(self) -> str:
        """All figures as a JSON object."""
        values = asdict(self)
        values["device"] = self.device.name if self.device else None
        for name in ("dsp", "dsp_percent", "bram", "bram_percent", "lut_ram", "spram", "fits", "shortages"):
            values[name] = getattr(self, name)
        return json.dumps(values, indent=2)

    def __str__(self) -> str:
        """The table as text."""
        console = Console(width=100, record=True, file=StringIO())
        console.print(self.table())
        return console.export_text()

    def _repr_html_(self) -> str:
        """The table in a notebook."""
        return f"<pre>{escape(str(self))}</pre>"

    def table(self) -> Table:
        """The figures for people."""
        table = Table("figure", "value", title=f"Estimate for {self.device.name}" if self.device else "Estimate")
        table.columns[1].justify = "right"
        for name, value in self._rows():
            table.add_row(name, value)
        return table

    def _rows(self):
        yield "cycles per step", f"{self.cycles_per_step:,}"
        yield "  of them waiting", f"{self.stall_cycles:,}"
        yield "cycles of the head, once a sequence", f"{self.head_cycles:,}"
        yield "latency in cycles", f"{self.latency_cycles:,}"
        yield "multiply-accumulates per step", f"{self.macs_per_step:,}"
        yield "utilisation of the lanes", f"{self.utilisation:.1%}"
        for item in self.engines if len(self.engines) > 1 else ():
            shape = f"{item.lanes} lanes, {item.columns} columns" if item.columns > 1 else f"{item.lanes} lanes"
            yield f"  {item.name}, {shape}, {item.bound_cycles:,} cycles", f"{item.utilisation:.1%}"
        yield "weight memory in bits", f"{self.weight_memory_bits:,}"
        if self.device is None:
            return
        yield "DSP blocks", f"{self.dsp} of {self.device.dsp} ({self.dsp_percent:.0f} %)"
        for item in self.multipliers:
            yield f"  {item.name}: {item.count} of {item.a_bits} x {item.b_bits} bits", str(item.dsp)
        yield "block RAMs", f"{self.bram} of {self.device.block_ram} ({self.bram_percent:.0f} %)"
        for item in self.memories:
            count = f"{item.count} of " if item.count > 1 else ""
            blocks = item.spram if item.style == "huge" else item.bram
            yield f"  {item.name}: {count}{item.depth} x {item.width} bits{WHERE[item.style]}", str(blocks)
        if self.device.large_ram:
            yield "SPRAM blocks", f"{self.spram} of {self.device.large_ram}"
        yield "fits", "yes" if self.fits else "no: " + "; ".join(self.shortages)
