"""``rnnhw calc``."""

from dataclasses import dataclass

import typer

from rnnhw.analysis import Workload, calculate, savings, side_by_side
from rnnhw.cli_analysis import FileFacts, Machine, ModelOrNot, Sizes, Subject, Work, processor_of, subject, workload_of
from rnnhw.cli_options import As, Config, Group, grouped, option
from rnnhw.cli_tools import progress, show
from rnnhw.errors import RnnhwError

app = typer.Typer()
HARDWARE = "As hardware"


@dataclass(frozen=True)
class Core(Group):
    """How the network is built (`rnnhw.sizing.size`)."""

    weight_bits: option(int | None, HARDWARE, "Width of weights, 1..16; by default 8.") = None
    activation_bits: option(int | None, HARDWARE, "Width of inputs, gates and states, 4..16; by default 8.") = None
    lanes: option(int | None, HARDWARE, "Multiply-accumulators side by side, at most; by default 8.") = None


@app.command()
@grouped
def calc(
    sizes: Sizes,
    facts: FileFacts,
    work: Work,
    machine: Machine,
    core: Core,
    model: ModelOrNot = None,
    as_json: As = False,
    config: Config = None,
) -> None:
    """Calculate parameters, memory, operations and times of a network, and what it takes as hardware.

    Of a model file, or of sizes alone: rnnhw calc --cell gru --inputs 8 --hidden 64 --processor desktop-cpu.
    """
    from rnnhw.report.analysis import calculation_tables, savings_table, side_by_side_table

    what = subject(model, sizes, facts, work.steps)
    workload = workload_of(work, what)
    with progress("timing this machine", quiet=as_json or not machine.measure):
        processor = processor_of(machine, what.shape, workload)
    found = calculate(what.shape, workload, processor)
    others, saved = side_by_side(what.shape, workload, processor), savings(what.shape, workload, processor)
    with progress("sizing the core", quiet=as_json):
        hardware, tables = _hardware(what, workload, core)
    answer = {
        "name": what.name,
        **found.data(),
        "side_by_side": {kind: other.data() for kind, other in others.items()},
        "savings": [row.data() for row in saved],
        "hardware": hardware,
    }
    parts = (*calculation_tables(found), side_by_side_table(others), savings_table(saved), *tables)
    spaced = (line for part in parts for line in ("", part))
    show(as_json, answer, f"{what.name}, {what.shape.mode}: {workload}", *spaced)


def _hardware(what: Subject, workload: Workload, core: Core) -> tuple[dict | None, list]:
    """What the network takes as a core: data, and tables; or a line that says why there is none.

    What is asked of the core must be possible; where nothing is asked, a network without one has its other figures.
    """
    from rnnhw.report.sizing import sizing_tables
    from rnnhw.sizing import size

    try:
        if any(cell.projection for cell in what.shape.cells):
            raise RnnhwError("cores have no projected LSTM")
        found = size(what.architecture or what.net, steps=workload.steps, **core.values())
    except RnnhwError as error:
        if core.values():
            raise
        return {"refused": str(error)}, [f"No hardware: {error}"]
    data = found.data()
    return data, [sizing_tables(data)]
