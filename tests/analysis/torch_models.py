"""Random architectures, and the same ones as PyTorch modules."""

import warnings

import numpy as np
import pytest

from rnnhw.analysis import Architecture

torch = pytest.importorskip("torch")
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

KINDS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def random_architecture(seed: int) -> Architecture:
    """Any of those that PyTorch has."""
    rng = np.random.default_rng(seed)
    cell = ("lstm", "gru", "rnn")[rng.integers(3)]
    hidden = int(rng.integers(1, 24))
    options = {}
    if cell == "rnn":
        options["activation"] = ("tanh", "relu")[rng.integers(2)]
    if cell == "lstm" and hidden > 1 and rng.integers(2):
        options["projection"] = int(rng.integers(1, hidden))
    return Architecture(
        cell=cell,
        inputs=int(rng.integers(1, 12)),
        hidden=hidden,
        layers=int(rng.integers(1, 4)),
        bidirectional=bool(rng.integers(2)),
        outputs=int(rng.integers(1, 9)) if rng.integers(3) else 0,
        mode=("many-to-one", "many-to-many")[rng.integers(2)],
        biases=(0, 2)[rng.integers(2)],
        **options,
    )


class Module(torch.nn.Module):
    """An architecture in PyTorch."""

    def __init__(self, architecture: Architecture):
        super().__init__()
        options = {"nonlinearity": architecture.activation} if architecture.cell == "rnn" else {}
        if architecture.projection:
            options["proj_size"] = architecture.projection
        self.many_to_one = architecture.mode == "many-to-one"
        self.recurrent = KINDS[architecture.cell](
            architecture.inputs,
            architecture.hidden,
            architecture.layers,
            bias=architecture.biases > 0,
            bidirectional=architecture.bidirectional,
            batch_first=True,
            **options,
        )
        last = architecture.projection or architecture.hidden
        self.head = None
        if architecture.outputs:
            both = (1 + architecture.bidirectional) * last
            self.head = torch.nn.Linear(both, architecture.outputs, bias=architecture.biases > 0)

    def forward(self, x):
        y, _ = self.recurrent(x)
        y = y[:, -1] if self.many_to_one else y
        return y if self.head is None else self.head(y)


def flops(work) -> int:
    """What PyTorch counts while something runs; its recurrent layers as products, not as calls of oneDNN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the switch itself, on machines without the GPU it speaks of
        with torch.backends.mkldnn.flags(enabled=False), FlopCounterMode(display=False) as counter:
            work()
    return counter.get_total_flops()
