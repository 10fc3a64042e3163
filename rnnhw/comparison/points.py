"""Configurations with their figures, as plain data."""

from dataclasses import dataclass, field

from .crew import Crew
from .grid import WIDTHS, Setting, canonical
from .tasks import Job

OPTIONS = ("layers", *WIDTHS)  # numbers that stand elsewhere in a point


@dataclass(frozen=True, eq=False)
class Points:
    """Finds figures of configurations; each is looked for once.

    Parameters
    ----------
    crew : Crew
    progress : callable
        Title -> context manager that gives what takes `Counts`.
    """

    crew: Crew
    progress: object
    _known: dict[Setting, dict] = field(default_factory=dict)

    def find(self, settings: list[Setting], title: str) -> list[dict]:
        """The figures of some configurations, in their order; golden runs once for those of the same numbers."""
        wanted: dict[str, list[Setting]] = {}
        for setting in dict.fromkeys(setting for setting in settings if setting not in self._known):
            wanted.setdefault(canonical(setting.numbers), []).append(setting)
        groups = list(wanted.values())
        jobs = [Job("figures", group[0].numbers, [setting.knobs for setting in group]) for group in groups]
        with self.progress(title) as tell:
            results = self.crew.do(jobs, tell)
        for group, result in zip(groups, results, strict=True):
            for at, setting in enumerate(group):
                self._known[setting] = _figures(result, at)
        return [dict(self._known[setting]) for setting in settings]

    @property
    def tried(self) -> int:
        """How many configurations were looked at."""
        return len(self._known)


def _figures(result: dict, at: int) -> dict:
    if "refused" in result:
        return {"refused": result["refused"]}
    hardware = result["hardware"][at]
    return (
        {"refused": hardware["refused"]} if "refused" in hardware else result["golden"] | hardware | {"refused": None}
    )


def make_point(setting: Setting, name: str, varied: tuple[str, ...], figures: dict) -> dict:
    """A configuration with what was found, as it stands in the document."""
    numbers = setting.numbers
    return {
        "id": name,
        **{key: numbers.get(key) for key in WIDTHS},
        "layers": numbers.get("layers", {}),
        "options": {key: value for key, value in numbers.items() if key not in OPTIONS},
        "knobs": {key: value for key, value in setting.knobs.items() if key in varied},
        **figures,
        "front": False,
        "verified": None,
    }
