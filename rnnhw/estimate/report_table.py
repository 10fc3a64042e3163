"""An estimate as tables for people."""

from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import groupby

from rich.console import Console, Group
from rich.table import Table

from .fitted import Fitted

WIDTH = 110
WHERE = {"block": "block RAM", "distributed": "LUT RAM", "registers": "registers", "huge": "SPRAM"}
PARTS = {"clock": "clock network", "ff": "flip-flops", "lut": "LUTs and nets", "dsp": "DSP blocks"}
PARTS |= {"bram": "block RAMs", "spram": "SPRAM blocks", "static": "static"}
Row = tuple[str, str, str, str]  # figure, value, band, per cent


def as_text(table) -> str:
    """What rich prints, as text."""
    console = Console(width=WIDTH, record=True, file=StringIO())
    console.print(table)
    return console.export_text()


def as_table(figures) -> Group:
    """Figures, modules, and what they are made of.

    Parameters
    ----------
    figures : Estimate
    """
    if figures.device is None:
        return Group(_figures(figures))
    return Group(_figures(figures), _modules(figures), _blocks(figures), *_verdict(figures))


def _figures(figures) -> Table:
    link = "" if figures.link == "none" else f", with its {figures.link.upper()} link"
    title = "Estimate" if figures.device is None else f"Estimate for {figures.device.name}{link}"
    return figure_table(
        title, *(section(figures) for section in (_time, _work, _memory, _resources, _energy)), share="of the device"
    )


def figure_table(title: str, *sections: Iterable[Row], share: str | None = None) -> Table:
    """Rows of figures in sections, with a column of shares if it has a name."""
    headings = ["figure", ">value", ">from .. to", *([] if share is None else [f">{share}"])]
    table = headed(title, *headings)
    for section in sections:
        for row in section:
            table.add_row(*row[: len(headings)])
        table.add_section()
    return table


def _time(figures) -> Iterator[Row]:
    yield exact("cycles per step", figures.cycles_per_step)
    yield exact("  of them waiting", figures.stall_cycles)
    yield exact("cycles of the head, once a sequence", figures.head_cycles)
    yield exact("latency of a step in cycles", figures.latency_cycles)
    sequence, speed = figures.sequence, figures.speed
    if sequence is not None:
        name = f"a sequence of {sequence.length:,} step" + "s" * (sequence.length > 1)
        yield exact(f"latency of {name} in cycles", sequence.latency_cycles)
        yield exact("  from one to the next", sequence.interval_cycles)
    if speed is None:
        return
    yield fitted("clock in MHz" + (", given" if figures.given_clock else ""), speed.clock_mhz)
    yield fitted("steps a second", speed.steps_per_second)
    if sequence is not None:
        yield fitted("sequences a second", speed.sequences_per_second)
        yield fitted("latency of a sequence in microseconds", speed.sequence_latency_us)
    else:
        yield fitted("latency of a step in microseconds", speed.step_latency_us)


def _work(figures) -> Iterator[Row]:
    yield exact("multiply-accumulates per step", figures.macs_per_step)
    yield exact("operations per step (two each)", figures.operations_per_step)
    if figures.sequence is not None and figures.sequence.length > 1:
        yield exact("operations per sequence", figures.sequence.operations)
    if figures.speed is not None:
        yield fitted("million operations a second", figures.speed.operations_per_second, 1e-6)
    yield "utilisation of the lanes", f"{figures.utilisation:.1%}", "", ""
    for item in figures.engines if len(figures.engines) > 1 else ():
        shape = f"{item.lanes} lanes, {item.columns} columns" if item.columns > 1 else f"{item.lanes} lanes"
        yield f"  {item.name}, {shape}, {item.bound_cycles:,} cycles", f"{item.utilisation:.1%}", "", ""


def _memory(figures) -> Iterator[Row]:
    yield exact("weight memory in bits", figures.weight_memory_bits)
    yield exact("state memory in bits", figures.state_memory_bits)
    yield exact("weight bits read in a cycle, at most", figures.weight_bits_per_cycle)
    yield exact("weight bits read in a step", figures.weight_bits_per_step)
    if figures.speed is not None:
        yield fitted("million weight bits read in a second", figures.speed.weight_bits_per_second, 1e-6)
    yield exact("input bits of a step", figures.input_bits)
    yield exact("output bits of an answer", figures.output_bits)


