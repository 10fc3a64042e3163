"""Small PyTorch modules of the forms that users write; importing it skips where torch is missing."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # the tests run side by side already
nn = torch.nn


class Net(nn.Module):
    """LSTMs in order, then `heads`; `read` says what goes from one to the other."""

    def __init__(self, lstms, heads=(), read=lambda h: h[:, -1], after=lambda y: y):
        super().__init__()
        self.lstms, self.heads = nn.ModuleList(lstms), nn.ModuleList(heads)
        self.read, self.after = read, after

    def forward(self, x):
        for lstm in self.lstms:
            x, _ = lstm(x)
        x = self.read(x)
        for head in self.heads:
            x = head(x)
        return self.after(x)


def lstm(inputs=3, hidden=5, **options):
    torch.manual_seed(inputs * 100 + hidden)
    return nn.LSTM(inputs, hidden, **({"batch_first": True} | options))


def linear(inputs=5, outputs=2, **options):
    torch.manual_seed(inputs * 1000 + outputs)
    return nn.Linear(inputs, outputs, **options)


def example(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape or (6, 7, 3)).astype(np.float32))
