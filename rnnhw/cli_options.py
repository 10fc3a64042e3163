"""Options that several commands share, in groups, and the TOML file that may hold them."""

import inspect
import tomllib
from dataclasses import dataclass, fields
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
    words = {
        bool: "true or false",
        int: "an integer",
        float: "a number",
        Counts: "an integer, a list of them or a word",
        Words: "a word or a list of them",
        Clock: "a number or a word",
    }
    taken = {float: (int, float), Counts: (int, list, str), Words: (list, str), Clock: (int, float, str)}
    for key, value in values.items():
        name = names.get(key.replace("-", "_"))
        if name is None:
            continue
        kind = next((kind for kind in words if hints[name] in (kind, kind | None)), str)
        right = isinstance(value, taken.get(kind, kind))
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


class Counts:
    """The kind of an option that takes a number, one for each engine (8,4), or a word."""


def _read_counts(value):
    """A number or several of them, wherever the text says so; anything else is left to who knows what is allowed."""
    parts = value.split(",") if isinstance(value, str) else [""]
    if not all(part.removeprefix("-").isdecimal() for part in parts):
        return value
    return int(value) if len(parts) == 1 else tuple(map(int, parts))


class Words:
    """The kind of an option that takes a word, or one for each engine (spram,block)."""


def _read_words(value):
    """A word or several of them."""
    return tuple(value.split(",")) if isinstance(value, str) and "," in value else value


class Clock:
    """The kind of an option that takes a frequency in MHz, or a word."""


def _read_clock(value):
    """A number wherever the text says so; anything else is left to who knows what is allowed."""
    try:
        return float(value)
    except ValueError:
        return value


def fields_of(group: type["Group"]) -> tuple[str, ...]:
    """Names of a group's options."""
    return tuple(field.name for field in fields(group))


