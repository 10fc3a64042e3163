"""Widths for each layer: lowered one at a time, the one that saves the most for what it loses first."""

import math
from dataclasses import dataclass

from rnnhw.errors import RnnhwError
from rnnhw.network import Dense, Network

from .grid import WIDTHS, Setting
from .hardware import cost_of
from .points import Points

ROUNDING = 1e-9  # of a loss, which is a difference of two metrics


@dataclass(frozen=True)
class Limit:
    """What is not to be exceeded.

    Parameters
    ----------
    name : str
        "max_loss", and the cost is to be small; or "max_cost", and the loss is to be small.
    value : float
    """

    name: str
    value: float

    @staticmethod
    def of(max_loss: float | None, max_cost: float | None) -> "Limit | None":
        """The one that is given; None if none is.

        Raises
        ------
        RnnhwError
            If both are, or one is no number.
        """
        given = {name: value for name, value in (("max_loss", max_loss), ("max_cost", max_cost)) if value is not None}
        if len(given) > 1:
            raise RnnhwError("max_loss and max_cost must not be given both: one is the limit, the other is searched")
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{name} must be a number, not {type(value).__name__}")
            if not math.isfinite(value) or value < 0:
                raise RnnhwError(f"{name} must be at least 0, not {value}")
            return Limit(name, value)
        return None

    def met(self, found: "Found") -> bool:
        """Whether a configuration keeps it."""
        return (found.loss if self.name == "max_loss" else found.cost) <= self.value + ROUNDING

    def rank(self, found: "Found") -> tuple:
        """Of those that keep it the least is the best."""
        return (found.cost, found.loss) if self.name == "max_loss" else (found.loss, found.cost)


@dataclass(frozen=True)
class Found:
    """A configuration that can be made, with what it loses and costs."""

    setting: Setting
    loss: float
    cost: float


@dataclass(frozen=True, eq=False)
class Search:
    """The search; deterministic.

    Parameters
    ----------
    points : Points
    net : Network
    limit : Limit
    cost : str
    settings : list of Setting
        Uniform widths: where it begins, and all values that it gives to a layer.
    """

    points: Points
    net: Network
    limit: Limit
    cost: str
    settings: list[Setting]

    def run(self) -> tuple[Setting, list[Setting]]:
        """The best configuration, and all that a walk went through, the uniform ones left out.

        Raises
        ------
        RnnhwError
            If nothing keeps the limit.
        """
        uniform = self._found(self.settings)
        if not uniform:
            raise RnnhwError("no uniform widths can be made, from which others could be searched")
        tried, passed = list(uniform), []
        for start in self._starts(uniform):
            steps, looked = self._walk(start)
            tried += looked
            passed += steps
        kept = [found for found in tried if self.limit.met(found)]
        if not kept:
            self._nothing(tried)
        best = min(kept, key=self.limit.rank)  # the first of equals
        mixed = [found.setting for found in [*passed, best] if "layers" in found.setting.numbers]
        return best.setting, mixed

    def _starts(self, uniform: list[Found]) -> list[Found]:
        """The widest widths, from which all others can be reached, the most exact, and the best that keep the limit."""
        widest = max(uniform, key=lambda found: sum(found.setting.numbers.get(key) or 0 for key in WIDTHS))
        exact = min(uniform, key=lambda found: (found.loss, found.cost))
        kept = [found for found in uniform if self.limit.met(found)]
        return list(dict.fromkeys([widest, exact, *sorted(kept, key=self.limit.rank)[:1]]))

    def _nothing(self, tried: list[Found]) -> None:
        loss, cost = min(found.loss for found in tried), min(found.cost for found in tried)
        least = (
            f"the least loss is {loss:.4g}"
            if self.limit.name == "max_loss"
            else f"the least {self.cost} is {cost:,.4g}"
        )
        raise RnnhwError(f"no widths keep {self.limit.name} {self.limit.value:g}: {least}")

    def _walk(self, here: Found) -> tuple[list[Found], list[Found]]:
        """Where a walk from some widths leads, and all that was looked at on the way."""
        steps, looked = [], []
        while self.limit.name == "max_loss" or not self.limit.met(here):
            lower = self._found(self._lowered(here.setting))
            looked += lower
            steps_down = [found for found in lower if found.cost < here.cost and self._allowed(found)]
            if not steps_down:
                break
            here = max(steps_down, key=lambda found: _gain(here, found))  # the first of equals
            steps.append(here)
        return steps, looked

    def _allowed(self, found: Found) -> bool:
        return self.limit.name == "max_cost" or self.limit.met(found)

    def _found(self, settings: list[Setting]) -> list[Found]:
        figures = self.points.find(settings, "searching widths")
        return [
            Found(setting, point["loss"], cost_of(point, self.cost))
            for setting, point in zip(settings, figures, strict=True)
            if point["refused"] is None and point["fits"] is not False and cost_of(point, self.cost) is not None
        ]

    def _lowered(self, setting: Setting) -> list[Setting]:
        """One width of one layer lower, by any amount."""
        found = []
        for layer in self.net.layers:
            own = setting.numbers | setting.numbers.get("layers", {}).get(layer.name, {})
            for key in WIDTHS[: 2 if isinstance(layer, Dense) else 3]:
                if own.get(key) is not None:
                    lower = sorted({value for value in self._values(key) if value < own[key]}, reverse=True)
                    found += [self._with(setting, layer.name, key, value) for value in lower]
        return found

    def _values(self, key: str) -> set[int]:
        return {setting.numbers[key] for setting in self.settings if setting.numbers.get(key) is not None}

    def _with(self, setting: Setting, name: str, key: str, value: int) -> Setting:
        """Another width of a layer; widths that have become equal everywhere stand as uniform ones."""
        layers = all_layers(self.net, setting.numbers)
        layers = layers | {name: layers[name] | {key: value}}
        usual = [width for width in WIDTHS if setting.numbers.get(width) is not None]
        widest = {key: max(widths.get(key, 0) for widths in layers.values()) for key in usual}
        rest = {name: value for name, value in setting.numbers.items() if name != "layers"} | widest
        if rest.get("state_bits") is not None:  # which no layer's activations may exceed
            rest["state_bits"] = max(rest["state_bits"], rest["activation_bits"])
        if all(value == widest[key] for widths in layers.values() for key, value in widths.items()):
            return Setting(rest, setting.knobs)
        return Setting(rest | {"layers": layers}, setting.knobs)


def all_layers(net: Network, numbers: dict) -> dict[str, dict]:
    """The widths of each layer: its own ones, and those of all."""
    usual = {key: numbers[key] for key in WIDTHS if numbers.get(key) is not None}
    stateless = {key: value for key, value in usual.items() if key != "state_bits"}
    own = numbers.get("layers", {})
    found = {layer.name: stateless if isinstance(layer, Dense) else usual for layer in net.layers}
    return found | {name: found.get(name, {}) | widths for name, widths in own.items()}


def _gain(here: Found, there: Found) -> tuple:
    """The greater, the better: what is saved without a loss, else what is saved for what is lost."""
    saved, lost = here.cost - there.cost, there.loss - here.loss
    return (1, saved) if lost <= 0 else (0, saved / lost)
