"""What is computed, in float64: layers, networks, the float reference."""

from rnnhw.network.batch import check_batch, check_state
from rnnhw.network.cells import GRU, LSTM, RNN
from rnnhw.network.dataset import Dataset, load_data
from rnnhw.network.layers import Bidirectional, Dense, Reversed
from rnnhw.network.network import Network
from rnnhw.network.options import (
    MANY_TO_MANY,
    MANY_TO_ONE,
    MODES,
    ONE_TO_MANY,
    ONE_TO_ONE,
    check_feedback,
    check_mode,
    check_options,
)
from rnnhw.network.save import save

__all__ = [
    "GRU",
    "LSTM",
    "MANY_TO_MANY",
    "MANY_TO_ONE",
    "MODES",
    "ONE_TO_MANY",
    "ONE_TO_ONE",
    "RNN",
    "Bidirectional",
    "Dataset",
    "Dense",
    "Network",
    "Reversed",
    "check_batch",
    "check_feedback",
    "check_mode",
    "check_options",
    "check_state",
    "load_data",
    "save",
]
