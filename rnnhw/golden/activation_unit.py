"""The activation tables as look-ups over all raw pre-activations."""

from functools import lru_cache

import numpy as np

from rnnhw.fixedpoint import ActivationTable


@lru_cache(maxsize=16)
def lookup(table: ActivationTable) -> tuple[np.ndarray, np.ndarray, int]:
    """Outputs of sigmoid and tanh for every pre-activation, and the offset of zero in them."""
    top = (1 << (table.input_width - 1)) - 1
    z_raw = np.arange(-top, top + 1)
    return table.sigmoid(z_raw), table.tanh(z_raw), top
