"""What each cell went through in a forward pass, put in the order in which gradients come back."""

from dataclasses import dataclass

import numpy as np

from rnnhw.analysis.bptt.pull import RULES
from rnnhw.analysis.bptt.slopes import cell_slopes
from rnnhw.network.curves import cell_curves


@dataclass(frozen=True, eq=False)
class Tape:
    """One cell along all sequences, from its own last step back.

    Index k of the second axis is the step k steps before the cell's last one: of a forward cell step
    length - 1 - k of the sequence, of a backward cell step k.

    Parameters
    ----------
    cell : LSTM, GRU or RNN
    backward : bool
    steps : numpy.ndarray of int, shape (sequences, steps)
        Where k stands in time.
    valid : numpy.ndarray of bool, shape (sequences, steps)
        Whether the sequence has so many steps.
    x : numpy.ndarray, shape (sequences, steps, inputs)
        The input of each step.
    h : numpy.ndarray, shape (sequences, steps, hidden)
        The cell's output before each step.
    factors : dict of str to numpy.ndarray
        What `rnnhw.analysis.bptt.pull` needs of each step, (sequences, steps, hidden).
    """

    cell: object
    backward: bool
    steps: np.ndarray
    valid: np.ndarray
    x: np.ndarray
    h: np.ndarray
    factors: dict

    @property
    def rule(self):
        """How gradients pass a step of the cell."""
        return RULES[self.cell.kind]

    @property
    def name(self) -> str:
        """Of the cell."""
        return self.cell.name

    @property
    def longest(self) -> int:
        """Steps of the longest sequence."""
        return int(self.valid.any(axis=0).sum())

    def at(self, k: int, rows: bool = False) -> dict:
        """The factors of one step, with `rows` ready for several gradients a sequence."""
        index = (slice(None), k, None) if rows else (slice(None), k)
        return {name: values[index] for name, values in self.factors.items()}

    def gather(self, values: np.ndarray) -> np.ndarray:
        """Values by time step, (sequences, steps, units), in the order of the tape; zeros where nothing is."""
        return np.take_along_axis(values, self.steps[..., None], axis=1) * self.valid[..., None]

    def scatter(self, values: np.ndarray) -> np.ndarray:
        """Values in the order of the tape by time step; zeros past each sequence's length."""
        found = np.zeros_like(values)
        rows, places = np.nonzero(self.valid)
        found[rows, self.steps[rows, places]] = values[rows, places]
        return found


def read_tapes(net, trace: dict) -> list[Tape]:
    """The tapes of a network's cells, in the order of `Network.cells`.

    Parameters
    ----------
    net : Network
    trace : dict
        Of ``net.run(x, lengths, trace=True)``.
    """
    mask = trace["mask"]
    lengths = mask.sum(axis=1)
    curves, slopes = cell_curves(net), cell_slopes(net)
    directions = [backward for layer in net.recurrents for backward in layer.backwards]
    return [
        _tape(cell, backward, lengths, mask.shape[1], trace[cell.name], curves, slopes)
        for cell, backward in zip(net.cells, directions, strict=True)
    ]


def _tape(cell, backward, lengths, steps, trace, curves, slopes):
    lags = np.arange(steps)[None]
    valid = lags < lengths[:, None]
    places = np.broadcast_to(lags, valid.shape) if backward else lengths[:, None] - 1 - lags
    places = np.where(valid, places, 0)
    signals = {key: np.take_along_axis(values, places[..., None], axis=1) for key, values in trace.items()}
    x = signals.pop("x") * valid[..., None]
    last = np.arange(steps)[None] == lengths[:, None] - 1
    initial = np.split(cell.initial, len(cell.initial_fields))
    for key, begin in zip(("h", "c"), initial, strict=False):
        signals[f"{key}_before"] = _before(signals[key], last, begin)
    factors = RULES[cell.kind].factors(cell, signals, curves, slopes)
    return Tape(cell, backward, places, valid, x, signals["h_before"], factors)


def _before(after, last, begin):
    """The states before each step: those after the step before it, and the initial one before the first."""
    found = np.roll(after, -1, axis=1)
    return np.where(last[..., None], begin, found)
