"""``rnnhw compare``."""

import shlex
import sys
from dataclasses import dataclass, fields, make_dataclass
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
        Words, NUMBERS, "max-abs, percentile or mse (the default), or several.", parser=_as_it_is, metavar="NAME[,NAME]"
    ),
    "bias_correction": option(bool, NUMBERS, "Biases take up the mean error of rounded weights; by default they do."),
}
#: The options of a quantisation, of which some may have several values.
Compared = make_dataclass(
    "Compared",
    [(name, kind, None) for name, kind in ({field.name: field.type for field in fields(Numbers)} | _LISTS).items()],
    bases=(Group,),
    frozen=True,
)


WISHES = "What is wanted"


@dataclass(frozen=True)
class Wishes(Group):
    """By what configurations are compared, and what is searched."""

    metric: option(str | None, WISHES, "accuracy, agreement, rmse, mape, or one's own FILE.py:function.") = None
    cost: option(str | None, WISHES, "Of the front: lut, ff, dsp, bram, cycles, memory or energy.") = None
    auto: option(bool, WISHES, "Search widths for each layer, too, under a limit.", "--auto") = False
    max_loss: option(float | None, WISHES, "With --auto: of the metric, against float.") = None
    max_cost: option(float | None, WISHES, "With --auto: of the front's cost.") = None
    verify: option(int, WISHES, "Sequences that each point of the front is simulated with.", min=0) = 50

    def checked(self) -> dict:
        """Options of `rnnhw.comparison.compare`."""
        limits = (self.max_loss is not None) + (self.max_cost is not None)
        if self.auto and limits != 1:
            raise RnnhwError("--auto takes --max-loss or --max-cost, one of them")
        if limits and not self.auto:
            raise RnnhwError(f"--max-{'cost' if self.max_loss is None else 'loss'} is for --auto")
        return {name: value for name, value in self.values().items() if name != "auto"}


@app.command()
@grouped
def compare(
    ctx: typer.Context,
    model: Model,
    facts: Facts,
    compared: Compared,
    knobs: Knobs,
    wishes: Wishes,
    data: Annotated[Path | None, typer.Option(help="What is measured on: an .npz with x, y and lengths.")] = None,
    calibrate: Annotated[
        Path | None, typer.Option(help="Typical inputs, from which fractions are chosen; by default the data.")
    ] = None,
    target: Target = None,
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

    if as_json and as_csv:
        raise RnnhwError("--json and --csv must not be given both")
    net, sets, sources = _opened(model, facts, data, calibrate)
    found = run(
        net,
        *sets,
        target=target,
        workers=workers,
        store=None if cache is None else Store(cache),
        progress=lambda title: shown(title, as_json or as_csv),
        sources={"command": shlex.join(["rnnhw", *sys.argv[1:]])} | sources,
        **wishes.checked(),
        **_axes(quantization_options(compared.values())),
        **_axes({name: value for name, value in knobs.values().items() if name in given(ctx)}),
    )
    return _told(found, output, as_json, as_csv)


def _opened(model: Path, facts: Facts, data: Path | None, calibrate: Path | None):
    """The network, the data to measure on and to calibrate with, and what is said of them."""
    from rnnhw.calibrate.scatter import check_matplotlib

    check_matplotlib()
    if data is None:
        raise RnnhwError("--data is missing: an .npz with x (sequences, steps, inputs), and y for accuracy")
    net = open_float(model, facts.values())
    sets, sources = [load_data(data, net.input_size)], {"model": str(model), "data": str(data)}
    if calibrate is None:
        print("no --calibrate: fractions are chosen on the data that is measured on", file=sys.stderr)
    else:
        sets.append(load_data(calibrate, net.input_size))
        sources["calibration"] = str(calibrate)
    return net, sets, sources


def _told(found, output: Path, as_json: bool, as_csv: bool) -> int:
    """Write and print what was found; returns the exit code."""
    folder = found.write(output)
    files = ", ".join(sorted(path.name for path in folder.iterdir()))
    if as_csv:
        print(found.csv(), end="")
    else:
        plain = {"folder": str(folder), "failed": found.failures, **found.document()}
        show(as_json, plain, found.table(), *_lines(found), f"{output}: {files}")
    for line in found.failures:
        print(f"rnnhw: hardware and golden differ: {line}", file=sys.stderr)
    return FAILED if found.failures else 0


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
