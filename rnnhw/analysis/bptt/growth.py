"""How gradients grow or fade along sequences, from the products of Jacobians."""

import math
from dataclasses import dataclass

import numpy as np

from rnnhw.analysis.bptt.jacobians import products, step_jacobian
from rnnhw.analysis.bptt.tape import Tape

#: A gradient has vanished where so much of it is left, and exploded where it is so many times what it was.
VANISHED, EXPLODED = 0.01, 100.0
#: Percentiles over sequences, of nearest rank: no values in between, so that what never happens can be one.
PERCENTILES = (10, 50, 90)
#: Singular values below this share of the largest are rounding.
ROUNDING = 1e-14
#: Single steps of which singular values are taken, and sequences of which those of products are.
SINGLE_STEPS, SPECTRA = 8, 2


@dataclass(frozen=True)
class Spread:
    """The percentiles 10, 50 and 90 of something over sequences; infinite where it never happens."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values) -> "Spread":
        """Of one value a sequence."""
        return cls(*np.percentile(values, PERCENTILES, method="inverted_cdf").tolist())

    def data(self) -> dict:
        """As plain data: None for what is infinite or never happens."""
        named = {"p10": self.low, "median": self.median, "p90": self.high}
        return {key: value if math.isfinite(value) else None for key, value in named.items()}


@dataclass(frozen=True, eq=False)
class Flow:
    """How gradients flow along the recurrence of one cell.

    The gain of a product of Jacobians of n rows is its Frobenius norm / sqrt(n): the factor, in the root mean square,
    by which a gradient of random direction is scaled on its way back. It is 1 at lag 0.

    Parameters
    ----------
    name, kind : str
    layer : int
    backward : bool
    hidden : int
    lengths : numpy.ndarray of int, shape (sequences,)
    state, block : numpy.ndarray, shape (sequences, lags + 1)
        Natural logarithm of the gain of ds_t/ds_{t-k}, and of its block dh_t/dh_{t-k}, at lag k from each sequence's
        last step t. NaN beyond a sequence's length.
    single : numpy.ndarray, shape (steps, state)
        Singular values of ds_t/ds_{t-1} at some steps, falling.
    spectra : dict of int to numpy.ndarray, shape (sequences, state)
        Natural logarithms of the singular values of ds_t/ds_{t-k}, falling, by lag k, of the first sequences.
    """

    name: str
    kind: str
    layer: int
    backward: bool
    hidden: int
    lengths: np.ndarray
    state: np.ndarray
    block: np.ndarray
    single: np.ndarray
    spectra: dict

    @property
    def growth(self) -> Spread:
        """Gain per step: exp(log gain / lag) at the largest lag, the geometric mean along a sequence."""
        last = np.take_along_axis(self.state, self.lengths[:, None], axis=1)[:, 0]
        return Spread.of(np.exp(last / self.lengths))

    @property
    def vanished(self) -> Spread:
        """Lag at which the gain has fallen to 1 %."""
        return Spread.of(_first(self.state <= math.log(VANISHED)))

    @property
    def exploded(self) -> Spread:
        """Lag at which the gain has risen a hundredfold."""
        return Spread.of(_first(self.state >= math.log(EXPLODED)))

    @property
    def beyond(self) -> float | None:
        """Where the sequences end before, the lag of 1 % or of the hundredfold if growth went on at its median."""
        rate, found = self.growth.median, (self.vanished.median, self.exploded.median)
        if rate in (0.0, 1.0) or any(map(math.isfinite, found)):
            return None
        return math.log(VANISHED if rate < 1 else EXPLODED) / math.log(rate)

    def spectrum(self, lag: int) -> tuple[float, float | None]:
        """Natural logarithms of the largest and the median singular value at a lag of `spectra`.

        Medians over sequences; None for a median that is rounding.
        """
        logs = self.spectra[lag]
        largest, middle = (Spread.of(part).median for part in (logs[:, 0], logs[:, logs.shape[1] // 2]))
        return largest, middle if middle >= largest + math.log(ROUNDING) else None

    def curve(self, which: str = "state") -> np.ndarray:
        """Percentiles of the gain's natural logarithm by lag, (3, lags + 1), over the sequences that are so long."""
        values = getattr(self, which)
        columns = [np.percentile(c[~np.isnan(c)], PERCENTILES, method="inverted_cdf") for c in values.T]
        return np.stack(columns, axis=1)

    def data(self) -> dict:
        """As plain data; gains as decimal logarithms, None for a gain of 0."""
        return {
            "name": self.name,
            "kind": self.kind,
            "layer": self.layer,
            "backward": self.backward,
            "hidden": self.hidden,
            "growth_per_step": self.growth.data(),
            "lag_of_1_percent": self.vanished.data(),
            "lag_of_hundredfold": self.exploded.data(),
            "lag_if_it_went_on": self.beyond,
            "step_singular_values": {
                "steps": len(self.single),
                "largest": Spread.of(self.single[:, 0]).data(),
                "median": Spread.of(np.median(self.single, axis=1)).data(),
                "smallest": Spread.of(self.single[:, -1]).data(),
            },
            "product_singular_values": [
                dict(
                    zip(("lag", "log10_largest", "log10_median"), (lag, *map(_log10, self.spectrum(lag))), strict=True)
                )
                for lag in self.spectra
            ],
            "log10_gain_state": _curve_data(self.curve("state")),
            "log10_gain_hidden": _curve_data(self.curve("block")),
        }


