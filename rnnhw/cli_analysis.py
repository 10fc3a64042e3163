"""What the calculators' commands share: a network by its sizes or from a file, its workload, the processor."""

import re
from dataclasses import dataclass, fields, make_dataclass
from pathlib import Path
from typing import Annotated

import typer

from rnnhw.analysis import (
    PROCESSORS,
    Architecture,
    Processor,
    Shape,
    Workload,
    find_processor,
    measure_processor,
    shape_of,
)
from rnnhw.cli_options import Counts, Facts, Group, fields_of, option
from rnnhw.cli_tools import open_float
from rnnhw.errors import RnnhwError
from rnnhw.network import Network

NETWORK = "Network: a model file, or its sizes"
WORK = "What it is run and trained with"
PROCESSOR = "Processor"

ModelOrNot = Annotated[
    Path | None,
    typer.Argument(help="A model: .safetensors, .npz, .pt, .pth, .pt2, .onnx or .keras; or give sizes."),
]


@dataclass(frozen=True)
class Sizes(Group):
    """A network by its sizes (`rnnhw.analysis.Architecture`); some of it a state dict leaves open, too."""

    cell: option(str | None, NETWORK, "lstm (the default), gru or rnn.") = None
    inputs: option(int | None, NETWORK, "Elements of the input of one step; by default 1.") = None
    hidden: option(int | None, NETWORK, "Units of each layer.") = None
    layers: option(Counts, NETWORK, "How many; of a state dict their order: lstm,fc1,relu,fc2.", metavar="N|ORDER") = (
        None
    )
    bidirectional: option(bool, NETWORK, "Each layer goes both ways.", "--bidirectional") = False
    outputs: option(int | None, NETWORK, "Units of a dense layer behind; by default there is none.") = None
    mode: option(str | None, NETWORK, "many-to-one (the default) or many-to-many; of a file also others.") = None
    biases: option(int | None, NETWORK, "Bias vectors of a cell: 2 as in PyTorch, 1 (of a file), 0.") = None
    nonlinearity: option(str | None, NETWORK, "Of a plain RNN: tanh or relu.") = None
    reset_after: option(bool | None, NETWORK, "A GRU's r acts after the linear map, or before it.") = None
    projection: option(int | None, NETWORK, "Of an LSTM: elements of h (PyTorch's proj_size).") = None


#: What a model's file leaves open and sizes have not.
FileFacts = make_dataclass(
    "FileFacts",
    [(field.name, field.type, None) for field in fields(Facts) if field.name not in (*fields_of(Sizes), "steps")],
    bases=(Group,),
    frozen=True,
)
OF_SIZES = ("cell", "inputs", "hidden", "bidirectional", "outputs", "projection")


@dataclass(frozen=True)
class Work(Group):
    """Fields of `rnnhw.analysis.Workload`."""

    steps: option(int | None, WORK, "Length of a sequence; by default 32, or as --data has it.") = None
    batch: option(int | None, WORK, "Sequences that go through together; by default 1, for bptt 32.") = None
    samples: option(int | None, WORK, "Training sequences; by default 1000, or as many as --data has.") = None
    epochs: option(int | None, WORK, "How often training goes through them; by default 1.") = None
    optimiser: option(str | None, WORK, "sgd, momentum, adagrad, rmsprop, adam (the default) or adamw.") = None
    precision: option(str | None, WORK, "float64, float32 (the default), bfloat16 or float16.") = None


@dataclass(frozen=True)
class Machine(Group):
    """What the network runs on (`rnnhw.analysis.Processor`)."""

    processor: option(str | None, PROCESSOR, f"One by name: {', '.join(PROCESSORS)}.") = None
    peak_gflops: option(float | None, PROCESSOR, "Or its highest rate, in GFLOP/s,") = None
    bandwidth_gbs: option(float | None, PROCESSOR, "and the bandwidth of its memory, in GB/s.") = None
    cache_mb: option(float | None, PROCESSOR, "Weights that fit in so many MB are read once a sequence.") = None
    efficiency: option(float | None, PROCESSOR, "Share of the bound that is reached, 0..1; by default 0.5.") = None
    measure: option(bool, PROCESSOR, "Time this machine instead (3 s).", "--measure") = False


