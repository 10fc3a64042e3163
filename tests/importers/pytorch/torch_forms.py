"""Small PyTorch modules of the forms that users write; importing it skips where torch is missing."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # the tests run side by side already
nn = torch.nn

ALLOWED = (
    "allowed are nn.RNN, nn.LSTM, nn.GRU and their cells, nn.Linear, relu, softmax, argmax, dropout in eval mode, "
    "and what only moves values (slices, transposes, reshapes ...)"
)


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


class Forward(nn.Module):
    """Any parts, and a `forward` of them: ``Forward(lambda m, x: m.out(m.rnn(x)[0]), rnn=..., out=...)``."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *arguments):
        return self.function(self, *arguments)


def lstm(inputs=3, hidden=5, **options):
    torch.manual_seed(inputs * 100 + hidden)
    return nn.LSTM(inputs, hidden, **({"batch_first": True} | options))


def gru(inputs=3, hidden=5, **options):
    torch.manual_seed(inputs * 100 + hidden)
    return nn.GRU(inputs, hidden, **({"batch_first": True} | options))


def linear(inputs=5, outputs=2, **options):
    torch.manual_seed(inputs * 1000 + outputs)
    return nn.Linear(inputs, outputs, **options)


def example(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape or (6, 7, 3)).astype(np.float32))


def answer(module, *arguments):
    """What a module answers in float64 and eval mode, as an array; of several outputs the first one."""
    with torch.no_grad():
        y = copy.deepcopy(module).double().eval()(*(_double(part) for part in arguments))
    return (y[0] if isinstance(y, tuple) else y).numpy()


def _double(part):
    if isinstance(part, tuple):
        return tuple(_double(each) for each in part)
    return part.double() if isinstance(part, torch.Tensor) and part.is_floating_point() else part


def assert_close(mine, theirs):
    np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-12)
