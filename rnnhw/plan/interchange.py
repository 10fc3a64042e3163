"""Other weights for the same core: whether a network can take another's place, and its load image."""

from dataclasses import fields, is_dataclass

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.quantize import QuantizedNetwork

from .plan import Plan, make_plan

LOADED = ("weight_ih_raw", "weight_hh_raw", "bias_raw", "bias_hn_raw", "weight_raw")  # arrays that an image brings
FACTS = ("mode", "steps", "reading", "head", "sigmoid", "tanh")
WIDTHS = ("weight_bits", "activation_bits", "rounding")


def image_of(plan: Plan, network: QuantizedNetwork) -> bytes:
    """The image that makes a core with loadable weights compute another network.

    Parameters
    ----------
    plan : Plan
        Of the core.
    network : QuantizedNetwork
        Like the plan's own in everything but the values of weights and biases (and names).

    Raises
    ------
    RnnhwError
        If the weights are fixed, or anything else of the network is not like that of the core, by its name.
    """
    if plan.hardware.weights != "loadable":
        raise RnnhwError("the core's weights are fixed: it was made with weights='rom', not 'loadable'")
    if network is plan.network:
        return plan.load_image()
    check_like(plan.network, network, states=not plan.hardware.load_state)
    other = make_plan(network, plan.hardware)
    for mine, its in zip(plan.engines, other.engines, strict=True):
        if its.accumulator_bits > mine.accumulator_bits:
            raise RnnhwError(
                f"sums of {its.layers[0].name} need {its.accumulator_bits} bits (its biases are large), "
                f"the core has {mine.accumulator_bits}"
            )
    return other.load_image()


def check_like(network: QuantizedNetwork, other: QuantizedNetwork, states: bool = True) -> None:
    """Hold a network against the one that a core was made of.

    Parameters
    ----------
    network, other : QuantizedNetwork
    states : bool
        Whether the constant initial states count.

    Raises
    ------
    RnnhwError
        Naming the first thing that differs.
    """
    for name in FACTS:
        _same(name, getattr(network, name), getattr(other, name))
    for name in WIDTHS:
        _same(name, getattr(network.config, name), getattr(other.config, name))
    _same("the kind of table", network.table.kind, other.table.kind)
    _same("the number of layers", len(network.layers), len(other.layers))
    for mine, its in zip(network.layers, other.layers, strict=True):
        _check_layer(mine, its, states)


def _check_layer(mine, its, states: bool) -> None:
    _same(f"the kind of {its.name}", mine.kind, its.kind)
    for field in fields(mine):
        name, values = field.name, (getattr(mine, field.name), getattr(its, field.name))
        if name == "name" or (name == "initial_raw" and not states):
            continue
        if is_dataclass(values[0]) and hasattr(values[0], "cells"):
            _check_layer(*values, states)
        elif isinstance(values[0], np.ndarray):
            _same(f"the shape of {its.name}.{name}", *(value.shape for value in values))
            if name not in LOADED and not np.array_equal(*values):
                raise RnnhwError(f"{its.name}.{name} must be as in the core's own network: it is not loaded")
        else:
            _same(f"{its.name}.{name}", *values)


def _same(what: str, mine, its) -> None:
    if mine != its:
        raise RnnhwError(f"{what} must be {_text(mine)}, as the core was made, not {_text(its)}")


def _text(value) -> str:
    """A value for a message: formats as s8.6."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
