"""What a module keeps from call to call, and zeros that it puts among its answers: refused."""

import pytest

from rnnhw import RnnhwError
from rnnhw.importers import from_torch

torch = pytest.importorskip("torch")


class Kept(torch.nn.Module):
    """A GRU whose state goes on from call to call."""

    def __init__(self, where):
        super().__init__()
        torch.manual_seed(5)
        self.rnn, self.out, self.where = torch.nn.GRU(3, 4, batch_first=True), torch.nn.Linear(4, 3), where
        self.register_buffer("state", None)
        self.cache, self.states = {}, []

    def before(self):
        if self.where == "buffer":
            return self.state
        if self.where == "dict":
            return self.cache.get("h")
        return self.states[0][0] if self.states else None

    def forward(self, x):
        y, h = self.rnn(x, self.before())
        if self.where == "buffer":
            self.state = h
        elif self.where == "dict":
            self.cache = {"h": h}
        else:
            self.states = [(h,)]
        return self.out(y[:, -1])


@pytest.mark.parametrize(("where", "name"), [("buffer", "state"), ("dict", "cache"), ("nested", "states")])
def test_a_state_that_is_kept(where, name):
    message = f"the module keeps '{name}' from call to call, and what it computes depends on it"
    with pytest.raises(RnnhwError, match=f"^{message}$"):
        from_torch(Kept(where), torch.randn(4, 6, 3))


class Padded(torch.nn.Module):
    """Zeros among the answers: of a class, or of a step."""

    def __init__(self, step):
        super().__init__()
        torch.manual_seed(6)
        self.rnn, self.out, self.step = torch.nn.LSTM(3, 4, batch_first=True), torch.nn.Linear(4, 3), step

    def forward(self, x):
        y, _ = self.rnn(x)
        if self.step:
            return self.out(torch.cat([y.new_zeros(len(y), 1, 4), y], 1))
        return torch.nn.functional.pad(self.out(y[:, -1]), (1, 0))


@pytest.mark.parametrize("step", [False, True])
def test_zeros_among_the_answers(step):
    with pytest.raises(RnnhwError, match=r"^the answer holds zeros among the outputs of linear layer 'out'"):
        from_torch(Padded(step), torch.randn(4, 6, 3))


class States(torch.nn.Module):
    """States of sequences that are padded, beside an answer at each one's end."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(7)
        self.rnn = torch.nn.LSTM(3, 4, batch_first=True)

    def forward(self, x, lengths):
        y, state = self.rnn(x)
        return y[torch.arange(len(x)), lengths - 1], state


def test_states_that_padding_went_through():
    with pytest.raises(RnnhwError, match=r"^the module returns .*, which is not supported$"):
        from_torch(States(), (torch.randn(3, 6, 3), torch.tensor([6, 2, 4])))
