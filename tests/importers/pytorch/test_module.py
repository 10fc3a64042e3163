"""Live PyTorch modules: what they compute is found out by running them."""

import threading

import numpy as np
import pytest

from rnnhw.importers import from_torch
from rnnhw.network import Network
from tests.importers.pytorch.torch_forms import Net, example, linear, lstm, nn, torch


def every(h):
    return h


def assert_agrees(net, module, batch_first=True):
    """A batch of fresh sequences is answered as the module answers them one at a time."""
    module.eval()
    for steps in (1, 4, 9):
        x = example(3, steps, net.input_size, seed=steps)
        answers = net.run(x.numpy())
        for k in range(3):
            with torch.no_grad():
                y = module(x[k : k + 1] if batch_first else x[k : k + 1].transpose(0, 1))
            y = y[0] if isinstance(y, tuple) else y
            y = y[0] if batch_first or net.mode == "many-to-one" else y[:, 0]
            np.testing.assert_allclose(answers[k], y.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("options", [{}, {"num_layers": 3}, {"bias": False}, {"num_layers": 2, "dropout": 0.5}])
def test_an_lstm_itself(batch_first, options):
    module = lstm(batch_first=batch_first, **options)
    net = from_torch(module, example())
    assert (net.mode, net.name, len(net.layers)) == ("many-to-many", "LSTM", options.get("num_layers", 1))
    assert (net.layers[0].weight_ih == module.weight_ih_l0.detach().numpy()).all()
    assert_agrees(net, module, batch_first)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("heads", [0, 1, 2, 3])
def test_modes_layouts_and_heads(batch_first, mode, heads):
    read = every if mode == "many-to-many" else (lambda h: h[:, -1] if batch_first else h[-1])
    stack = [linear(5, 4), nn.ReLU(), linear(4, 4), linear(4, 2)][: heads + (heads > 1)]
    module = Net([lstm(batch_first=batch_first)], stack, read)
    net = from_torch(module, example(), name="named")
    assert (net.mode, net.name) == (mode, "named")
    assert [layer.activation for layer in net.layers[1:]] == ["relu", "linear", "linear"][:heads] or heads == 1
    assert [layer.name for layer in net.layers] == ["lstm0", "dense0", "dense1", "dense2"][: heads + 1]
    assert_agrees(net, module, batch_first)


def test_one_head_stays_linear_and_a_final_relu_is_seen():
    assert from_torch(Net([lstm()], [linear()]), example()).layers[-1].activation == "linear"
    assert from_torch(Net([lstm()], [linear()], after=torch.relu), example()).layers[-1].activation == "relu"


def test_the_flag_of_the_lstm_is_not_believed():
    # steps first, but the module turns the axes round itself
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = lstm(batch_first=False), linear()

        def forward(self, x):
            steps, _ = self.rnn(x.permute(1, 0, 2))
            return self.out(steps[-1])

    module = Turned()
    assert_agrees(from_torch(module, example()), module)


def test_square_examples_are_told_apart():
    for batch_first in (True, False):
        module = Net([lstm(batch_first=batch_first)], [linear()], every)
        assert_agrees(from_torch(module, example(6, 6, 3)), module, batch_first)


def test_a_batch_of_one():
    module = Net([lstm()], [linear()])
    assert_agrees(from_torch(module, example(1, 7, 3)), module)
    module = Net([lstm(batch_first=False)], [linear()], every)
    assert_agrees(from_torch(module, example(7, 1, 3)), module, batch_first=False)


def test_several_lstms_in_the_order_in_which_they_run():
    # registered in another order than they run in, all of one size: only running tells
    class Swapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.second, self.first = lstm(5, 5), lstm(5, 5, num_layers=2)
            self.b, self.a = linear(5, 5), linear(5, 5, bias=False)

        def forward(self, x):
            h, _ = self.second(self.first(x)[0])
            return self.b(torch.relu(self.a(h[:, -1])))

    module = Swapped()
    net = from_torch(module, example(4, 6, 5))
    assert len(net.layers) == 5
    assert (net.layers[0].weight_ih == module.first.weight_ih_l0.detach().numpy()).all()
    assert (net.layers[3].weight == module.a.weight.detach().numpy()).all()
    assert [layer.activation for layer in net.layers[3:]] == ["relu", "linear"]
    assert_agrees(net, module)


def test_dropout_is_ignored_and_the_module_is_left_as_it_was():
    module = Net([lstm(num_layers=2, dropout=0.5)], [nn.Dropout(0.5), linear(), nn.Identity()])
    module.heads[0].eval()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    x = example()
    kept = x.clone()
    net = from_torch(module, x)
    assert module.training
    assert module.lstms.training
    assert not module.heads[0].training
    assert all(
        (before[key] == value).all() and value.dtype == torch.float32 for key, value in module.state_dict().items()
    )
    assert (x == kept).all()
    assert torch.get_default_dtype() == torch.float32
    assert_agrees(net, module)


def test_initial_states_made_in_forward():
    class Usual(nn.Module):
        def __init__(self, **options):
            super().__init__()
            self.lstm, self.fc, self.options = lstm(), linear(), options

        def forward(self, x):
            zeros = torch.zeros(1, len(x), 5, **self.options)
            return self.fc(self.lstm(x, (zeros, zeros))[0][:, -1])

    for options in ({}, {"dtype": torch.float32}):  # the second runs in float32 only
        module = Usual(**options)
        assert_agrees(from_torch(module, example()), module)


def test_modules_that_cannot_be_copied():
    module = Net([lstm()], [linear()])
    module.lock = threading.Lock()  # deepcopy refuses it
    module.heads.eval()
    net = from_torch(module, example())
    assert module.training
    assert module.lstms[0].training
    assert not module.heads[0].training
    assert_agrees(net, module)


def test_a_left_out_last_axis():
    module = Net([lstm()], [linear(5, 1, bias=False)], after=lambda y: y.squeeze(-1))
    net = from_torch(module, example(40, 7, 3))
    assert (net.mode, net.output_size) == ("many-to-one", 1)
    module = Net([lstm()], [linear(5, 1, bias=False)], every, after=lambda y: y.squeeze(-1))
    assert from_torch(module, example(40, 7, 3)).mode == "many-to-many"


def test_numpy_and_other_float_examples():
    module = Net([lstm()], [linear()])
    expected = from_torch(module, example())
    assert from_torch(module, example().numpy()) == expected
    assert from_torch(module, example().to(torch.bfloat16)) == expected
    assert from_torch(module.double(), example().double()) == expected


def test_half_precision_weights():
    module = Net([lstm()], [linear()]).to(torch.bfloat16)
    net = from_torch(module, example())
    assert (net.layers[1].weight == module.heads[0].weight.detach().double().numpy()).all()


def test_result_is_a_network_that_keeps_its_name():
    net = from_torch(Net([lstm()], [linear()]), example())
    assert isinstance(net, Network)
    assert net.name == "Net"