class Group:
    """Options that belong together; the fields of a subclass are their kinds and defaults."""

    def values(self) -> dict:
        """Name -> value, without what nobody said."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in named.items() if value is not None}


def grouped(command):
    """A command in which each parameter that is a `Group` has become one option for each field of it."""
    parameters, groups = [], {}
    for parameter in inspect.signature(command).parameters.values():
        group = parameter.annotation
        if isinstance(group, type) and issubclass(group, Group):
            groups[parameter.name] = group
            named = [(field.name, field.default, field.type) for field in fields(group)]
        else:
            named = [(parameter.name, parameter.default, parameter.annotation)]
        kind = inspect.Parameter.KEYWORD_ONLY
        parameters += [inspect.Parameter(name, kind, default=value, annotation=note) for name, value, note in named]

    def run(**values):
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in fields(group)})
        return command(**values)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature(parameters)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


_PARSERS = {Clock: _read_clock, Counts: _read_counts, Words: _read_words}


def option(kind, group: str, text: str, *flags: str, **more):
    """An option of a group: its kind, the panel that help shows it in, and what it says there."""
    if kind in _PARSERS:
        more = {"parser": _PARSERS[kind]} | more
    return Annotated[kind, typer.Option(*flags, help=text, rich_help_panel=group, **more)]


def _counts(group: str, text: str):
    return option(Counts, group, text, metavar="N[,N]")


FACTS = "What the model's file does not say"
NUMBERS = "Numbers"
HARDWARE = "Hardware: none of it changes a result"


@dataclass(frozen=True)
class Facts(Group):
    """What a state dict leaves open (`rnnhw.importers.load`)."""

    mode: option(str | None, FACTS, "one-to-one, one-to-many, many-to-one or many-to-many.") = None
    layers: option(str | None, FACTS, "Order of layers: lstm,fc1,relu,fc2.") = None
    steps: option(int | None, FACTS, "Answers of a one-to-many network.") = None
    reading: option(
        str | None, FACTS, "Of a bidirectional layer, many-to-one: final (states) or last-step (output)."
    ) = None
    head: option(str | None, FACTS, "After the last layer: none, argmax or softmax.") = None
    sigmoid: option(str | None, FACTS, "logistic, hard (slope 1/6) or hard-0.2 (slope 1/5).") = None
    tanh: option(str | None, FACTS, "tanh, or hard (clipped to -1..1).") = None
    nonlinearity: option(str | None, FACTS, "Of a plain RNN: tanh or relu.") = None
    update_gate: option(str | None, FACTS, "A GRU's z stands with the old state (keep) or the new (take).") = None
    reset_after: option(bool | None, FACTS, "A GRU's r acts after the linear map, or before it.") = None


@dataclass(frozen=True)
class Numbers(Group):
    """Fields of `rnnhw.quantize.Quantization`."""

    weight_bits: option(int, NUMBERS, "Width of weights, 1..16.") = 8
    activation_bits: option(int, NUMBERS, "Width of inputs, gates and hidden states, 4..16.") = 8
    state_bits: option(
        int | None, NUMBERS, "Width of an LSTM's c and a GRU's p, up to 24; by default twice the activations'."
    ) = None
    layer_bits: option(
        str | None,
        NUMBERS,
        "Widths of single layers, weights/activations/state, each of which may be left out: lstm0=4/8,fc0=/6.",
        metavar="NAME=W[/A[/S]][,…]",
    ) = None
    method: option(str, NUMBERS, "How fractions are chosen: max-abs, percentile or mse (least square error).") = (
        "max-abs"
    )
    percentile: option(float, NUMBERS, "For --method percentile.") = 99.9
    per_gate: option(bool, NUMBERS, "Scale each gate's weights by its own power of two.", "--per-gate") = False
    bias_correction: option(bool, NUMBERS, "Biases take up the mean error of rounded weights.", "--bias-correction") = (
        False
    )
    symmetric_weights: option(
        bool, NUMBERS, "Leave out the most negative weight (2 bits: ternary).", "--symmetric-weights"
    ) = False
    table: option(str, NUMBERS, "Activation table: auto, exact or interpolated.") = "auto"
    rounding: option(str, NUMBERS, "half_up, half_even or floor.") = "half_up"


@dataclass(frozen=True)
class Knobs(Group):
    """Options of `rnnhw.Design`."""

    lanes: _counts(HARDWARE, "Multiply-accumulators side by side, at most; 4 if nothing is said.") = None
    multipliers: option(int | None, HARDWARE, "Instead of lanes: so many divided among the engines.") = None
    columns_per_cycle: _counts(HARDWARE, "Columns that each lane takes in a cycle, at most.") = 1
    pipelines: _counts(HARDWARE, "Activation and update pipelines behind the lanes, or auto.") = "auto"
    engines: _counts(HARDWARE, "How many, per-layer, or the layers of each: 2,1.") = 1
    streams: option(int, HARDWARE, "Independent sequences, a step each in turn, 1..64.") = 1
    weights: option(str, HARDWARE, "rom, or loadable over a stream.") = "rom"
    weight_memory: option(
        Words,
        HARDWARE,
        "Loadable weights in: block, spram or auto.",
        metavar="KIND[,KIND]",
    ) = "auto"
    state_memory: option(str, HARDWARE, "h and c in: block, lut, registers, or auto, by size.") = "auto"
    multiplier: option(str, HARDWARE, "The lanes': dsp, lut, or auto (lut up to 4-bit weights).") = "auto"
    update_multiplier: option(
        str | None, HARDWARE, "The cell update's: dsp or lut; by default dsp while they last."
    ) = None
    registers: option(
        str | None, HARDWARE, "few, or many: a higher clock, some cycles more; by default many on a board or device."
    ) = None
    max_steps: option(int, HARDWARE, "Longest sequence, where whole ones are stored (bidirectional).") = 64
    load_state: option(bool, HARDWARE, "Each sequence brings its initial state.", "--load-state") = False
    read_state: option(bool, HARDWARE, "Each sequence gives its final state.", "--read-state") = False


Model = Annotated[
    Path, typer.Argument(help="A model: .safetensors, .npz, .pt, .pth, .pt2, .onnx, .keras, or .rnnq (quantised).")
]
Target = Annotated[str | None, typer.Option("--board", "--target", help="A board (icebreaker) or a device (ecp5-25f).")]
Calibrate = Annotated[Path | None, typer.Option(help="Typical inputs (.npz with x), from which fractions are chosen.")]
Name = Annotated[str | None, typer.Option(help="Name of the top module.")]
As = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", help="TOML file with any of these options.", is_eager=True, callback=_read_config),
]
