"""Gradients: those of the float network where nothing rounds, 0 where something saturates."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from rnnhw.network import Bidirectional, Network
from tests.networks import CELLS, random_batch, random_lengths, random_network

from .cases import case, shaken, torch, values

from rnnhw.torch import prepare  # isort: skip (skips above where torch is missing)
from rnnhw.torch.activation_unit import ActivationUnit  # isort: skip

WIDE = {"weight_bits": 16, "activation_bits": 16}
STEP = 1e-6
#: Largest difference from the float gradient at 16 bits, relative to the largest entry of all.
BOUND = 2e-3


def answers(net, x, lengths, onto):
    """A number that depends on all answers, by the float reference."""
    return float((net.run(x, lengths) * onto).sum())


def moved(net: Network, layer: int, way: str | None, key: str, change: np.ndarray) -> Network:
    """The network with one array changed."""
    layers = list(net.layers)
    if way is None:
        layers[layer] = replace(layers[layer], **{key: getattr(layers[layer], key) + change})
    else:
        cell = getattr(layers[layer], way)
        layers[layer] = replace(layers[layer], **{way: replace(cell, **{key: getattr(cell, key) + change})})
    return replace(net, layers=tuple(layers))


def parameters(net: Network, module):
    """Place and name in the network of every parameter, and the parameter."""
    for at, (layer, trained) in enumerate(zip(net.layers, module.layers, strict=True)):
        ways = ("forward", "backward") if isinstance(layer, Bidirectional) else (None,)
        for way, part in zip(ways, getattr(trained, "cells", [trained]), strict=True):
            for key in part.trained:
                yield at, way, key, getattr(part, key)


def largest_error(net, module, x, lengths, rng) -> float:
    """Differences of the module's gradient from differences of the float reference, a few entries a parameter."""
    onto = rng.normal(size=net.run(x, lengths).shape)
    module.zero_grad()
    (module(torch.from_numpy(x), torch.from_numpy(lengths)) * torch.from_numpy(onto)).sum().backward()
    worst, overall = 0.0, max(float(parameter.grad.abs().max()) for parameter in module.parameters())
    for at, way, key, parameter in parameters(net, module):
        for index in rng.integers(parameter.numel(), size=3):
            change = np.zeros(parameter.numel())
            change[index] = STEP
            change = change.reshape(parameter.shape)
            up, down = (answers(moved(net, at, way, key, sign * change), x, lengths, onto) for sign in (1, -1))
            found = float(parameter.grad.reshape(-1)[index])
            worst = max(worst, abs(found - (up - down) / (2 * STEP)) / overall)
    return worst


def wide_case(seed: int, kinds, **options):
    rng = np.random.default_rng(seed)
    options = {"sigmoid": "logistic", "tanh": "tanh", "head": "none", "outputs": []} | options
    net = random_network(rng, largest=4, kinds=kinds, **options)
    x = random_batch(rng, net, 3, 5)
    return net, prepare(net, WIDE, x), x, random_lengths(rng, 3, x.shape[1]), rng


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *product([*CELLS, "bidirectional"], ["many-to-one", "many-to-many"]),
        *((kind, "one-to-many") for kind in CELLS),
    ],
)
def test_wide_formats_have_the_float_gradient(kind, mode):
    more = {"hidden": [3], "inputs": 3, "steps": 3} if mode == "one-to-many" else {"hidden": [3, 4]}
    assert largest_error(*wide_case(len(kind), (kind,), mode=mode, **more)) < BOUND


@pytest.mark.parametrize("curves", [("hard", "hard"), ("hard-0.2", "tanh"), ("logistic", "hard")])
def test_hard_curves_have_their_slopes(curves):
    """An LSTM with both hard has c = 1 in the middle of a kink."""
    sigmoid, tanh = curves
    options = {"mode": "many-to-many", "hidden": [3], "sigmoid": sigmoid, "tanh": tanh}
    for kind in ("gru",) if curves == ("hard", "hard") else ("gru", "lstm"):
        assert largest_error(*wide_case(3, (kind,), **options)) < BOUND


def test_a_wrong_slope_is_found(monkeypatch):
    """Control: tanh with the slope of the sigmoid."""
    monkeypatch.setattr(ActivationUnit, "slope", lambda self, values: torch.sigmoid(values) * torch.sigmoid(-values))
    assert largest_error(*wide_case(4, ("lstm",), mode="many-to-one")) > 10 * BOUND


@pytest.mark.parametrize("seed", range(6))
def test_gradients_are_finite_and_reach_everything(seed):
    """Down to weights of 1 bit; of whole layers none is without gradient."""
    found = case(seed, CELLS, mode="many-to-many", head="none")
    module = shaken(prepare(found.net, found.options, found.calibration), seed, 0.05)
    x = torch.from_numpy(found.x).requires_grad_()
    module(x, torch.from_numpy(found.lengths)).square().sum().backward()
    assert torch.isfinite(x.grad).all()
    assert all(torch.isfinite(parameter.grad).all() for parameter in module.parameters())
    assert module.layers[0].cells[0].weight_ih.grad.any()


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits_keep_the_direction(bits):
    """The gradient at few bits points where the float one does (its cosine), far better than by chance."""
    rng = np.random.default_rng(bits)
    net = random_network(rng, kinds=("lstm",), mode="many-to-one", hidden=[12], inputs=6, outputs=[4], head="none")
    x, onto = random_batch(rng, net, 24, 6), torch.from_numpy(rng.normal(size=(24, 4)))
    gradients = []
    for options in ({"weight_bits": bits, "activation_bits": 6, "per_gate": True}, WIDE):
        module = prepare(net, options, x)
        (module(torch.from_numpy(x)) * onto).sum().backward()
        gradients.append(torch.cat([parameter.grad.reshape(-1) for parameter in module.parameters()]))
    assert torch.cosine_similarity(*gradients, dim=0) > 0.5


def test_a_given_state_has_a_gradient():
    net, module, x, _, rng = wide_case(7, ("gru",), mode="many-to-many")
    state = torch.from_numpy(rng.uniform(-0.5, 0.5, (3, net.state_size))).requires_grad_()
    module(torch.from_numpy(x), initial_state=state).sum().backward()
    change = np.zeros(state.shape)
    change[1, 0] = STEP
    given = values(state)
    up, down = (net.run(x, initial_state=given + sign * change).sum() for sign in (1, -1))
    assert abs(float(state.grad[1, 0]) - (up - down) / (2 * STEP)) < BOUND * float(state.grad.abs().max())


def test_a_softmax_has_its_own_gradient():
    found = case(6, ("gru",), mode="many-to-one", head="softmax", outputs=[3])
    module = prepare(found.net, {**WIDE, "rounding": "half_up"}, found.calibration)
    y = torch.from_numpy(values(module(found.x, logits=True))).requires_grad_()
    torch.softmax(y, dim=1)[:, 0].sum().backward()
    module.zero_grad()
    module(found.x, logits=False)[:, 0].sum().backward()
    bias = module.layers[-1].bias.grad
    if found.net.layers[-1].activation == "relu":
        y.grad *= y > 0
    assert torch.allclose(bias, y.grad.sum(dim=0), atol=1e-12)
