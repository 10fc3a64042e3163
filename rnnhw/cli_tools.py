"""What the commands have in common: opening models, showing results, progress."""

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.network import Dataset, Network, load, load_data
from rnnhw.quantize import QuantizedNetwork, load_quantized, quantize
from rnnhw.report import saturation_lines

QUANTIZED = ".rnnq"
GUESS_SEQUENCES, GUESS_STEPS = 16, 16


@dataclass(frozen=True)
class Numbers:
    """The quantisation options of a command."""

    weight_bits: int
    activation_bits: int
    method: str
    percentile: float
    per_gate: bool
    table: str
    rounding: str


def open_float(model: Path, mode: str | None, layers: str | None) -> Network:
    """Load a float model."""
    if model.suffix == QUANTIZED:
        raise RnnhwError(f"{model}: is quantised already; this command takes a float model")
    return load(model, mode=mode, layers=layers)


def open_quantized(
    model, mode, layers, calibrate, numbers: Numbers, guess: bool = False, given: tuple[str, ...] = ()
) -> QuantizedNetwork:
    """Load a quantised network, or load a float model and quantise it.

    With `guess`, a float model without calibration data is calibrated on seeded noise in -1..1, which is
    good enough for sizes; else it is refused. `given` names the options that the user gave: a quantised
    network takes none that would quantise it again.
    """
    if model.suffix == QUANTIZED:
        for name in ("mode", "layers", *Numbers.__dataclass_fields__):
            if name in given:
                raise RnnhwError(f"{model}: is quantised already, --{name.replace('_', '-')} has no effect on it")
        return load_quantized(model)
    net = load(model, mode=mode, layers=layers)
    if calibrate is not None:
        data = load_data(calibrate, net.input_size)
        return quantize(net, data.x, data.lengths, **asdict(numbers))
    if not guess:
        raise RnnhwError("--calibrate is missing: an .npz with typical inputs x (sequences, steps, inputs)")
    print("no --calibrate: formats are chosen on seeded noise in -1..1, good for sizes only", file=sys.stderr)
    noise = np.random.default_rng(0).uniform(-1, 1, (GUESS_SEQUENCES, GUESS_STEPS, net.input_size))
    return quantize(net, noise, **asdict(numbers))


def clipping(qnet: QuantizedNetwork, data: Dataset) -> dict[str, str]:
    """What saturates on some data: a line for each point at which values are clipped."""
    _, trace = qnet.run(data.x, data.lengths, trace=True)
    return saturation_lines(trace)


def build_design(qnet, lanes: int, target, name, update_multiplier) -> Design:
    """A design with the options that were given."""
    options = {} if update_multiplier is None else {"update_multiplier": update_multiplier}
    return Design(qnet, lanes=lanes, target=target, name=name, **options)


def show(as_json: bool, answer: dict, *parts) -> None:
    """Print a result: as JSON, or as tables and lines."""
    if as_json:
        print(json.dumps(answer, indent=2, default=str))
        return
    for part in parts:
        say(part)


def say(part) -> None:
    """Print a table or a line."""
    if isinstance(part, str):
        print(part)
    else:
        Console(width=None if sys.stdout.isatty() else 110).print(part)


@contextmanager
def progress(text: str, quiet: bool = False):
    """Show that something long is going on, where somebody looks."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield
        return
    with console.status(f"{text} ..."):
        yield