def _resources(figures) -> Iterator[Row]:
    for need in figures.needs:
        if not need.there and not float(need.needed):
            continue
        percent, name = need.percent, need.name
        share = "" if percent is None else f"{float(percent):.0f} % of {need.there:,}"
        row = fitted(name, need.needed) if need.fitted else exact(name, need.needed)
        yield (*row[:3], share or f"of {need.there:,}")


def _energy(figures) -> Iterator[Row]:
    energy = figures.energy
    if energy is None:
        return
    of = f"an {energy.of}" if energy.of == "inference" else f"a {energy.of}"
    yield fitted(f"energy of {of} in nJ (model)", energy.total_nj)
    for key, part in energy.parts_nj.items():
        if part.high:
            yield fitted(f"  {PARTS[key]}", part)
    yield fitted("power in mW (model)", energy.power_mw)


def _modules(figures) -> Table:
    device = figures.device
    columns = {"lut": "LUT", "ff": "FF", "dsp": "DSP", "bram": "block RAM"}
    columns |= {"lut_ram": "LUT RAM"} if device.lut_ram else {}
    columns |= {"spram": "SPRAM"} if device.large_ram else {}
    table = headed("Modules", "part", "module", *(f">{text}" for text in columns.values()))
    for part, modules in groupby(figures.modules, lambda module: module.part):
        for number, item in enumerate(modules):
            table.add_row("" if number else part, item.name, *_counts(item, columns))
        table.add_section()
    table.add_row("sum", "", *_counts(figures, columns))
    percents = (figures.percent(key) for key in columns)
    table.add_row("of the device", "", *("" if p is None else f"{float(p):.0f} %" for p in percents))
    return table


def _counts(item, columns) -> Iterator[str]:
    for key in columns:
        value = getattr(item, key)
        yield rounded(float(value)) if key in ("lut", "ff") else count(value)


def _blocks(figures) -> Table:
    table = headed("Multipliers and memories", "name", ">how many", ">size in bits", "made of", ">blocks")
    for item in figures.multipliers:
        table.add_row(item.name, f"{item.count:,}", f"{item.a_bits} x {item.b_bits}", "DSP blocks", f"{item.dsp:,}")
    table.add_section()
    for item in figures.memories:
        blocks = item.bram + item.lut_ram + item.spram
        size = f"{item.depth:,} x {item.width:,}"
        table.add_row(item.name, f"{item.count:,}", size, WHERE[item.style], count(blocks))
    return table


def _verdict(figures) -> Iterator[str]:
    yield "fits: " + ("yes" if figures.fits else "no: " + "; ".join(figures.shortages))
    if figures.uncertain:
        yield f"  not certain, the limit lies within the band: {', '.join(figures.uncertain)}"
    if figures.beyond:
        yield "larger than any core that was measured: the bands are wider for that, and untested"
    if figures.speed is None:
        yield f"no clock is estimated for {figures.device.name}; one that is given (--clock) tells speed and energy"


def headed(title: str, *headings: str) -> Table:
    """A table; columns whose headings begin with > stand to the right. On narrow pages words are folded, not cut."""
    table = Table(title=title, title_justify="left")
    for heading in headings:
        side = "right" if heading.startswith(">") else "left"
        table.add_column(heading.lstrip(">"), justify=side, overflow="fold")
    return table


def count(number: float) -> str:
    """A number of blocks, which may be a half one; nothing for none."""
    return f"{number:,}" if number else ""


def rounded(number: float) -> str:
    """A fitted number of which only the whole is shown; nothing for none."""
    return f"{number:,.0f}" if number else ""


def number(value: float) -> str:
    """With three digits at least, all that stand before the point, and a point only where there is something behind."""
    if value == int(value):
        return f"{int(value):,}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    return f"{value:,.{digits}f}"


def exact(name: str, value: float) -> Row:
    """The row of an exact figure."""
    return name, number(value), "", ""


def fitted(name: str, value: Fitted, factor: float = 1) -> Row:
    """The row of a figure with a band; without it where it has no width."""
    low, high = (number(end * factor) for end in (value.low, value.high))
    return name, number(value.value * factor), "" if value.low == value.high else f"{low} .. {high}", ""
