"""What is computed, in float64: layers, networks, the float reference, and how networks arrive."""

from rnnhw.network.batch import check_batch
from rnnhw.network.dataset import Dataset, load_data
from rnnhw.network.layers import LSTM, Dense
from rnnhw.network.load import load
from rnnhw.network.network import MANY_TO_MANY, MANY_TO_ONE, MODES, Network
from rnnhw.network.save import save
from rnnhw.network.state_dict import from_state_dict
from rnnhw.network.torch_module import from_torch

__all__ = [
    "LSTM",
    "MANY_TO_MANY",
    "MANY_TO_ONE",
    "MODES",
    "Dataset",
    "Dense",
    "Network",
    "check_batch",
    "from_state_dict",
    "from_torch",
    "load",
    "load_data",
    "save",
]
