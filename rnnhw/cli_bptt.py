"""``rnnhw bptt``."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from rnnhw.analysis import Workload, initial_network, other_cells
from rnnhw.analysis.bptt import Bptt, analyse
from rnnhw.cli_analysis import FileFacts, Machine, ModelOrNot, Sizes, Subject, Work, processor_of, subject, workload_of
from rnnhw.cli_options import As, Config, Group, grouped, option
from rnnhw.cli_tools import show
from rnnhw.errors import RnnhwError
from rnnhw.files import write_whole
from rnnhw.network import Dataset, Network, load_data

app = typer.Typer()
TRAINING = "How it is trained"
#: Sequences of a batch where nobody says; a single one's gradient is no measure of others.
BATCH = 32


@dataclass(frozen=True)
class Training(Group):
    """Options of `rnnhw.analysis.bptt.analyse`."""

    learning_rate: option(float | None, TRAINING, "By default 0.001.") = None
    clip_norm: option(float | None, TRAINING, "Norm to clip gradients at; by default the recommended one.") = None
    truncation: option(int | None, TRAINING, "Steps to truncate backpropagation at; by default none.") = None
    sequences: option(int | None, TRAINING, "Whose Jacobians are multiplied; by default 8.") = None


@app.command()
@grouped
def bptt(
    sizes: Sizes,
    facts: FileFacts,
    work: Work,
    training: Training,
    machine: Machine,
    model: ModelOrNot = None,
    data: Annotated[
        Path | None, typer.Option(help="Sequences to measure on: .npz with x, optional lengths and y; or random ones.")
    ] = None,
    framework: Annotated[
        str | None, typer.Option(help="Of sizes: whose weights it begins with, pytorch (the default) or keras.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.", min=0)] = 0,
    plot: Annotated[
        Path | None, typer.Option(help="SVG file to write: gradient against lag; of sizes for RNN, LSTM and GRU.")
    ] = None,
    as_json: As = False,
    config: Config = None,
) -> None:
    """Analyse training through time: vanishing and exploding gradients, truncation, clipping, memory, time.

    Of a model file (and data), or of sizes with the weights that a framework begins with: rnnhw bptt --cell gru
    --hidden 64 --steps 100 --plot gradients.svg.
    """
    if plot is not None and plot.suffix != ".svg":
        raise RnnhwError(f"--plot must be an .svg file, not {plot}")
    what, net, told = _network(model, sizes, facts, work, framework, seed)
    measured = None if data is None else load_data(data, net.input_size)
    workload = _workload(work, what, measured)
    processor = processor_of(machine, what.shape, workload)

    def run(net: Network) -> Bptt:
        x, lengths, y = (None, None, None) if measured is None else (measured.x, measured.lengths, measured.y)
        options = {"workload": workload, "processor": processor, "biases": what.shape.cells[0].biases, "seed": seed}
        return analyse(net, x, lengths, y, **options, **training.values())

    found = run(net)
    others = _others(what, net, found, run, framework, seed) if plot is not None else {}
    if plot is not None:
        from rnnhw.report.analysis import gradient_plot

        plot.parent.mkdir(parents=True, exist_ok=True)
        write_whole(plot, gradient_plot(list(others.values()) or [found]).encode())
    _show(as_json, found, others, f"{what.name}, {what.shape.mode}; {told}{found.source}", plot)


def _network(model, sizes, facts, work, framework, seed) -> tuple[Subject, Network, str]:
    """What is analysed, with weights, and where they are from."""
    what = subject(model, sizes, facts, work.steps)
    if what.net is None:
        framework = framework or "pytorch"
        net = initial_network(what.architecture, seed, framework)
        return what, net, f"weights as {framework} begins, seed {seed}; "
    if framework is not None:
        raise RnnhwError(f"--framework must not be given with a model file: {model} has its own weights")
    return what, what.net, f"weights of {model}; "


def _workload(work: Work, what: Subject, data: Dataset | None) -> Workload:
    """As it was said; the number of steps is the data's, and of sequences, too, if nobody says."""
    sequences, steps = (None, None) if data is None else data.x.shape[:2]
    usual = {"batch": BATCH if sequences is None else min(BATCH, sequences), "steps": steps, "samples": sequences}
    given = work.values()
    return workload_of(replace(work, **{name: given.get(name, value) for name, value in usual.items()}), what)


def _others(what: Subject, net: Network, found: Bptt, run, framework, seed: int) -> dict[str, Bptt]:
    """The same sizes with each of the three cells; none for a model file, whose weights fit one cell only."""
    if what.architecture is None:
        return {}
    architectures = other_cells(what.architecture)
    return {
        kind: found if kind == what.architecture.cell else run(initial_network(each, seed, framework or "pytorch"))
        for kind, each in architectures.items()
    }


def _show(as_json: bool, found: Bptt, others: dict[str, Bptt], title: str, plot: Path | None) -> None:
    from rnnhw.report.analysis import bptt_tables, cells_table

    answer = found.data() | {"side_by_side": {kind: other.data() for kind, other in others.items()}}
    tables = [*bptt_tables(found), *([cells_table(others)] if others else [])]
    written = [] if plot is None else [f"{plot}: gradient against lag"]
    show(as_json, answer, title, f"{found.workload}; loss: {found.loss}", *tables, *found.advice, *written)
