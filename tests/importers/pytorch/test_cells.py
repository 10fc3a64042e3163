"""Live PyTorch modules of every cell and direction, mixed and stacked, and every way to read them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_state_dict, from_torch
from tests.importers.pytorch.torch_forms import ALLOWED, Net, example, linear, nn, torch

KINDS = {
    "lstm": (nn.LSTM, {}),
    "gru": (nn.GRU, {}),
    "tanh": (nn.RNN, {"nonlinearity": "tanh"}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
}


def cell(kind, inputs=3, hidden=5, **options):
    torch.manual_seed(inputs * 100 + hidden)
    make, more = KINDS[kind]
    return make(inputs, hidden, **({"batch_first": True} | more | options))


class Final(nn.Module):
    """Reads the final states of the last layer of the last module, as `h_n` has them."""

    def __init__(self, cells, heads=(), order=(0, 1), after=lambda y: y):
        super().__init__()
        self.cells, self.heads = nn.ModuleList(cells), nn.ModuleList(heads)
        self.order, self.after = order, after

    def forward(self, x):
        for part in self.cells:
            x, state = part(x)
        state = state[0] if isinstance(part, nn.LSTM) else state
        state = state[-2:] if part.bidirectional else state[-1:]
        y = self.after(torch.cat([state[k] for k in self.order[: len(state)]], dim=-1))
        for head in self.heads:
            y = head(y)
        return y


def assert_agrees(net, module, batch_first=True):
    """Fresh sequences of other lengths are answered as the module, in float64, answers them."""
    module.double().eval()
    for steps in (1, 4, 9):
        x = example(3, steps, net.input_size, seed=steps).double()
        with torch.no_grad():
            y = module(x if batch_first else x.transpose(0, 1))
        y = y[0] if isinstance(y, tuple) else y
        y = y if batch_first or net.mode == "many-to-one" else y.transpose(0, 1)
        np.testing.assert_allclose(net.run(x.numpy()), y.numpy(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("kind", "both", "batch_first"), list(product(KINDS, (False, True), (True, False))))
@pytest.mark.parametrize("options", [{}, {"num_layers": 3, "dropout": 0.3}, {"bias": False, "num_layers": 2}])
def test_a_module_itself(kind, both, batch_first, options):
    module = cell(kind, bidirectional=both, batch_first=batch_first, **options)
    net = from_torch(module, example())
    assert net.mode == "many-to-many"
    assert len(net.layers) == options.get("num_layers", 1)
    assert len(net.cells) == len(net.layers) * (1 + both)
    assert {part.kind for part in net.cells} == {"rnn" if kind in ("tanh", "relu") else kind}
    assert_agrees(net, module, batch_first)


@pytest.mark.parametrize(("kind", "batch_first"), list(product(KINDS, (True, False))))
@pytest.mark.parametrize("heads", [0, 1, 2])
def test_ways_to_read_both_directions(kind, batch_first, heads):
    def parts():
        stack = [linear(10, 4), nn.ReLU(), linear(4, 2)][: heads + (heads > 1)]
        return [cell(kind, bidirectional=True, batch_first=batch_first)], stack

    last = (lambda h: h[:, -1]) if batch_first else (lambda h: h[-1])
    for module, mode, reading in (
        (Final(*parts()), "many-to-one", "final"),
        (Net(*parts(), last), "many-to-one", "last-step"),
        (Net(*parts(), lambda h: h), "many-to-many", "final"),
    ):
        net = from_torch(module, example())
        assert (net.mode, net.reading) == (mode, reading)
        assert_agrees(net, module, batch_first)


@pytest.mark.parametrize("kind", KINDS)
def test_the_final_state_of_one_direction_is_the_last_step(kind):
    module = Final([cell(kind, num_layers=2)], [linear()])
    net = from_torch(module, example())
    assert (net.mode, net.reading) == ("many-to-one", "final")
    assert net == from_torch(Net(module.cells, module.heads), example(), name="Final")


def test_mixed_and_stacked():
    parts = [
        cell("gru", 3, 6, bidirectional=True, num_layers=2),
        cell("relu", 12, 4),
        cell("lstm", 4, 5, bidirectional=True),
        cell("tanh", 10, 7, bias=False),
    ]
    module = Net(parts, [linear(7, 3)])
    net = from_torch(module, example())
    assert [layer.name for layer in net.layers] == ["gru0", "gru1", "rnn0", "lstm0", "rnn1", "dense0"]
    assert [getattr(part, "activation", None) for part in net.cells] == [None] * 4 + ["relu", None, None, "tanh"]
    assert_agrees(net, module)
    facts = {"mode": "many-to-one", "layers": "lstms.0,lstms.1,lstms.2,lstms.3,heads.0", "name": "Net"}
    tensors = {key: value.numpy() for key, value in module.state_dict().items() if "lstms.1" not in key}
    with pytest.raises(RnnhwError, match=r"does not tell what nn\.RNN 'lstms\.3' does to its sums"):
        from_state_dict(tensors, **facts)


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_a_softmax_at_the_end_is_seen(mode):
    read = (lambda h: h[:, -1]) if mode == "many-to-one" else (lambda h: h)
    module = Net([cell("gru")], [linear(5, 4), nn.Softmax(-1)], read)
    net = from_torch(module, example())
    assert (net.mode, net.head) == (mode, "softmax")
    assert_agrees(net, module)
    assert from_torch(Net([cell("gru")], [linear(5, 4)], read), example()).head == "none"


def test_a_decoder_from_its_step():
    class Decoder(nn.Module):
        """Feeds its answer back; `step` is what the network is taken from."""

        def __init__(self):
            super().__init__()
            self.step = Net([cell("gru", 3, 5)], [linear(5, 3)], lambda h: h)

        def forward(self, x, steps):
            state, answers = None, []
            for _ in range(steps):
                h, state = self.step.lstms[0](x, state)
                x = self.step.heads[0](h)
                answers.append(x)
            return torch.cat(answers, dim=1)

    module = Decoder().double()
    net = replace(from_torch(module.step, example()), mode="one-to-many", steps=6)
    x = example(4, 1, 3).double()
    with torch.no_grad():
        expected = module(x, 6).numpy()
    np.testing.assert_allclose(net.run(x.numpy()), expected, rtol=1e-11, atol=1e-12)


def test_what_is_not_built_is_refused():
    both = {"bidirectional": True}
    for module, message in (
        (
            Final([cell("gru", **both)], [linear(10, 2)], order=(1, 0)),
            "linear layer 'heads.0' takes the units in another order of recurrent layer 'cells_0_gru0_forward'; "
            "it must take all, in order",
        ),
        (
            Final([cell("gru", **both)], [linear(10, 2)], after=torch.relu),
            "a relu must stand behind a linear layer, not behind recurrent layer 'cells_0_gru0_forward'",
        ),
        (
            Net([cell("lstm", **both)], [linear(10, 2)], lambda h: h[:, 0]),
            "the answer is taken from step 0 of 8 of linear layer 'heads.0'; "
            "only every step, the last one and the final states can be",
        ),
        (
            Net([cell("tanh", **both)], [linear(10, 2)], lambda h: h.mean(1)),
            f"the module (Net): the mean over the steps is not supported; {ALLOWED}",
        ),
        (
            Net([cell("gru", **both)], [linear()], lambda h: h[:, -1, :5] + h[:, -1, 5:]),
            f"the module (Net): a sum of values (add) is not supported; {ALLOWED}",
        ),
    ):
        with pytest.raises(RnnhwError) as caught:
            from_torch(module, example())
        assert str(caught.value) == message


def test_a_hand_written_cell_is_refused():
    class Hard(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate = linear(8, 5)
            self.act = nn.Hardtanh()

        def forward(self, x):
            h = torch.zeros(len(x), 5)
            for t in range(x.shape[1]):
                h = self.act(self.gate(torch.cat([x[:, t], h], dim=1)))
            return h

    with pytest.raises(RnnhwError, match=r"^linear layer 'gate' takes vectors of outputs mixed with zeros$"):
        from_torch(Hard(), example())


@pytest.mark.parametrize("part", ["forward", "backward"])
def test_a_direction_that_is_not_looked_at_makes_no_difference(part):
    module = Final([cell("gru", bidirectional=True)], [linear(10, 2)])
    with torch.no_grad():  # its answers alone would not tell what it reads
        module.heads[0].weight[:, slice(5) if part == "forward" else slice(5, None)] = 0
    net = from_torch(module, example())
    assert net.reading == "final"
    assert_agrees(net, module)
