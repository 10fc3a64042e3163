"""Sequences with their answers: what the examples' data are, and how they are written."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnhw.files import write_whole

#: Where data go that a script makes, if nothing else is said.
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences with labels or targets.

    Parameters
    ----------
    x : ndarray, shape (sequences, steps, inputs)
    y : ndarray
        Labels (int64) or targets (float).
    lengths : ndarray of int64 or None
    """

    x: np.ndarray
    y: np.ndarray
    lengths: np.ndarray | None = None

    def __len__(self):
        return len(self.x)

    def __getitem__(self, some):
        return Sequences(self.x[some], self.y[some], None if self.lengths is None else self.lengths[some])

    def write(self, path):
        """Write an .npz as `rnnhw` reads it, whole or not at all."""
        arrays = {"x": self.x, "y": self.y} | ({} if self.lengths is None else {"lengths": self.lengths})
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, buffer.getvalue())


def accuracy(model, data):
    """Right answers of a classifying network, and their share as text."""
    right = int((model.run(data.x, data.lengths).argmax(axis=1) == data.y).sum())
    return right, f"{right / len(data):.2%} ({right} of {len(data)})"
