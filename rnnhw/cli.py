"""The command line: ``rnnhw demo | inspect | estimate | fit | generate | cosim | build | boards`` and more."""

import json
import signal
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from rnnhw.cli_bptt import app as bptt_commands
from rnnhw.cli_build import app as build_commands
from rnnhw.cli_calc import app as calc_commands
from rnnhw.cli_calibrate import app as calibrate_commands
from rnnhw.cli_chip import chip_options
from rnnhw.cli_compare import app as compare_commands
from rnnhw.cli_fit import app as fit_commands
from rnnhw.cli_host import app as host_commands
from rnnhw.cli_options import As, Calibrate, Config, Facts, Knobs, Model, Name, Numbers, Target, given, grouped
from rnnhw.cli_studio import app as studio_commands
from rnnhw.cli_tools import clipping, open_float, open_quantized, progress, say, show, typical_length
from rnnhw.errors import RnnhwError

app = typer.Typer(
    help="From a trained recurrent network to verified hardware.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(fit_commands)
app.add_typer(compare_commands)
app.add_typer(bptt_commands)
app.add_typer(build_commands)
app.add_typer(host_commands)
app.add_typer(calibrate_commands)
app.add_typer(calc_commands)
app.add_typer(studio_commands)
INTERRUPTED = 130
_USAGE_ERROR = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")


def main() -> None:
    """Run the command line; a user's mistake is one line and exit code 2, a failed check exit code 1."""
    signal.signal(signal.SIGTERM, _interrupt)  # so that what was begun is cleaned up, as after Ctrl-C
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _note
            code = app(standalone_mode=False)
    except _USAGE_ERROR as error:
        _fail(error.format_message(), 2)
    except RnnhwError as error:
        _fail(str(error), 2)
    except OSError as error:
        _fail(f"{error.filename or 'file'}: {error.strerror or error}", 2)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted", INTERRUPTED)
    except RuntimeError as error:
        from rnnhw.sim import SimulationError
        from rnnhw.synth import SynthesisError

        if not isinstance(error, SimulationError | SynthesisError):
            raise
        _fail(str(error), 1)
    if code == INTERRUPTED:
        _fail("interrupted", INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _interrupt(number, frame) -> None:
    raise KeyboardInterrupt


def _note(message, *_) -> None:
    """A warning in a line, without where in the source it was given."""
    print(f"rnnhw: {' '.join(str(message).split())}", file=sys.stderr)


def _fail(message: str, code: int) -> None:
    line = " ".join(message.split())
    if line:  # without arguments there is only the help
        print(f"rnnhw: {line}", file=sys.stderr)
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        from importlib.metadata import version as installed

        print(f"rnnhw {installed('rnnhw')}")
        raise typer.Exit


@app.command()
@grouped
def inspect(model: Model, facts: Facts, as_json: As = False, config: Config = None) -> None:
    """Show a model's layers, parameters, multiply-accumulates and memory."""
    from rnnhw.report import inspect_table

    net = open_float(model, facts.values())
    description = net.describe()
    parameters = sum(layer["parameters"] for layer in description)
    show(
        as_json,
        {
            "name": net.name,
            **net.options,
            "layers": description,
            "state_size": net.state_size,
            "parameters": parameters,
        },
        inspect_table(net),
        f"{parameters:,} parameters: {parameters * 4:,} bytes as float32, {parameters:,} at 8 bits",
    )


@app.command()
@grouped
def estimate(
    ctx: typer.Context,
    model: Model,
    facts: Facts,
    numbers: Numbers,
    knobs: Knobs,
    calibrate: Calibrate = None,
    target: Target = None,
    liberty: Annotated[
        Path | None, typer.Option(help="A Liberty file: the core in its standard cells instead.", metavar="FILE")
    ] = None,
    length: Annotated[int | None, typer.Option(help="Steps of a sequence; by default as in --calibrate.")] = None,
    clock: Annotated[float | None, typer.Option(help="In MHz, instead of the estimated one.")] = None,
    link: Annotated[str, typer.Option(help="With what a host needs: none (the core alone), uart or spi.")] = "none",
    as_json: As = False,
    config: Config = None,
) -> None:
    """Print time, resources and energy of a core, without building it."""
    from rnnhw.design import Design
    from rnnhw.estimate import LONGEST_SEQUENCE, usual_length
    from rnnhw.report import cycle_rows, cycle_table

    options = knobs.values()
    if liberty is not None:
        options |= chip_options(given(ctx))
    qnet, data = open_quantized(model, facts.values(), numbers.values(), calibrate, given(ctx), guess=True)
    design = Design(qnet, target=target, **options)
    if length is None and data is not None and design.plan.network.mode.startswith("many"):
        length = min(typical_length(data), usual_length(design.plan) or LONGEST_SEQUENCE)
    report = design.estimate(length, clock, link)
    answer, tables = report.data() | {"passes": cycle_rows(design.plan)}, [cycle_table(design.plan), report.table()]
    if liberty is not None:
        chip = design.estimate_chip(liberty)
        answer, tables = answer | {"liberty": str(liberty), "chip": chip.data()}, [*tables, chip.table()]
    show(as_json, answer, *tables)


@app.command()
@grouped
def generate(
    ctx: typer.Context,
    model: Model,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write; an earlier output is replaced.")],
    facts: Facts,
    numbers: Numbers,
    knobs: Knobs,
    calibrate: Calibrate = None,
    target: Target = None,
    name: Name = None,
    as_json: As = False,
    config: Config = None,
) -> None:
    """Write SystemVerilog, memory images, a cocotb bench and a manifest."""
    from rnnhw.design import Design
    from rnnhw.report import cycle_table

    qnet, data = open_quantized(model, facts.values(), numbers.values(), calibrate, given(ctx))
    design = Design(qnet, target=target, name=name, **knobs.values())
    with progress("writing the core", quiet=as_json):
        folder = design.write(output, *(() if data is None else (data.x, data.lengths)))
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    report = design.estimate()
    clipped = {} if data is None else clipping(qnet, data)
    show(
        as_json,
        {"folder": str(folder), "files": files, "clipped": clipped, "estimate": json.loads(report.to_json())},
        *clipped.values(),
        cycle_table(design.plan),
        report.table(),
        f"{design.name} written to {output}: " + ", ".join(files),
    )


@app.command()
def cosim(
    folder: Annotated[Path, typer.Argument(help="What rnnhw generate wrote.")],
    simulator: Annotated[str, typer.Option(help="verilator, icarus, cxxrtl (native) or amaranth.")] = "verilator",
    data: Annotated[Path | None, typer.Option(help="Sequences to run (.npz); by default the bench's own.")] = None,
    sequences: Annotated[int, typer.Option(min=1, help="How many of them.")] = 20,
    stalls: Annotated[int | None, typer.Option(min=0, help="A seed: let all streams stall at random.")] = None,
    waveform: Annotated[Path | None, typer.Option(help="Write a waveform to this file.")] = None,
    as_json: As = False,
    config: Config = None,
) -> None:
    """Simulate a written core and compare every bit and cycle with golden."""
    from rnnhw.output_folder import open_folder, run_folder

    opened = open_folder(folder)
    with progress(f"simulating in {simulator}", quiet=as_json):
        result = run_folder(opened, simulator, data, sequences, stalls, waveform)
    answer = {
        "simulator": simulator,
        "sequences": result.sequences,
        "equal": True,
        "cycles": result.cycles,
        "planned_cycles": result.planned_cycles,
        "cycles_per_step": result.cycles_per_step,
        "planned_cycles_per_step": opened.core.plan.cycles_per_step,
        "cycles_per_second": round(result.cycles_per_second),
        "waveform": None if result.waveform is None else str(waveform),
    }
    measured = "" if stalls is not None else ", every output in its planned cycle"
    lines = [f"{opened.core.name} in {simulator}: {result.sequences} sequences equal to golden bit for bit{measured}"]
    if result.cycles_per_step is not None:
        lines.append(f"cycles per step: {result.cycles_per_step} measured, {answer['planned_cycles_per_step']} planned")
    if stalls is not None:
        lost = result.cycles - result.planned_cycles
        lines.append(
            f"stalls of all streams, seed {stalls}: {lost:,} cycles longer than the planned {result.planned_cycles:,}"
        )
    lines.append(f"{result.cycles:,} cycles, {result.cycles_per_second:,.0f} a second")
    show(as_json, answer, *lines)


@app.command()
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")] = Path("build/digits"),
    simulator: Annotated[str, typer.Option(help="For the 20 digits: verilator, icarus or amaranth.")] = "verilator",
    as_json: As = False,
    config: Config = None,
) -> None:
    """Do the main job on the shipped digits model: import, quantise, generate, co-simulate."""
    from rnnhw.demo import run_demo

    answer = run_demo(output, simulator, None if as_json else say, lambda text: progress(text, quiet=as_json))
    if as_json:
        show(True, answer)


if __name__ == "__main__":
    main()
