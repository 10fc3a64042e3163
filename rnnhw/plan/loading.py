"""What a core with loadable weights takes, and which networks it takes."""

from dataclasses import fields, replace

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.quantize import QuantizedNetwork

from .chain import engine_network, walked
from .load_image import build_image

LOADED = ("weights", "bias", "input_bias")  # memories of an engine that are loaded, in the image's order


def loaded_memories(plan) -> list[tuple[str, str]]:
    """Engine and memory of each part of an image, in order."""
    return [(engine.name, name) for engine in plan.engines for name in LOADED if name in engine.memories]


def make_image(plan, network: QuantizedNetwork | None = None) -> bytes:
    """The image of a plan's own network, or of another one that its core can run.

    Raises
    ------
    RnnhwError
        If the core has fixed weights, or the network has other layers, shapes, formats or options.
    """
    if plan.hardware.weights != "loadable":
        raise RnnhwError('the core has fixed weights; weights="loadable" makes one that takes others')
    if network is not None:
        _check_alike(plan.network, network, plan.hardware.load_state)
    memories = []
    for engine in plan.engines:
        if network is not None:
            start = [walked(layer) for layer in plan.network.layers].index(engine.layers[0])
            layers = tuple(walked(layer) for layer in network.layers[start : start + len(engine.layers)])
            other = replace(engine, network=engine_network(network, layers), layers=layers)
            for item in other.passes:
                if item.bound.bit_length() + 1 > engine.accumulator_bits:
                    raise RnnhwError(
                        f"the biases of {item.name} are too large for the core's {engine.accumulator_bits}-bit sums"
                    )
            memories += engine_words(other, engine)
        else:
            memories += engine_words(engine, engine)
    return build_image(memories)


def engine_words(engine, shape) -> list[tuple[list[int], int]]:
    """Words and width of each loaded memory; widths are those of the engine `shape`."""
    bits, words = shape.accumulator_bits, {"weights": engine.weight_words}
    words["bias"] = [word for item in engine.passes for word in item.bias_words(bits)]
    words["input_bias"] = [word for item in engine.passes if item.split for word in item.input_bias_words(bits)]
    return [(words[name], shape.memories[name].width) for name in LOADED if name in shape.memories]


def _check_alike(mine: QuantizedNetwork, other: QuantizedNetwork, any_state: bool) -> None:
    """Everything but the weights and biases has to be the same."""
    for name in ("mode", "steps", "reading", "head", "sigmoid", "tanh", "clip"):
        if getattr(mine, name) != getattr(other, name):
            raise RnnhwError(f"{name} must be {getattr(mine, name)!r} as in the core, not {getattr(other, name)!r}")
    for name in ("weight_bits", "activation_bits", "layers", "rounding"):
        have, want = getattr(other.config, name), getattr(mine.config, name)
        if have != want:
            raise RnnhwError(f"{name} must be {want!r} as in the core, not {have!r}")
    if mine.table != other.table:
        raise RnnhwError(f"table must be {mine.table.kind!r} as in the core, not {other.table.kind!r}")
    if len(mine.layers) != len(other.layers):
        raise RnnhwError(f"the core has {len(mine.layers)} layers, the network {len(other.layers)}")
    for layer, another in zip(mine.layers, other.layers, strict=True):
        _check_layer(layer, another, any_state)


def _check_layer(layer, other, any_state: bool) -> None:
    if type(layer) is not type(other):
        raise RnnhwError(f"layer {layer.name} of the core is of another kind than {other.name}")
    for field in fields(layer):
        mine, theirs = getattr(layer, field.name), getattr(other, field.name)
        if field.name == "name":
            continue
        if field.name in getattr(layer, "parts", ()):
            _check_layer(mine, theirs, any_state)
        elif isinstance(mine, np.ndarray):
            if mine.shape != theirs.shape:
                raise RnnhwError(f"{field.name} of {layer.name} must have shape {mine.shape}, not {theirs.shape}")
            if field.name == "initial_raw" and not any_state and not np.array_equal(mine, theirs):
                raise RnnhwError(f"the initial state of {layer.name} is fixed in the core (see load_state)")
        elif mine != theirs:
            raise RnnhwError(
                f"{field.name} of {layer.name} must be {_shown(mine)} as in the core, not {_shown(theirs)}"
            )


def _shown(value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