@dataclass(frozen=True)
class Subject:
    """What is analysed.

    Parameters
    ----------
    name : str
    shape : Shape
    architecture : Architecture or None
        Where sizes were given.
    net : Network or None
        Where a model file was given.
    """

    name: str
    shape: Shape
    architecture: Architecture | None
    net: Network | None


def subject(model: Path | None, sizes: Sizes, facts: Group, steps: int | None = None) -> Subject:
    """The network of a file, or that of the sizes.

    Parameters
    ----------
    model : Path, optional
    sizes : Sizes
    facts : FileFacts
    steps : int, optional
        Of a sequence; a state dict of a one-to-many network has as many answers.

    Raises
    ------
    RnnhwError
        Sizes beside a file, facts of a file without one, neither, or what `Architecture` and `load` refuse.
    """
    given = {name: value for name, value in sizes.values().items() if value is not False or name == "reset_after"}
    if model is None:
        for name in facts.values():
            raise RnnhwError(f"--{_flag(name)} is for a model file")
        architecture = _architecture(given)
        return Subject(str(architecture), architecture.shape, architecture, None)
    for name in OF_SIZES:
        if name in given:
            raise RnnhwError(f"--{_flag(name)} must not be given with a model file: {model} has its own")
    biases = given.pop("biases", 1)
    if biases not in (0, 1, 2):
        raise RnnhwError(f"biases must be 2, 1 or 0, not {biases}")
    if not isinstance(given.get("layers", ""), str):
        raise RnnhwError(f"layers of a model file must be their order, as in lstm,fc1, not {given['layers']}")
    if given.get("mode") == "one-to-many" and steps is not None:
        given["steps"] = steps
    net = open_float(model, given | facts.values())
    return Subject(net.name, shape_of(net, biases), None, net)


def _flag(name: str) -> str:
    return name.replace("_", "-")


def _architecture(given: dict) -> Architecture:
    if "hidden" not in given:
        raise RnnhwError("give a model file, or sizes: --hidden at least")
    renamed = {("activation" if name == "nonlinearity" else name): value for name, value in given.items()}
    try:
        return Architecture(**renamed)
    except RnnhwError as error:
        raise RnnhwError(re.sub("^activation", "nonlinearity", str(error))) from None


def workload_of(work: Work, what: Subject) -> Workload:
    """What was said of the workload; a network that answers one step has sequences of one step.

    Raises
    ------
    RnnhwError
        What `Workload` refuses, or another length than the network's.
    """
    given, net = work.values(), what.net
    own = {"one-to-one": 1, "one-to-many": None if net is None else net.steps}.get(what.shape.mode)
    if own is not None and given.setdefault("steps", own) != own:
        raise RnnhwError(f"steps must be {own} for this {what.shape.mode} network, not {given['steps']}")
    return Workload(**given)


def processor_of(machine: Machine, shape: Shape, workload: Workload) -> Processor | None:
    """The processor that was named, given or is to be timed; None where nothing was said.

    Raises
    ------
    RnnhwError
        More than one of these, half of one, or what `Processor` refuses.
    """
    given = machine.values()
    measure, name = given.pop("measure"), given.pop("processor", None)
    if measure:
        if given or name:
            raise RnnhwError(f"--measure must not be given with --{_flag(next(iter(given), 'processor'))}")
        return measure_processor(shape, workload)
    if name is not None:
        for key in ("peak_gflops", "bandwidth_gbs"):
            if key in given:
                raise RnnhwError(f"--processor must not be given with --{_flag(key)}")
        return Processor(**find_processor(name).model_dump() | given)
    if not given:
        return None
    for key in ("peak_gflops", "bandwidth_gbs"):
        if key not in given:
            raise RnnhwError(f"--{_flag(next(iter(given)))} takes --{_flag(key)} too, or --processor")
    return Processor(**given)
