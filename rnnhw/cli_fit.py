"""``rnnhw fit``."""

import shlex
from dataclasses import fields, make_dataclass
from typing import Annotated

import typer

from rnnhw.cli_options import (
    As,
    Calibrate,
    Config,
    Facts,
    Group,
    Knobs,
    Model,
    Numbers,
    Target,
    fields_of,
    given,
    grouped,
)
from rnnhw.cli_tools import QUANTIZED, open_quantized, progress, show
from rnnhw.errors import RnnhwError

app = typer.Typer()
#: The options of a design, none of which has a value as long as nobody says one: it is then searched, or as usual.
Fixed = make_dataclass(
    "Fixed", [(field.name, field.type, None) for field in fields(Knobs)], bases=(Group,), frozen=True
)


@app.command()
@grouped
def fit(
    ctx: typer.Context,
    model: Model,
    facts: Facts,
    numbers: Numbers,
    fixed: Fixed,
    calibrate: Calibrate = None,
    target: Target = None,
    objective: Annotated[
        str | None, typer.Option(help="throughput, latency or size; by default throughput, with a limit size.")
    ] = None,
    max_cycles: Annotated[float | None, typer.Option(help="Cycles per step, at most.")] = None,
    max_latency: Annotated[
        float | None, typer.Option(help="Microseconds at the estimated clock, at most; of what, --length says.")
    ] = None,
    length: Annotated[
        int | None,
        typer.Option(help="Latency is that of a sequence of so many steps; else from the last input to the answer."),
    ] = None,
    margin: Annotated[str, typer.Option(help="What has to fit: surely (the whole band) goes first, or likely.")] = (
        "surely"
    ),
    top: Annotated[int, typer.Option(help="How many configurations are shown.", min=1)] = 5,
    as_json: As = False,
    config: Config = None,
) -> None:
    """Find the fastest configuration that fits a board, or the smallest one within limits, by estimating all of them.

    Options of the hardware that are given are not searched; lanes, columns per cycle and multipliers are then the most.
    """
    from rnnhw.search import fit as search

    if target is None:
        raise RnnhwError("--board is missing: a board (rnnhw boards) or a device (ecp5-25f)")
    qnet, _ = open_quantized(model, facts.values(), numbers.values(), calibrate, given(ctx), guess=True)
    wishes = {"objective": objective, "max_cycles": max_cycles, "max_latency_us": max_latency, "length": length}
    with progress("searching", quiet=as_json) as say:
        found = search(qnet, target, **wishes, margin=margin, top=top, fixed=fixed.values(), progress=say)
    commands = [_command(ctx, found, candidate.options) for candidate in found.candidates]
    answer = found.to_dict()
    for candidate, command in zip(answer["candidates"], commands, strict=True):
        candidate["command"] = command
    show(
        as_json,
        answer | {"command": commands[0]},
        found.table(),
        f"{found.tried:,} of {found.space:,} configurations were looked at, the others cannot be better",
        commands[0],
    )


def _command(ctx: typer.Context, found, options: dict) -> str:
    """The command that makes a design of it."""
    model, target, calibrate = (ctx.params[name] for name in ("model", "target", "calibrate"))
    on_board = found.link != "none"
    words = ["rnnhw", "build" if on_board else "generate", str(model)]
    for name in (*fields_of(Facts), *fields_of(Numbers)):
        if name in given(ctx):
            words += _flag(name, ctx.params[name])
    if calibrate is not None or model.suffix != QUANTIZED:
        words += ["--calibrate", str(calibrate or "DATA.npz")]
    words += ["--board" if on_board else "--target", target]
    for name in fields_of(Knobs):
        if name in options:
            words += _flag(name, options[name])
    if not on_board:
        words += ["-o", f"build/{model.stem}"]
    elif found.best.clock_mhz is not None:
        words += ["--clock", "max"]
    return shlex.join(words)


def _flag(name: str, value) -> list[str]:
    """An option on the command line."""
    flag = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return [flag] if value else [f"--no{flag[1:]}"] * (name == "reset_after")  # the only one that has such a form
    return [flag, ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]
