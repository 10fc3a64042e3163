"""What quantised networks are compared by: one number, of which more or less is better."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import util
from numbers import Real
from pathlib import Path

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network import Dataset, Network

from .answers import CLASSIFICATION, Answers, rms, task_of

HIGHER, LOWER = "higher", "lower"


def accuracy(answers: Answers, y: np.ndarray) -> float:
    """Per cent of right decisions."""
    return 100 * float((answers.decisions(y) == answers.labels).mean())


def agreement(answers: Answers, y: np.ndarray) -> float:
    """Per cent of equal decisions with the float network."""
    found = answers.agreement(y)
    if found is None:
        raise RnnhwError("metric agreement compares decisions, but y holds targets (floats)")
    return found


def rmse(answers: Answers, y: np.ndarray) -> float:
    """Root of the mean square error: against targets where there are some, else against the float network."""
    if answers.net.head == "argmax":
        raise RnnhwError("metric rmse needs values, but the network's head is argmax")
    if answers.data.y is None or answers.task == CLASSIFICATION:
        return answers.error(y)
    return rms(answers.rows(y) - answers.targets)


def mape(answers: Answers, y: np.ndarray) -> float:
    """Mean of the errors' share of the target, in per cent."""
    if answers.net.head == "argmax":
        raise RnnhwError("metric mape needs values, but the network's head is argmax")
    targets = answers.targets
    if not targets.all():
        raise RnnhwError("metric mape divides by the targets, and a target in y is 0")
    return 100 * float(np.mean(np.abs((answers.rows(y) - targets) / targets)))


@dataclass(frozen=True)
class Metric:
    """A figure of merit.

    Parameters
    ----------
    name : str
    unit : str
        "%" or "".
    better : str
        "higher" or "lower".
    function : callable, optional
        Takes `Answers` and y.
    file : Path, optional
        Where the user's function stands, which is looked up wherever it is needed, by its name.
    """

    name: str
    unit: str
    better: str
    function: Callable | None = None
    file: Path | None = None

    def __getstate__(self):
        if self.file is None and METRICS.get(self.name) is not self:
            raise RnnhwError(f"metric {self.name} is in no file that worker processes could read")
        return {"name": self.name, "file": self.file}

    def __setstate__(self, state):
        found = METRICS[state["name"]] if state["file"] is None else from_file(state["file"], state["name"])
        for key, value in vars(found).items():
            object.__setattr__(self, key, value)

    @property
    def identity(self) -> str:
        """All that its value depends on beside answers and data, as far as it is known."""
        return self.name if self.file is None else f"{self.name} of {self.file.read_text()}"

    def value(self, answers: Answers, y: np.ndarray) -> float:
        """The figure.

        Raises
        ------
        RnnhwError
            If the data does not have what it takes, or the user's function fails.
        """
        return self.function(answers, y)

    def loss(self, value: float, reference: float) -> float:
        """How much worse a value is than another one."""
        return reference - value if self.better == HIGHER else value - reference


METRICS = {
    "accuracy": Metric("accuracy", "%", HIGHER, accuracy),
    "agreement": Metric("agreement", "%", HIGHER, agreement),
    "RMSE": Metric("RMSE", "", LOWER, rmse),
    "MAPE": Metric("MAPE", "%", LOWER, mape),
}


def find_metric(wanted, net: Network, data: Dataset) -> Metric:
    """The metric of a name or a user's own.

    Parameters
    ----------
    wanted : str, callable or None
        A name of `METRICS` in any case; ``FILE.py:function``; a function (y, targets, lengths) -> float, with an
        attribute `better`, "higher" (as without it) or "lower", and `unit`; None is accuracy for labels, else RMSE.
    net : Network
    data : Dataset

    Raises
    ------
    RnnhwError
        If there is none of that name, or a file cannot be used.
    """
    if wanted is None:
        classes = task_of(net, data) == CLASSIFICATION
        return METRICS["RMSE" if not classes else "agreement" if data.y is None else "accuracy"]
    if callable(wanted):
        return from_function(wanted)
    if not isinstance(wanted, str):
        raise TypeError(f"metric must be a name or a function, not {type(wanted).__name__}")
    known = {name.lower(): metric for name, metric in METRICS.items()}
    if wanted.lower() in known:
        return known[wanted.lower()]
    file, colon, name = wanted.rpartition(":")
    if not colon or not file.endswith(".py"):
        raise RnnhwError(f"metric must be one of {', '.join(known)} or FILE.py:function, not {wanted!r}")
    return from_file(Path(file).absolute(), name)


def from_file(file: Path, name: str) -> Metric:
    """The user's metric out of a file.

    Raises
    ------
    RnnhwError
        If there is none.
    """
    if not file.is_file():
        raise RnnhwError(f"{file}: no such file")
    spec = util.spec_from_file_location(f"rnnhw_metric_{file.stem}", file)
    module = util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever the user's file does
        raise RnnhwError(f"{file}: cannot be run ({type(error).__name__}: {error})") from None
    function = getattr(module, name, None)
    if not callable(function):
        raise RnnhwError(f"{file}: has no function {name!r}")
    return replace(from_function(function), name=name, file=file)


def from_function(function: Callable) -> Metric:
    """The user's metric: a function (y, targets, lengths) -> float.

    Raises
    ------
    RnnhwError
        If its attribute `better` is neither "higher" nor "lower".
    """
    name = getattr(function, "__name__", type(function).__name__)
    better, unit = getattr(function, "better", HIGHER), getattr(function, "unit", "")
    if better not in (HIGHER, LOWER):
        raise RnnhwError(f"{name}.better must be {HIGHER!r} or {LOWER!r}, not {better!r}")

    def value(answers: Answers, y: np.ndarray) -> float:
        targets = None if answers.data.y is None else answers.data.y.copy()
        try:
            found = function(y.copy(), targets, answers.lengths.copy())
        except (Exception, SystemExit) as error:  # whatever the user's function does
            raise RnnhwError(f"metric {name} failed: {type(error).__name__}: {error}") from None
        if isinstance(found, bool) or not isinstance(found, Real | np.ndarray):
            raise RnnhwError(f"metric {name} must return a number, not {type(found).__name__}")
        if np.size(found) != 1 or not math.isfinite(found := float(np.reshape(found, ())[()])):
            raise RnnhwError(f"metric {name} must return a finite number, not {found}")
        return found

    return Metric(name, str(unit), better, value)
