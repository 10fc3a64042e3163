"""States that are given to a run and read out of it, as flat vectors."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network import check_state
from rnnhw.quantize import QuantizedNetwork, state_from_float


def initial_states(network: QuantizedNetwork, given, sequences: int, raw: bool) -> np.ndarray:
    """The raw state before each sequence's first step, shape (sequences, state_size).

    Parameters
    ----------
    network : QuantizedNetwork
    given : array_like or None
        Shape (sequences, state_size), of integers if `raw`; None takes the cells' own initial states.
    sequences : int
    raw : bool

    Raises
    ------
    RnnhwError
        For another shape or kind, or a value outside the format of its part.
    """
    if given is None:
        return np.tile(network.initial_raw, (sequences, 1))
    checked = check_state(given, sequences, network.state_size)
    if raw and np.asarray(given).dtype.kind not in "iu":
        raise RnnhwError(f"raw initial_state must be integers, not {np.asarray(given).dtype}")
    bring = _checked_raw if raw else state_from_float
    names = [f"{cell.name}.{key}" for cell in network.cells for key in ("h", "c")[: len(cell.state_formats)]]
    parts = zip(names, network.state_formats, _split(network, checked), strict=True)
    return np.concatenate([bring(form, part, f"initial_state of {name}") for name, (form, _), part in parts], axis=1)


def states_to_float(network: QuantizedNetwork, state_raw: np.ndarray) -> np.ndarray:
    """The values of raw states."""
    parts = zip(network.state_formats, _split(network, state_raw), strict=True)
    return np.concatenate([form.to_float(part) for (form, _), part in parts], axis=1)


def _split(network: QuantizedNetwork, state: np.ndarray) -> list[np.ndarray]:
    return np.split(state, np.cumsum([count for _, count in network.state_formats])[:-1], axis=1)


def _checked_raw(form, values: np.ndarray, what: str) -> np.ndarray:
    outside = (values < form.min_raw) | (values > form.max_raw)
    if outside.any():
        raise RnnhwError(f"raw {what} must be in {form.min_raw}..{form.max_raw}, not {values[outside][0]:g}")
    return values.astype(np.int64)
