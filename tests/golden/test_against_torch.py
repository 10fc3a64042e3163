"""Golden against PyTorch's own modules, in float64: every cell, depth and direction, first step included."""

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Dense, Network
from rnnhw.quantize import quantize
from tests.importers.pytorch.torch_forms import nn, torch

from .near_model import NearModel

MODULES = {
    "lstm": (nn.LSTM, {}),
    "gru": (nn.GRU, {}),
    "rnn-tanh": (nn.RNN, {"nonlinearity": "tanh"}),
    "rnn-relu": (nn.RNN, {"nonlinearity": "relu"}),
}

assert rnnhw.golden


def random_module(kind: str, depth: int, both: bool, inputs: int, hidden: int):
    """A recurrent module with non-zero biases, and a linear one."""
    torch.manual_seed(10 * depth + both)
    module, options = MODULES[kind]
    recurrent = module(inputs, hidden, depth, batch_first=True, bidirectional=both, **options).double()
    linear = nn.Linear(hidden * (1 + both), 2).double()
    with torch.no_grad():
        for parameter in (*recurrent.parameters(), *linear.parameters()):
            parameter.uniform_(-0.7, 0.7)
    return recurrent, linear


def cell_of(kind: str, recurrent, suffix: str):
    """One cell of the module, by PyTorch's naming of its parameters."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ih, hh, b_ih, b_hh = (getattr(recurrent, f"{name}_{suffix}").detach().numpy() for name in names)
    name = suffix.replace("l", "cell", 1)
    if kind == "lstm":
        return LSTM(ih, hh, b_ih + b_hh, name)
    if kind == "gru":
        split = 2 * recurrent.hidden_size
        bias = np.concatenate([b_ih[:split] + b_hh[:split], b_ih[split:]])
        return GRU(ih, hh, bias, b_hh[split:], True, name)
    return RNN(ih, hh, b_ih + b_hh, kind.removeprefix("rnn-"), name)


def network_of(kind: str, recurrent, linear, mode: str) -> Network:
    layers = []
    for depth in range(recurrent.num_layers):
        layers.append(cell_of(kind, recurrent, f"l{depth}"))
        if recurrent.bidirectional:
            backward = cell_of(kind, recurrent, f"l{depth}_reverse")
            layers[-1] = Bidirectional(layers[-1], backward, f"both{depth}")
    dense = Dense(linear.weight.detach().numpy(), linear.bias.detach().numpy(), "linear", "fc")
    return Network([*layers, dense], mode)


def torch_answers(recurrent, linear, x: np.ndarray, mode: str) -> np.ndarray:
    with torch.no_grad():
        outputs, states = recurrent(torch.from_numpy(x))
        if mode != "many-to-one":
            return linear(outputs).numpy()
        h_n = states[0] if isinstance(states, tuple) else states
        directions = 1 + recurrent.bidirectional
        return linear(torch.cat(list(h_n[-directions:]), dim=1)).numpy()


@pytest.mark.parametrize("mode", ["one-to-one", "many-to-one", "many-to-many"])
@pytest.mark.parametrize("both", [False, True], ids=["one-way", "two-way"])
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("kind", MODULES)
def test_sixteen_bits_are_within_the_bound(kind, depth, both, mode):
    recurrent, linear = random_module(kind, depth, both, inputs=2, hidden=3)
    x = np.random.default_rng(depth).normal(0, 1, (30, 1 if mode == "one-to-one" else 4, 2))
    net = network_of(kind, recurrent, linear, mode)
    network = quantize(net, x, weight_bits=16, activation_bits=16)
    bound = NearModel(net, network).answer(x).error
    exact, golden = torch_answers(recurrent, linear, x, mode), network.run(x)
    assert golden.shape == exact.shape
    assert (np.abs(golden - exact) <= bound).all()
    assert np.abs(golden - exact).max() < 2.0**-10 * np.abs(exact).max()


@pytest.mark.parametrize("kind", MODULES)
def test_given_and_final_states(kind):
    """What PyTorch calls h_0, h_n (and c_0, c_n), as flat vectors."""
    recurrent, linear = random_module(kind, 2, True, inputs=2, hidden=3)
    rng = np.random.default_rng(0)
    net = network_of(kind, recurrent, linear, "many-to-many")
    x = rng.normal(0, 1, (20, 5, 2))
    network = quantize(net, x, weight_bits=16, activation_bits=16)
    parts = [rng.uniform(0, 0.9, (4, 20, 3)) for _ in network.cells[0].state_formats]
    with torch.no_grad():
        given = tuple(map(torch.from_numpy, parts))
        outputs, final = recurrent(torch.from_numpy(x), given if kind == "lstm" else given[0])
        exact = linear(outputs).numpy()
    ends = [part.numpy() for part in (final if kind == "lstm" else (final,))]
    flat = np.concatenate([part[cell] for cell in range(4) for part in parts], axis=1)
    y, state = network.run(x, initial_state=flat, return_state=True)
    assert np.abs(y - exact).max() < 2.0**-9 * np.abs(exact).max()
    expected = np.concatenate([part[cell] for cell in range(4) for part in ends], axis=1)
    assert state.shape == expected.shape
    assert np.abs(state - expected).max() < 2.0**-9 * np.abs(expected).max()


def test_swapped_gates_are_outside_the_bound():
    """The control: r and z of a GRU exchanged."""
    recurrent, linear = random_module("gru", 1, False, inputs=2, hidden=3)
    x = np.random.default_rng(1).normal(0, 1, (30, 4, 2))
    exact = torch_answers(recurrent, linear, x, "many-to-many")
    with torch.no_grad():
        for parameter in (recurrent.weight_ih_l0, recurrent.weight_hh_l0):
            parameter[:6] = parameter[[3, 4, 5, 0, 1, 2]]
    net = network_of("gru", recurrent, linear, "many-to-many")
    network = quantize(net, x, weight_bits=16, activation_bits=16)
    bound = NearModel(net, network).answer(x).error
    assert (np.abs(network.run(x) - exact) > bound)[:, 0].any()
