"""Answers of a network, as decisions and as values, held against what they should be."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network import MANY_TO_ONE, ONE_TO_MANY, Dataset, Network

CLASSIFICATION, REGRESSION = "classification", "regression"


def task_of(net: Network, data: Dataset) -> str:
    """ "classification" or "regression": as the kind of y says (integers are labels), or without y the head."""
    if data.y is None:
        return CLASSIFICATION if net.head != "none" else REGRESSION
    return CLASSIFICATION if data.y.dtype.kind in "iub" else REGRESSION


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network's answers on some data are held against.

    Parameters
    ----------
    net : Network
    data : Dataset
        Its `y`, if there is one: integers are labels, one for each answer; floats are targets, as large as the
        answers. Where a sequence has several answers, those past its end are not looked at.
    reference : ndarray
        The float network's answers.
    """

    net: Network
    data: Dataset
    reference: np.ndarray

    @cached_property
    def lengths(self) -> np.ndarray:
        """Answers of each sequence."""
        if self.net.mode == MANY_TO_ONE:
            return np.ones(len(self.reference), np.int64)
        if self.net.mode == ONE_TO_MANY:
            return np.full(len(self.reference), self.net.steps)
        return self.data.lengths

    @property
    def task(self) -> str:
        """As of `task_of`."""
        return task_of(self.net, self.data)

    @cached_property
    def _shape(self) -> tuple[int, ...]:
        """Sequences, and where there are several answers their number."""
        return self.reference.shape[:-1]

    @cached_property
    def _valid(self) -> np.ndarray:
        if self.net.mode == MANY_TO_ONE:
            return np.ones(self._shape, bool)
        return np.arange(self._shape[1]) < self.lengths[:, None]

    def rows(self, y: np.ndarray) -> np.ndarray:
        """All answers that count, shape (answers, outputs)."""
        return y[self._valid]

    def decisions(self, y: np.ndarray) -> np.ndarray:
        """The class of each answer: the largest output, the first of equals; of one output whether it is above 0."""
        rows = self.rows(y)
        if self.net.head == "argmax":
            return rows[:, 0].astype(np.int64)
        return rows.argmax(axis=1) if rows.shape[1] > 1 else (rows[:, 0] > 0).astype(np.int64)

    @cached_property
    def labels(self) -> np.ndarray:
        """The right classes.

        Raises
        ------
        RnnhwError
            If the data has none, or none that fit.
        """
        y = self._given(CLASSIFICATION, "labels (integers)")
        if y.shape not in self._label_shapes:
            wanted = " or ".join(str(shape) for shape in self._label_shapes)
            raise RnnhwError(f"y must hold one label an answer, shape {wanted}, not {y.shape}")
        labels = y.reshape(self._shape)[self._valid].astype(np.int64)
        classes = max(2, self.net.result_size)
        if labels.min() < 0 or labels.max() >= classes:
            raise RnnhwError(f"labels must be in 0..{classes - 1}, not {labels.min()}..{labels.max()}")
        return labels

    @cached_property
    def targets(self) -> np.ndarray:
        """The right values, shape (answers, outputs).

        Raises
        ------
        RnnhwError
            If the data has none, or none that fit.
        """
        y = self._given(REGRESSION, "targets (floats)")
        outputs = self.reference.shape[-1]
        shapes = [(*shape, outputs) for shape in self._label_shapes] + self._label_shapes * (outputs == 1)
        if y.shape not in shapes:
            hint = "; labels of classes have to be integers" if y.shape in self._label_shapes else ""
            raise RnnhwError(f"y must hold a target for each output, shape {shapes[0]}, not {y.shape}{hint}")
        targets = y.reshape(self.reference.shape)[self._valid].astype(np.float64)
        if not np.isfinite(targets).all():
            raise RnnhwError("targets y must be finite, but there is a NaN or an infinity among them")
        return targets

    @property
    def _label_shapes(self) -> list[tuple[int, ...]]:
        one = self._shape[1:] == (1,)
        return [self._shape, self._shape[:1]] if one else [self._shape]

    def _given(self, task: str, what: str) -> np.ndarray:
        if self.data.y is None:
            raise RnnhwError(f"the data has no y, which should hold {what}")
        if self.task != task:
            raise RnnhwError(f"y must hold {what}, not {self.data.y.dtype}")
        return self.data.y

    def agreement(self, y: np.ndarray) -> float | None:
        """Per cent of equal decisions with the float network; None where nothing is decided."""
        if self.task != CLASSIFICATION:
            return None
        return 100 * float((self.decisions(y) == self.decisions(self.reference)).mean())

    def error(self, y: np.ndarray) -> float | None:
        """Root of the mean square error against the float network's answers; None of an argmax."""
        if self.net.head == "argmax":
            return None
        return rms(self.rows(y) - self.rows(self.reference))


def rms(values: np.ndarray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))
