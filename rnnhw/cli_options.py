"""Options that several commands share, and the TOML file that may hold them."""

import inspect
import tomllib
from pathlib import Path
from typing import Annotated, get_type_hints

import typer

from rnnhw.errors import RnnhwError


def _read_config(ctx: typer.Context, path: Path | None) -> Path | None:
    """Take a command's defaults from a TOML file: top-level keys, then the command's own section."""
    if path is None:
        return None
    try:
        content = tomllib.loads(path.read_text())
    except OSError as error:
        raise RnnhwError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise RnnhwError(f"{path}: not TOML ({error})") from None
    commands = ctx.parent.command.commands
    shared = {key: value for key, value in content.items() if not isinstance(value, dict)}
    sections = {key: value for key, value in content.items() if isinstance(value, dict)}
    for section in sections:
        if section not in commands:
            raise RnnhwError(f"{path}: unknown section [{section}]; allowed are {', '.join(commands)}")
    own = sections.get(ctx.command.name, {})
    everywhere = {name for command in commands.values() for name in _option_names(command)}
    for keys, allowed in ((shared, everywhere), (own, set(_option_names(ctx.command)))):
        for key in keys:
            if key.replace("-", "_") not in allowed:
                raise RnnhwError(f"{path}: unknown key {key}; allowed are {', '.join(sorted(allowed))}")
    names = _option_names(ctx.command)
    _check_kinds(path, ctx.command, shared | own)
    merged = {key.replace("-", "_"): value for key, value in (shared | own).items()}
    ctx.default_map = {names[key]: value for key, value in merged.items() if key in names}
    return path


def _check_kinds(path: Path, command, values: dict) -> None:
    """A number has to be a number in the file too, and a switch true or false."""
    names, hints = _option_names(command), get_type_hints(inspect.unwrap(command.callback))
    words = {bool: "true or false", int: "an integer", float: "a number"}
    for key, value in values.items():
        name = names.get(key.replace("-", "_"))
        if name is None:
            continue
        kind = next((kind for kind in words if hints[name] in (kind, kind | None)), str)
        right = isinstance(value, (int, float) if kind is float else kind)
        if not right or (kind is not bool and isinstance(value, bool)):
            raise RnnhwError(f"{path}: {key} must be {words.get(kind, 'a string')}, not {value!r}")


def given(ctx: typer.Context) -> tuple[str, ...]:
    """Names of the options that the user gave, on the command line or in the file."""
    return tuple(name for name in ctx.params if ctx.get_parameter_source(name).name in ("COMMANDLINE", "DEFAULT_MAP"))


def _option_names(command) -> dict[str, str]:
    """Names in the file (as on the command line) -> parameter names."""
    names = {}
    for option in command.params:
        for flag in option.opts:
            if flag.startswith("--") and option.name not in ("config", "help"):
                names[flag[2:].replace("-", "_")] = option.name
    return names


Model = Annotated[Path, typer.Argument(help="A model: .safetensors, .npz, .pt, .pth, or .rnnq (quantised).")]
Mode = Annotated[str | None, typer.Option(help="many-to-one or many-to-many, where the file does not say.")]
Layers = Annotated[str | None, typer.Option(help="Order of layers, where the file does not say: lstm,fc1,relu,fc2.")]
Target = Annotated[str | None, typer.Option("--board", "--target", help="A board (icebreaker) or a device (ecp5-25f).")]
Lanes = Annotated[int, typer.Option(help="Multiply-accumulators side by side.")]
WeightBits = Annotated[int, typer.Option(help="Width of weights, 2..16.")]
ActivationBits = Annotated[int, typer.Option(help="Width of inputs, gates and hidden states, 4..16.")]
Calibrate = Annotated[Path | None, typer.Option(help="Typical inputs (.npz with x), from which fractions are chosen.")]
Method = Annotated[str, typer.Option(help="Range of activations: max-abs or percentile.")]
Percentile = Annotated[float, typer.Option(help="For --method percentile.")]
PerGate = Annotated[bool, typer.Option("--per-gate", help="Scale each gate's weights by its own power of two.")]
Table = Annotated[str, typer.Option(help="Activation table: auto, exact or interpolated.")]
Rounding = Annotated[str, typer.Option(help="half_up, half_even or floor.")]
Multiplier = Annotated[
    str | None, typer.Option(help="The cell update's multiplier: dsp or lut; by default dsp while they last.")
]
Name = Annotated[str | None, typer.Option(help="Name of the top module.")]
As = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", help="TOML file with any of these options.", is_eager=True, callback=_read_config),
]
