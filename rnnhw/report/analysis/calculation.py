"""A calculation as tables for the terminal: layers, memory, work, time."""

from collections.abc import Iterator

from rich.table import Table

from rnnhw.analysis import Calculation, CellShape, DenseShape, Figure, activation_elements
from rnnhw.analysis.operations import dense_macs, evaluations
from rnnhw.estimate.report_table import headed

from .units import amount

#: Cells and dense layers that are shown one by one.
MOST_ROWS = 40


def calculation_tables(found: Calculation) -> Iterator[Table]:
    """Parameters by layers, memory, work, and time under the roofline."""
    shape, workload = found.shape, found.workload
    runs = evaluations(shape, workload.steps)
    yield _layers(found)
    yield _figures(
        f"Memory, exact: {workload.precision}, batch {workload.batch:,}",
        found.memory,
        f"p parameters, S = {shape.state:,} elements of state, A = {activation_elements(shape, workload.steps):,} "
        f"numbers kept of a sequence,\nB = {workload.batch:,} sequences, T = {workload.steps:,} steps, "
        f"w = {workload.bytes} bytes a number",
    )
    yield _figures(
        f"Work, exact: batch {workload.batch:,}, a MAC is two FLOPs",
        found.work,
        f"M MACs of the cells, D = {dense_macs(shape):,} of the dense layers, which run R = {runs:,} times a sequence; "
        f"N = {workload.samples:,} sequences\nm and d: element-wise operations (activations, products, "
        "additions), which are not among the FLOPs",
    )
    yield _roofline(found)


def _layers(found: Calculation) -> Table:
    table = headed(
        "Parameters, exact", "layer", "kind", ">inputs I", ">units H", ">outputs", "formula", ">parameters", ">MACs"
    )
    parts = (*found.shape.cells, *found.shape.denses)
    for part in parts[:MOST_ROWS]:
        table.add_row(*_layer(part))
    if rest := parts[MOST_ROWS:]:
        sums = (f"{sum(getattr(part, name) for part in rest):,}" for name in ("parameters", "macs"))
        table.add_row(f"{len(rest):,} more", "", "", "", "", "", *sums)
    table.add_section()
    table.add_row("total", "", "", "", "", "", f"{found.parameters.value:,}", f"{sum(part.macs for part in parts):,}")
    once = found.shape.mode == "many-to-one" and found.shape.denses
    table.caption = "P: outputs of a projected cell; " * any(cell.projection for cell in found.shape.cells)
    table.caption += "MACs are of a step" + (", of a dense layer once a sequence" if once else "")
    table.caption_justify = "left"
    return table


def _layer(part: CellShape | DenseShape) -> tuple[str, ...]:
    """Sizes, formula and counts."""
    counts = part.formula, f"{part.parameters:,}", f"{part.macs:,}"
    if isinstance(part, DenseShape):
        return part.name, "dense", f"{part.inputs:,}", "", f"{part.outputs:,}", *counts
    kind = part.kind + (", backward" if part.backward else "")
    return part.name, kind, f"{part.inputs:,}", f"{part.hidden:,}", f"{part.outputs:,}", *counts


def _figures(title: str, figures, caption: str) -> Table:
    table = headed(title, "figure", ">value", ">exactly", "formula", "source")
    for figure in figures:
        value = amount(figure.value, figure.unit)
        table.add_row(figure.name, value, f"{figure.value:,}", figure.formula, figure.source)
    table.caption, table.caption_justify = caption, "left"
    return table


def _roofline(found: Calculation) -> Table:
    processor = found.processor
    if processor is None:
        title = "Work and memory traffic; no times without a processor (--processor, --peak-gflops or --measure)"
    else:
        peak = processor.peak(found.workload.precision) / 1e9
        cache = f", {processor.cache_mb:.3g} MB of cache" * (processor.cache_mb > 0)
        title = (
            f"Time, estimated: {processor.name}, {peak:,.4g} GFLOP/s in {found.workload.precision}, "
            f"{processor.bandwidth_gbs:,.4g} GB/s{cache}"
        )
    table = headed(
        title, "phase", ">FLOPs", ">bytes moved", ">FLOP/byte", "bound by", ">best GFLOP/s", ">efficiency", ">time"
    )
    for phase in found.phases:
        row = [phase.name, f"{phase.flops:,}", f"{phase.bytes:,}", f"{phase.intensity:.3g}"]
        if processor is not None:
            best, time = f"{phase.attainable_gflops:,.4g}", amount(phase.seconds, "s")
            row += [phase.bound, best, f"{phase.efficiency:.0%}".replace("%", " %"), time]
        table.add_row(*row)
    if found.time is not None:
        table.add_section()
        epoch, workload = found.work.epoch_flops.value, found.workload
        table.add_row(*_total("an epoch", epoch, found.time.epoch))
        table.add_row(*_total("all epochs", workload.epochs * epoch, found.time.training))
        table.caption = _said(found)
        table.caption_justify = "left"
    return table


def _total(name: str, flops: int, figure: Figure) -> tuple[str, ...]:
    return name, amount(flops, ""), "", "", "", "", "", amount(figure.value, "s")


def _said(found: Calculation) -> str:
    """Formula, sources and what is assumed."""
    time, processor = found.time.sequence, found.processor
    assumed = "efficiency is measured" if processor.efficiency_alone else "efficiency is assumed"
    return (
        f"time = {time.formula}; {time.source}\n{assumed}; {processor.name}: {processor.source}\n"
        "weights are read at every step, or once if all of them fit in the cache; bytes moved: docs/calculator.md"
    )
