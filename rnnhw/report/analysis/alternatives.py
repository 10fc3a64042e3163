"""What other networks would take, as tables for the terminal."""

from collections.abc import Callable, Sequence

from rich.table import Table

from rnnhw.analysis import Calculation, Saving
from rnnhw.estimate.report_table import headed

from .units import amount

_ROWS: tuple[tuple[str, Callable[[Calculation], str]], ...] = (
    ("parameters", lambda found: f"{found.parameters.value:,}"),
    ("memory to run", lambda found: amount(found.memory.inference.value, "B")),
    ("memory to train", lambda found: amount(found.memory.training.value, "B")),
    ("MACs of a step", lambda found: f"{found.work.step_macs.value:,}"),
    ("element-wise operations of a step", lambda found: f"{found.work.step_elementwise.value:,}"),
    ("FLOPs of a training step", lambda found: f"{found.work.training_flops.value:,}"),
)
_TIMES: tuple[tuple[str, Callable[[Calculation], str]], ...] = (
    ("one sequence alone", lambda found: amount(found.time.sequence.value, "s")),
    ("training epoch", lambda found: amount(found.time.epoch.value, "s")),
    ("training", lambda found: amount(found.time.training.value, "s")),
)


def side_by_side_table(found: dict[str, Calculation]) -> Table:
    """RNN, LSTM and GRU of the same size (`rnnhw.analysis.side_by_side`)."""
    table = headed("Side by side: the same sizes with other cells", "figure", *(f">{kind.upper()}" for kind in found))
    timed = all(calculation.time is not None for calculation in found.values())
    for name, text in _ROWS + (_TIMES if timed else ()):
        table.add_row(name, *(text(calculation) for calculation in found.values()))
    return table


def savings_table(rows: Sequence[Saving]) -> Table:
    """What changes save (`rnnhw.analysis.savings`); the first row is the network as it is."""
    table = headed("Savings", "what", "how", ">stored", ">", ">to train", ">FLOPs forward", ">FLOPs to train", ">epoch")
    group = rows[0].group
    for row in rows:
        if row.group != group:
            table.add_section()
        what, group = row.group if row.group != group or row is rows[0] else "", row.group
        how = row.name if row.pruned is None else f"{row.name}, {row.pruned.form}"
        share = f"{100 * row.stored_bytes / rows[0].stored_bytes:.3g} %"
        figures = (row.training_bytes, "B"), (row.forward_flops, ""), (row.training_flops, ""), (row.epoch_seconds, "s")
        texts = ["same" if value is None else amount(value, unit) for value, unit in figures]
        if rows[0].epoch_seconds is None:
            texts[-1] = ""
        table.add_row(what, how, amount(row.stored_bytes, "B"), share, *texts)
    table.caption = (
        "stored: parameters; pruned ones with what says where they stand (bitmap: a bit a place; sparse rows: 2 or\n"
        "4 bytes a weight, 4 a row). Dense hardware gains no time by zeros, nor by bits that it does not multiply in."
    )
    table.caption_justify = "left"
    return table
