"""Data files for calibration and evaluation."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnhw.errors import RnnhwError

from .batch import check_batch

KEYS = ("x", "lengths", "y")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Sequences, with what belongs to them.

    Parameters
    ----------
    x : ndarray of float64, shape (sequences, steps, inputs)
    lengths : ndarray of int64, shape (sequences,)
    y : ndarray or None
        Labels (int, one a sequence) or targets.
    """

    x: np.ndarray
    lengths: np.ndarray
    y: np.ndarray | None


def load_data(path, input_size: int) -> Dataset:
    """Read an ``.npz`` with `x`, optional `lengths`, optional `y`.

    Parameters
    ----------
    path : path
    input_size : int
        What the last axis of `x` must measure.

    Raises
    ------
    RnnhwError
        If the file is missing or damaged, has other keys, or does not fit the network.
    """
    path = Path(path)
    if path.is_dir():
        raise RnnhwError(f"{path}: is a folder, not a file")
    if not path.is_file():
        raise RnnhwError(f"{path}: no such file")
    if not zipfile.is_zipfile(path):
        raise RnnhwError(f"{path}: not a readable .npz (numpy.savez makes one)")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except Exception as error:  # a damaged archive makes zipfile, zlib and numpy raise nearly anything
        raise RnnhwError(f"{path}: not a readable .npz ({error})") from None
    if "x" not in arrays or set(arrays) - set(KEYS):
        raise RnnhwError(
            f"{path}: must hold x and may hold lengths and y, not {', '.join(sorted(arrays)) or 'nothing'}"
        )
    try:
        x, lengths = check_batch(arrays["x"], arrays.get("lengths"), input_size)
    except RnnhwError as error:
        raise RnnhwError(f"{path}: {error}") from None
    y = arrays.get("y")
    if y is not None and y.shape[:1] != x.shape[:1]:
        raise RnnhwError(f"{path}: y must have {len(x)} entries, one a sequence, not shape {y.shape}")
    return Dataset(x, lengths, y)
