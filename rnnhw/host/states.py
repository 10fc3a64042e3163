"""Flat state vectors: between values and raw integers."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network import check_state

MISSING = "states as values need the formats: open the board with design=, or use infer_raw"


def states_to_raw(network, state, sequences: int) -> np.ndarray:
    """Raw integers of states, shape (sequences, state size)."""
    if network is None:
        raise RnnhwError(MISSING)
    from rnnhw.quantize import state_from_float

    checked = check_state(state, sequences, network.state_size)
    names = [f"{cell.name}.{key}" for cell in network.cells for key in ("h", "c")[: len(cell.state_formats)]]
    parts = zip(names, network.state_formats, _split(network, checked), strict=True)
    return np.concatenate(
        [state_from_float(form, part, f"initial_state of {name}") for name, (form, _), part in parts], axis=1
    )


def states_to_float(network, state_raw: np.ndarray) -> np.ndarray:
    """Values of raw states."""
    if network is None:
        raise RnnhwError(MISSING)
    parts = zip(network.state_formats, _split(network, state_raw), strict=True)
    return np.concatenate([form.to_float(part) for (form, _), part in parts], axis=1)


def default_states(network, sequences: int) -> np.ndarray:
    """The network's own initial states, raw."""
    if network is None:
        raise RnnhwError("the board takes initial states: give initial_state, or open the board with design=")
    return np.tile(network.initial_raw, (sequences, 1))


def _split(network, state: np.ndarray) -> list[np.ndarray]:
    return np.split(state, np.cumsum([count for _, count in network.state_formats])[:-1], axis=1)
