"""The trained example that comes with rnnhw: an LSTM that reads 8x8 digits row by row. See README.md here."""

from importlib.resources import files
from pathlib import Path


def _path(name):
    return Path(str(files(__name__) / name))


def digits_model():
    """Path of the trained network, a .safetensors file for `rnnhw.load`."""
    return _path("digits_lstm.safetensors")


def digits_test():
    """Path of the held-out test set, an .npz: `x` (450, 8, 8) float32 in 0..1, `y` (450,) int64 in 0..9."""
    return _path("digits_test.npz")


def digits_calibration():
    """Path of 256 training sequences for calibration, an .npz file with `x` and `y` as in the test set."""
    return _path("digits_calibration.npz")