def flow(tape: Tape, layer: int) -> Flow:
    """How gradients flow along one cell.

    Parameters
    ----------
    tape : Tape
    layer : int
        Number of the recurrent layer that the cell is in.
    """
    hidden, size = tape.cell.hidden_size, tape.cell.state_size
    sequences, steps = len(tape.valid), tape.longest
    state, block = np.zeros((2, sequences, steps + 1))
    marks, spectra = lag_marks(steps), {}
    for lag, (scaled, log) in enumerate(products(tape), 1):
        state[:, lag] = log - 0.5 * math.log(size)
        with np.errstate(divide="ignore"):
            part = np.log(np.linalg.norm(scaled[:, :hidden, :hidden], axis=(1, 2)))
            block[:, lag] = log + part - 0.5 * math.log(hidden)
            whole = np.flatnonzero(tape.valid[:SPECTRA, lag - 1])
            if lag in marks and len(whole):
                values = np.linalg.svd(scaled[whole], compute_uv=False)
                spectra[lag] = np.log(values) + log[whole, None]
    return Flow(
        name=tape.name,
        kind=tape.cell.kind,
        layer=layer,
        backward=tape.backward,
        hidden=hidden,
        lengths=tape.valid.sum(axis=1),
        state=state,
        block=block,
        single=_single(tape),
        spectra=spectra,
    )


def lag_marks(steps: int) -> list[int]:
    """1, 2, 3, 4, 6, 8, 12, 16 and so on up to `steps`, which is the last."""
    found = {steps}
    for power in range(steps.bit_length()):
        found |= {1 << power, 3 << power}
    return sorted(mark for mark in found if mark <= steps)


def _single(tape: Tape) -> np.ndarray:
    """Singular values of Jacobians of single steps, evenly spread over all steps of all sequences."""
    rows, places = np.nonzero(tape.valid)
    picked = np.unique(np.linspace(0, len(rows) - 1, SINGLE_STEPS).round().astype(int))
    jacobians = [step_jacobian(tape, places[at], rows[at : at + 1])[0] for at in picked]
    return np.linalg.svd(np.stack(jacobians), compute_uv=False)


def _first(reached: np.ndarray) -> np.ndarray:
    """The first lag at which something is so, or infinity, a sequence."""
    return np.where(reached.any(axis=1), reached.argmax(axis=1), np.inf)


def _log10(log: float | None) -> float | None:
    """A natural logarithm as a decimal one; None for that of 0."""
    return None if log is None or not math.isfinite(log) else log / math.log(10)


def _curve_data(curve: np.ndarray) -> dict:
    values = np.where(np.isfinite(curve), curve / math.log(10), np.nan)
    named = zip(("p10", "median", "p90"), values.tolist(), strict=True)
    return {key: [None if math.isnan(value) else value for value in row] for key, row in named}
