"""What the commands have in common: opening models, showing results, progress."""

import json
import math
import re
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from rich.console import Console

from rnnhw.errors import RnnhwError
from rnnhw.importers import load
from rnnhw.network import Dataset, Network, load_data
from rnnhw.quantize import QuantizedNetwork, load_quantized, quantize
from rnnhw.report import saturation_lines

QUANTIZED = ".rnnq"
GUESS_SEQUENCES, GUESS_STEPS = 16, 16


def open_float(model: Path, facts: dict) -> Network:
    """Load a float model."""
    if model.suffix == QUANTIZED:
        raise RnnhwError(f"{model}: is quantised already; this command takes a float model")
    return load(model, **facts)


def open_quantized(
    model: Path, facts: dict, numbers: dict, calibrate: Path | None, given: tuple[str, ...], guess: bool = False
) -> tuple[QuantizedNetwork, Dataset | None]:
    """Load a quantised network, or load a float model and quantise it.

    Parameters
    ----------
    model : Path
    facts, numbers : dict
        What the model's file does not say; the quantisation options.
    calibrate : Path, optional
        Data to choose fractions by.
    given : tuple of str
        Names of the options that the user gave: a quantised network takes none that would quantise it again.
    guess : bool
        Calibrate a float model without data on seeded noise in -1..1, which is good enough for sizes; else it is
        refused.

    Returns
    -------
    QuantizedNetwork
    Dataset or None
        What stands in the file `calibrate`.
    """
    if model.suffix == QUANTIZED:
        for name in (*facts, *numbers):
            if name in given:
                raise RnnhwError(f"{model}: is quantised already, --{name.replace('_', '-')} has no effect on it")
        qnet = load_quantized(model)
        return qnet, None if calibrate is None else load_data(calibrate, qnet.input_size)
    net = load(model, **facts)
    options = quantization_options({name: value for name, value in numbers.items() if name in given})
    if calibrate is not None:
        data = load_data(calibrate, net.input_size)
        return quantize(net, data.x, data.lengths, **options), data
    if not guess:
        raise RnnhwError("--calibrate is missing: an .npz with typical inputs x (sequences, steps, inputs)")
    print("no --calibrate: formats are chosen on seeded noise in -1..1, good for sizes only", file=sys.stderr)
    steps = 1 if net.mode.startswith("one-to") else GUESS_STEPS
    noise = np.random.default_rng(0).uniform(-1, 1, (GUESS_SEQUENCES, steps, net.input_size))
    return quantize(net, noise, **options), None


def quantization_options(numbers: dict) -> dict:
    """Fields of `rnnhw.quantize.Quantization` from options of the command line."""
    options = {name: value for name, value in numbers.items() if name != "layer_bits"}
    return options | ({"layers": _layer_bits(numbers["layer_bits"])} if "layer_bits" in numbers else {})


def _layer_bits(text: str) -> dict[str, dict[str, int]]:
    """Widths of single layers from a text like ``lstm0=4/8,fc0=/6/12``."""
    layers = {}
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\w+)=(\d*)(?:/(\d*))?(?:/(\d*))?\s*", part)
        if found is None or not any(found.groups()[1:]):
            raise RnnhwError(
                f"--layer-bits must be NAME=WEIGHTS/ACTIVATIONS/STATE, as in lstm0=4/8,fc0=/6, not {part!r}"
            )
        name, *widths = found.groups()
        if name in layers:
            raise RnnhwError(f"--layer-bits names layer {name} twice")
        keys = ("weight_bits", "activation_bits", "state_bits")
        layers[name] = {key: int(width) for key, width in zip(keys, widths, strict=True) if width}
    return layers


def typical_length(data: Dataset) -> int:
    """The usual number of steps of a sequence."""
    if data.lengths is None:
        return int(data.x.shape[1])
    values, counts = np.unique(data.lengths, return_counts=True)
    return int(values[counts.argmax()])


def clipping(qnet: QuantizedNetwork, data: Dataset) -> dict[str, str]:
    """What saturates on some data: a line for each point at which values are clipped."""
    _, trace = qnet.run(data.x, data.lengths, trace="counts")
    return saturation_lines(trace)


def show(as_json: bool, answer: dict, *parts) -> None:
    """Print a result: as JSON, or as tables and lines."""
    if as_json:
        print(json.dumps(_finite(answer), indent=2, default=str, allow_nan=False))
        return
    for part in parts:
        say(part)


def _finite(answer):
    """The same with None for infinities and NaN, which JSON does not have."""
    if isinstance(answer, dict):
        return {key: _finite(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [_finite(value) for value in answer]
    return None if isinstance(answer, float) and not math.isfinite(answer) else answer


def say(part) -> None:
    """Print a table or a line."""
    if isinstance(part, str):
        print(part)
    else:
        Console(width=None if sys.stdout.isatty() else 120).print(part)


@contextmanager
def progress(text: str, quiet: bool = False):
    """Show that something long is going on, where somebody looks; gives what takes a line for each part of it."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda part: None
        return
    with console.status(f"{text} ...") as status:
        yield lambda part: status.update(f"{text}: {part} ...")
