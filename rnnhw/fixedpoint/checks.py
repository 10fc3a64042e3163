"""Checks that parameters make of themselves: name, rule, value."""

import operator

from rnnhw.errors import RnnhwError


def integer(name: str, value: object, low: int | None = None, high: int | None = None) -> int:
    """Return `value` as a Python int, or say by `name` why it is none.

    Raises
    ------
    TypeError
        If `value` is not an integer (a float, a string, a bool).
    RnnhwError
        If it is outside ``low..high`` (both inclusive, None is open).
    """
    if isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {value!r}") from None
    if (low is not None and number < low) or (high is not None and number > high):
        if high is None:
            raise RnnhwError(f"{name} must be at least {low}, not {number}")
        if low is None:
            raise RnnhwError(f"{name} must be at most {high}, not {number}")
        raise RnnhwError(f"{name} must be in {low}..{high}, not {number}")
    return number


def choice(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """Return `value` if it is one of the `allowed` words, else say which are."""
    if value not in allowed:
        raise RnnhwError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return str(value)


def lookup(kind: str, name: object, table: dict, usual: dict[str, str]):
    """The entry of `table` under a name, in upper or lower case; `usual` holds further names for some entries."""
    if not isinstance(name, str):
        raise TypeError(f"{kind} must be a name, not {type(name).__name__}")
    key = name.lower()
    found = table.get(usual.get(key, key))
    if found is None:
        raise RnnhwError(f"{kind} must be one of {', '.join([*table, *usual])}, not {name!r}")
    return found
