"""Tables for the terminal."""

from rich.table import Table

from rnnhw.golden import Trace
from rnnhw.network import Network
from rnnhw.network.describe import answering
from rnnhw.plan import Plan
from rnnhw.plan.law import cycle_rows, stage_lines


def inspect_table(net: Network) -> Table:
    """Layers, sizes, parameters and multiply-accumulates of a network."""
    table = Table(title=f"{net.name}: {answering(net)}", title_justify="left")
    for heading in ("layer", "kind", "direction", "inputs", "outputs", "activation", "parameters", "MACs", "evaluated"):
        table.add_column(heading, justify="right" if heading in ("inputs", "outputs", "parameters", "MACs") else "left")
    layers = net.describe()
    for layer in layers:
        values = dict(layer, activation=layer["activation"] or "")
        counts = (f"{values[key]:,}" for key in ("parameters", "macs"))
        table.add_row(
            values["name"],
            values["kind"],
            values["direction"] or "",
            str(values["inputs"]),
            str(values["outputs"]),
            values["activation"],
            *counts,
            values["evaluated"],
        )
    table.add_section()
    sums = [f"{sum(layer[key] for layer in layers):,}" for key in ("parameters", "macs")]
    table.add_row("total", "", "", "", "", "", *sums, "")
    return table


def cycle_table(plan: Plan) -> Table:
    """The cycle law of a core: its passes, engine by engine, below them its stages."""
    lines = stage_lines(plan)
    table = Table(title="Passes", title_justify="left", caption="\n".join(lines), caption_justify="left")
    for heading in ("engine", "layer", "kind", "rows", "columns", "row groups", "column words", "cycles", "runs"):
        table.add_column(heading, justify="left" if heading in ("engine", "layer", "kind", "runs") else "right")
    engine = None
    for row in cycle_rows(plan):
        if engine not in (None, row["engine"]):
            table.add_section()
        counts = (f"{row[key]:,}" for key in ("rows", "columns", "groups", "words", "cycles"))
        first = row["engine"] if row["engine"] != engine else ""
        table.add_row(first, row["layer"], row["kind"], *counts, "every step" if row["every_step"] else "last step")
        engine = row["engine"]
    return table


def accuracy_table(rows: list[tuple[str, float, int]]) -> Table:
    """Accuracy of several versions of a network: name, share of right answers, answers in all."""
    table = Table()
    table.add_column("network")
    table.add_column("right answers", justify="right")
    table.add_column("accuracy", justify="right")
    for name, accuracy, count in rows:
        table.add_row(name, f"{round(accuracy * count)} of {count}", f"{100 * accuracy:.1f} %")
    return table


def saturation_lines(trace: Trace) -> dict[str, str]:
    """A line for each point at which values were clipped, by the point's name."""
    lines = {}
    for (layer, point), clipped in trace.saturations.items():
        if clipped:
            samples = trace.samples[layer, point]
            share = f"{100 * clipped / samples:.2f} %"
            lines[f"{layer}.{point}"] = f"{layer}.{point}: {clipped:,} of {samples:,} values clipped ({share})"
    return lines
