"""The configurations that are compared: all combinations of lists of widths, options and knobs."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from numbers import Integral

from rnnhw.errors import RnnhwError
from rnnhw.plan import Hardware
from rnnhw.quantize import Quantization

WIDTHS = ("weight_bits", "activation_bits", "state_bits")
NUMBERS = tuple(Quantization.model_fields)
KNOBS = (*Hardware.model_fields, "multipliers")
# where bits are few, what calibration makes of them counts most
DEFAULTS = {"weight_bits": range(2, 9), "activation_bits": [4, 6, 8], "method": "mse", "bias_correction": True}
MOST = 100_000  # configurations
RANGE = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?")


@dataclass(frozen=True, eq=False)
class Setting:
    """One configuration; equal if all is.

    Parameters
    ----------
    numbers : dict
        Options of `rnnhw.quantize`.
    knobs : dict
        Options of `rnnhw.Design`.
    """

    numbers: dict = field(default_factory=dict)
    knobs: dict = field(default_factory=dict)

    @cached_property
    def _key(self) -> str:
        return canonical([self.numbers, self.knobs])

    def __eq__(self, other) -> bool:
        return isinstance(other, Setting) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def read_list(text: str, name: str) -> list[int]:
    """Numbers in the order in which they are written: ``2-8,10,12``.

    Raises
    ------
    RnnhwError
        If the text is none of that.
    """
    found = []
    for part in str(text).split(","):
        match = RANGE.fullmatch(part.strip())
        if match is None:
            raise RnnhwError(f"{name} must be numbers and ranges such as 2-8,10,12, not {text!r}")
        low, high = int(match[1]), int(match[2] or match[1])
        if low > high:
            raise RnnhwError(f"{name}: the range {part.strip()} is empty; write {high}-{low}")
        found += range(low, high + 1)
    return found


def canonical(value) -> str:
    """JSON that is the same for the same value."""
    return json.dumps(value, sort_keys=True, allow_nan=False)


def make_grid(options: dict) -> tuple[list[Setting], tuple[str, ...]]:
    """All combinations.

    Parameters
    ----------
    options : dict
        Options of `rnnhw.quantize` and of `rnnhw.Design` by name. A list or a range is what to try; all else is one
        value. Without widths the usual ones are tried.

    Returns
    -------
    settings : list of Setting
        In a fixed order, in which widths come first and each option's values are as they are given.
    varied : tuple of str
        Names of the options that have several values.

    Raises
    ------
    RnnhwError
        For an unknown option, one without values, or a value that is impossible in every combination.
    """
    axes = {name: _values(name, value) for name, value in (DEFAULTS | options).items()}
    order = [name for name in (*WIDTHS, *NUMBERS, *KNOBS) if name in axes]
    axes = {name: axes[name] for name in dict.fromkeys(order)}
    count = 1
    for values in axes.values():
        count *= len(values)
    if count > MOST:
        raise RnnhwError(f"the grid has {count:,} configurations; at most {MOST:,} are compared")
    settings = [_setting(dict(zip(axes, values, strict=True))) for values in product(*axes.values())]
    _check(settings)
    return settings, tuple(name for name, values in axes.items() if len(values) > 1)


def _values(name: str, value) -> list:
    if name not in NUMBERS and name not in KNOBS:
        raise RnnhwError(f"unknown option {name}; allowed are {', '.join((*NUMBERS, *KNOBS))}")
    if not isinstance(value, list | range):
        return [_plain(name, value)]
    values = list({repr(item): item for item in (_plain(name, item) for item in value)}.values())
    if not values:
        raise RnnhwError(f"{name} must have at least one value to compare")
    return values


def _plain(name: str, value):
    """A value as plain data."""
    if name == "layers":
        widths = Quantization(layers=value).layers
        return {layer: own.model_dump(exclude_none=True) for layer, own in widths.items()}
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else value


def _setting(chosen: dict) -> Setting:
    numbers = {name: value for name, value in chosen.items() if name in NUMBERS}
    return Setting(numbers, {name: value for name, value in chosen.items() if name not in NUMBERS})


def _check(settings: list[Setting]) -> None:
    """Refuse a value that no combination can have, with the first reason; others are refused one by one later."""
    wrong, reasons = {}, {}
    for setting in settings:
        for part in (setting.numbers, setting.knobs):
            key = canonical(part)
            if key not in wrong:
                wrong[key] = _reason(part, part is setting.knobs)
            for name, value in part.items():
                reasons.setdefault((name, repr(value)), []).append(wrong[key])
    for found in reasons.values():
        if all(found):
            raise RnnhwError(found[0])


def _reason(part: dict, knobs: bool) -> str | None:
    try:
        if knobs:
            Hardware(**{name: value for name, value in part.items() if name != "multipliers"})
        else:
            Quantization(**part)
    except RnnhwError as error:
        return str(error)
    return None


def names(settings: Iterable[Setting], varied: tuple[str, ...]) -> list[str]:
    """A short name for each of some settings, each its own: widths, then what else differs."""
    found, seen = [], Counter()
    for setting in settings:
        name = _name(setting, varied)
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return found


def _name(setting: Setting, varied: tuple[str, ...]) -> str:
    numbers = setting.numbers
    parts = ["/".join(_widths(numbers, key) for key in WIDTHS if key != "state_bits" or _states(numbers))]
    for name, value in (setting.numbers | setting.knobs).items():
        if name not in varied or name in WIDTHS:
            continue
        if isinstance(value, bool):
            parts += [name.replace("_", "-")] * value
        else:
            parts.append(value if isinstance(value, str) else f"{name}={_short(value)}")
    return " ".join(parts)


def _short(value) -> str:
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _states(numbers: dict) -> bool:
    return any(part.get("state_bits") is not None for part in (numbers, *numbers.get("layers", {}).values()))


def _widths(numbers: dict, key: str) -> str:
    """One number, or with mixed widths those of all layers."""
    default, layers = numbers.get(key), numbers.get("layers", {})
    each = [default if part.get(key) is None else part[key] for part in layers.values()] or [default]
    each = ["auto" if value is None else str(value) for value in each]
    return each[0] if len(set(each)) == 1 else "-".join(each)
