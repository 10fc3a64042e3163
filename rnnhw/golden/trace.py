"""Every named intermediate of a run, by layer, and how often each point saturated."""

from dataclasses import dataclass, field

import numpy as np

from rnnhw.fixedpoint import QFormat, shift_round

#: What a trace keeps: every intermediate, what each layer gives (h of a cell, y of a dense layer), or counts alone.
KEPT = ("signals", "outputs", "counts")


@dataclass
class Trace:
    """What `run` saw.

    Parameters
    ----------
    kept : str
        One of `KEPT`.

    Members
    -------
    signals : dict
        ``signals[layer][name]`` is an int64 array of shape (sequences, steps, units), by time step; of a
        bidirectional layer each cell has its own name. An LSTM has ``a_i z_i i``, the same for f, g, o, then
        ``c zc tc h``; a GRU ``a_r z_r r a_z z_z z``, then ``a_nx a_nh p z_n n h`` with the reset after and
        ``s a_n z_n n h`` with the reset before; an RNN ``a z h`` (relu: ``a h``); a dense layer ``a y``. The
        network's input, with what was fed back, is ``signals["input"]["x"]``. Only valid steps mean something
        (for the dense layers of a many-to-one network: a sequence's last step).
    saturations : dict
        ``(layer, point)`` to the number of values that were clipped there at valid steps.
    samples : dict
        ``(layer, point)`` to the number of values in all.
    """

    kept: str = "signals"
    signals: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    saturations: dict[tuple[str, str], int] = field(default_factory=dict)
    samples: dict[tuple[str, str], int] = field(default_factory=dict)

    def put(self, layer: str, name: str, where: tuple, steps: int, value_raw: np.ndarray) -> None:
        """Note a signal at an index among (sequences, `steps`), whose first part takes all sequences."""
        if self.kept == "counts" or (self.kept == "outputs" and name not in ("h", "y")):
            return
        arrays = self.signals.setdefault(layer, {})
        if name not in arrays:
            arrays[name] = np.zeros((value_raw.shape[0], steps, value_raw.shape[-1]), np.int64)
        arrays[name][where] = value_raw

    def count(self, layer: str, point: str, clipped: np.ndarray) -> None:
        """Count the clipped among some values (a bool array of the valid ones)."""
        key = (layer, point)
        self.saturations[key] = self.saturations.get(key, 0) + int(np.count_nonzero(clipped))
        self.samples[key] = self.samples.get(key, 0) + clipped.size


@dataclass(frozen=True)
class Point:
    """A requantisation point: brings raw values to a format and counts the clipped ones.

    Parameters
    ----------
    layer, name : str
    target : QFormat
    rounding : str
    trace : Trace or None
        Where to count; None saves the comparison.
    """

    layer: str
    name: str
    target: QFormat
    rounding: str
    trace: Trace | None

    def __call__(self, raw: np.ndarray, frac: int, valid: np.ndarray) -> np.ndarray:
        """Requantise `raw` of shape (..., units), of which those in `valid` of shape (...) count."""
        exact = shift_round(raw, frac - self.target.frac, self.rounding)
        result = np.clip(exact, self.target.min_raw, self.target.max_raw).astype(np.int64, copy=False)
        if self.trace is not None:
            self.trace.count(self.layer, self.name, (exact != result)[valid])
        return result
