"""What all layers have in common: names, arrays that nobody can write to, equality."""

import re
from dataclasses import fields

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.tensors import check_shape, real_array

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def check_name(name):
    """Layer names become signal and file names, so they are kept to letters, digits and underscores."""
    if not isinstance(name, str):
        raise TypeError(f"layer name must be a str, not {type(name).__name__}")
    if not _NAME.fullmatch(name) or name == "mask":
        raise RnnhwError(
            f"layer name must be a letter, then letters, digits or underscores, and not 'mask', not {name!r}"
        )


def check_choice(value, allowed, what):
    """Refuse a value that is none of `allowed`."""
    if value not in allowed:
        raise RnnhwError(f"{what} must be {listed(allowed)}, not {value!r}")


def listed(values):
    """'a', 'b' or 'c'."""
    *most, last = map(repr, values)
    return f"{', '.join(most)} or {last}" if most else last


def shaped(value, what, shape, meaning):
    """A float64 array of its own, of a given shape (None stands for any size)."""
    array = real_array(value, what)
    check_shape(array, what, shape, meaning)
    return array


def store(layer, **arrays):
    """Set fields of a frozen layer to arrays that nobody can write to any more."""
    for field, array in arrays.items():
        array.setflags(write=False)
        object.__setattr__(layer, field, array)


def equal(a, b):
    """Whether two layers are of one kind and equal in every field, arrays bit for bit."""
    if type(a) is not type(b):
        return NotImplemented
    return all(_same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))


def _same(a, b):
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return type(a) is type(b) and a == b
