"""``rnnhw compare``."""

import shlex
import sys
from dataclasses import fields, make_dataclass
from pathlib import Path
from typing import Annotated

import typer

from rnnhw.cli_options import (
    NUMBERS,
    As,
    Config,
    Counts,
    Facts,
    Group,
    Knobs,
    Model,
    Numbers,
    Target,
    Words,
    given,
    grouped,
    option,
)
from rnnhw.cli_tools import open_float, quantization_options, show
from rnnhw.errors import RnnhwError
from rnnhw.network import load_data

app = typer.Typer()
FAILED = 1  # exit code
LISTS = ("weight_bits", "activation_bits", "state_bits", "lanes")


def _as_it_is(value):
    """Text, or what a file of options holds; read where the option's name is known."""
    return value


def _several(text: str):
    return option(Counts, NUMBERS, text, parser=_as_it_is, metavar="N[-N][,...]")


_LISTS = {
    "weight_bits": _several("Widths of weights, 1..16; by default 2-8."),
    "activation_bits": _several("Widths of inputs, gates and hidden states, 4..16; by default 4,6,8."),
    "state_bits": _several("Widths of an LSTM's c and a GRU's p, activation bits..24; by default twice those."),
    "method": option(
        Words, NUMBERS, "max-abs, percentile or mse, or several.", parser=_as_it_is, metavar="NAME[,NAME]"
    ),
}
#: The options of a quantisation, of which some may have several values.
Compared = make_dataclass(
    "Compared",
    [(name, kind, None) for name, kind in ({field.name: field.type for field in fields(Numbers)} | _LISTS).items()],
    bases=(Group,),
    frozen=True,
)


@app.command()
@grouped
def compare(
    ctx: typer.Context,
    model: Model,
    facts: Facts,
    compared: Compared,
    knobs: Knobs,
    data: Annotated[Path | None, typer.Option(help="What is measured on: an .npz with x, y and lengths.")] = None,
    calibrate: Annotated[
        Path | None, typer.Option(help="Typical inputs, from which fractions are chosen; by default the data.")
    ] = None,
    target: Target = None,
    metric: Annotated[
        str | None, typer.Option(help="accuracy, agreement, rmse, mape, or one's own FILE.py:function.")
    ] = None,
    cost: Annotated[
        str | None, typer.Option(help="Of the front: lut, ff, dsp, bram, cycles, memory or energy.")
    ] = None,
    auto: Annotated[bool, typer.Option("--auto", help="Search widths for each layer, too, under a limit.")] = False,
    max_loss: Annotated[float | None, typer.Option(help="With --auto: of the metric, against float.")] = None,
    max_cost: Annotated[float | None, typer.Option(help="With --auto: of the front's cost.")] = None,
    verify: Annotated[int, typer.Option(min=0, help="Sequences that the front is simulated with.")] = 50,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")] = Path("build/compare"),
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one a core.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of results; by default in the platform's caches.")] = None,
    as_json: As = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the points as comma-separated values.")] = False,
    config: Config = None,
) -> int:
    """Compare bit-widths: what is lost, what it takes, and which are worth it, each of those simulated.

    Options that take several values (4,6-8) are tried value by value, in all combinations.
    """
    from rnnhw.comparison import compare as run
    from rnnhw.sweep import Store, shown

    if data is None:
        raise RnnhwError("--data is missing: an .npz with x (sequences, steps, inputs), and y for accuracy")
    _check(auto, max_loss, max_cost, as_json and as_csv)
    net = open_float(model, facts.values())
    if calibrate is None:
        print("no --calibrate: fractions are chosen on the data that is measured on", file=sys.stderr)
    found = run(
        net,
        load_data(data, net.input_size),
        None if calibrate is None else load_data(calibrate, net.input_size),
        target=target,
        metric=metric,
        cost=cost,
        max_loss=max_loss,
        max_cost=max_cost,
        verify=verify,
        workers=workers,
        store=None if cache is None else Store(cache),
        progress=lambda title: shown(title, as_json or as_csv),
        sources={"command": shlex.join(["rnnhw", *sys.argv[1:]]), "model": str(model), "data": str(data)}
        | ({} if calibrate is None else {"calibration": str(calibrate)}),
        **_axes(quantization_options(compared.values())),
        **_axes({name: value for name, value in knobs.values().items() if name in given(ctx)}),
    )
    folder = found.write(output)
    if as_csv:
        print(found.csv(), end="")
    else:
        plain = {"folder": str(folder), "failed": found.failures, **found.document()}
        show(
            as_json,
            plain,
            found.table(),
            *_lines(found),
            f"{output}: {', '.join(sorted(map(_name, folder.iterdir())))}",
        )
    for line in found.failures:
        print(f"rnnhw: hardware and golden differ: {line}", file=sys.stderr)
    return FAILED if found.failures else 0


def _check(auto: bool, max_loss, max_cost, both: bool) -> None:
    from rnnhw.calibrate.scatter import check_matplotlib

    limits = (max_loss is not None) + (max_cost is not None)
    if auto and limits != 1:
        raise RnnhwError("--auto takes --max-loss or --max-cost, one of them")
    if limits and not auto:
        raise RnnhwError(f"--max-{'cost' if max_loss is None else 'loss'} is for --auto")
    if both:
        raise RnnhwError("--json and --csv must not be given both")
    check_matplotlib()


def _axes(options: dict) -> dict:
    """Options of which several values are tried, as lists."""
    from rnnhw.comparison import read_list

    axes = dict(options)
    for name in LISTS:
        value = axes.get(name)
        if isinstance(value, str):
            axes[name] = read_list(value, f"--{name.replace('_', '-')}")
        elif isinstance(value, tuple):
            axes[name] = list(value)
    if isinstance(axes.get("method"), str):
        axes["method"] = axes["method"].split(",")
    return axes


def _lines(found) -> list[str]:
    """What was chosen, and what was simulated."""
    lines, chosen = [], found.chosen
    if chosen is not None:
        lines.append(f"chosen of {found.document()['auto']['tried']:,} configurations: {chosen['id']}")
    simulated = [point for point in found.points if point["verified"]]
    if simulated and not found.failures:
        sequences = simulated[0]["verified"]["sequences"]
        lines.append(
            f"{len(simulated)} points equal to golden bit for bit in native simulation of {sequences} sequences"
        )
    return lines


def _name(path: Path) -> str:
    return path.name
