"""Preparing, calibrating, training a little, keeping and exporting."""

import copy
import io

import numpy as np
import pytest

from rnnhw.network import GRU, LSTM, RNN, Dense, Network
from rnnhw.quantize import Quantization, quantize, quantized_bytes
from tests.networks import random_batch, random_network

from .cases import case, shaken, torch, values

from rnnhw.torch import QuantizedModule, prepare  # isort: skip (skips above where torch is missing)

FOUR = {"weight_bits": 4, "activation_bits": 4, "method": "mse", "per_gate": True}


class Reader(torch.nn.Module):
    """An LSTM, and a linear layer on its last step."""

    def __init__(self):
        super().__init__()
        self.lstm, self.fc = torch.nn.LSTM(3, 8, batch_first=True), torch.nn.Linear(8, 2)

    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1])


def sums(rng, sequences=64, steps=6):
    """Sequences, and whether the sum of their first inputs is positive."""
    x = rng.normal(size=(sequences, steps, 3))
    return torch.from_numpy(x), torch.from_numpy((x[:, :, 0].sum(axis=1) > 0).astype(np.int64))


def small(kind, rng):
    """An untrained network of one cell and two outputs."""
    rows = {LSTM: 4, GRU: 3, RNN: 1}[kind] * 8
    arrays = [rng.normal(0, 0.4, shape) for shape in ((rows, 3), (rows, 8), rows, *([8] if kind is GRU else []))]
    return Network([kind(*arrays, name="cell"), Dense(rng.normal(0, 0.4, (2, 8)), np.zeros(2))], "many-to-one")


def trained(module, x, y, steps=40):
    """The losses of some steps of Adam."""
    optimiser, losses = torch.optim.Adam(module.parameters(), lr=2e-2), []
    module.train()
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(module(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("weight_bits", [1, 2, 4])
@pytest.mark.parametrize("kind", [LSTM, GRU, RNN])
def test_training_lowers_the_loss_and_the_export_keeps_it(kind, weight_bits):
    rng = np.random.default_rng(weight_bits)
    x, y = sums(rng)
    module = prepare(small(kind, rng), {**FOUR, "weight_bits": weight_bits}, x)
    losses = trained(module, x, y)
    assert np.mean(losses[-5:]) < 0.75 * losses[0]
    golden = module.export()
    assert np.array_equal(golden.run(x.numpy()), values(module.eval()(x)))
    assert (golden.run(x.numpy()).argmax(axis=1) == y.numpy()).mean() > (0.65 if weight_bits == 1 else 0.9)


def test_without_gradients_nothing_is_learned():
    """Control: the loss does not fall by itself."""
    rng = np.random.default_rng(1)
    x, y = sums(rng)
    module = prepare(small(LSTM, rng), FOUR, x).requires_grad_(False)
    module.layers[0].cells[0].bias.requires_grad_()
    module.layers[0].cells[0].bias.register_hook(torch.zeros_like)
    losses = trained(module, x, y, 5)
    assert losses[-1] == losses[0]


def test_a_module_begins_as_calibration_alone_leaves_it():
    torch.manual_seed(1)
    reader, x = Reader(), torch.randn(40, 6, 3)
    module = prepare(reader, Quantization(**FOUR), x)
    assert isinstance(module, QuantizedModule)
    assert quantized_bytes(module.export()) == quantized_bytes(quantize(module.to_network(), x.numpy(), **FOUR))
    before = copy.deepcopy(reader.state_dict())
    trained(module, x, torch.zeros(40, dtype=torch.int64), 2)
    assert all(torch.equal(before[key], value) for key, value in reader.state_dict().items())


def test_the_first_batch_in_training_calibrates():
    torch.manual_seed(2)
    reader, x, other = Reader(), torch.randn(20, 6, 3), 9 * torch.randn(20, 6, 3)
    module = prepare(reader, FOUR, example=x[:3])
    assert "not calibrated" in repr(module)
    module(x)
    wanted = quantize(module.to_network(), x.numpy(), **FOUR)
    assert quantized_bytes(module.export()) == quantized_bytes(wanted)
    module(other)
    assert module.formats.input == wanted.input
    module.recalibrate(other)
    assert module.formats.input.frac < wanted.input.frac


@pytest.mark.parametrize("seed", range(5))
def test_corrected_biases_are_where_training_begins(seed):
    found = case(seed)
    options = {**found.options, "weight_bits": 3, "bias_correction": True}
    module = prepare(found.net, options, found.calibration)
    wanted = quantize(found.net, found.calibration, **options)
    assert quantized_bytes(module.export()) == quantized_bytes(wanted)


def test_the_float_network_holds_the_trained_weights():
    found = case(4, ("gru",), head="none")
    module = prepare(found.net, {**found.options, "bias_correction": False}, found.calibration)
    assert all(a == b for a, b in zip(module.to_network().layers, found.net.layers, strict=True))
    shaken(module, 1)
    net = module.to_network()
    assert np.array_equal(net.layers[0].weight_ih, values(module.layers[0].cells[0].weight_ih))
    assert not np.array_equal(net.layers[0].weight_ih, found.net.layers[0].weight_ih)


def test_state_dicts_keep_the_formats():
    """Also by way of a file of weights only, into a module that was never calibrated."""
    found = case(7)
    module = shaken(prepare(found.net, found.options, found.calibration), 7)
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    other = prepare(found.net, found.options)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert quantized_bytes(other.export()) == quantized_bytes(module.export())
    fresh = prepare(found.net, found.options)
    other.load_state_dict(fresh.state_dict())
    assert other.formats is None


def test_copies_and_whole_files():
    found = case(9)
    module = shaken(prepare(found.net, found.options, found.calibration), 9)
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    for other in (copy.deepcopy(module), torch.load(file, weights_only=False)):
        assert quantized_bytes(other.export()) == quantized_bytes(module.export())
        assert torch.equal(other.eval()(found.x, found.lengths), module.eval()(found.x, found.lengths))


def test_truncated_backpropagation_reaches_back_one_chunk():
    rng = np.random.default_rng(3)
    net = random_network(rng, kinds=("gru",), mode="many-to-many", hidden=[4], head="none", inputs=2)
    module = prepare(net, FOUR, random_batch(rng, net, 4, 8))
    x = torch.from_numpy(random_batch(rng, net, 4, 8)).requires_grad_()
    _, state = module(x[:, :5], return_state=True)
    module(x[:, 5:], initial_state=state.detach()).square().sum().backward()
    assert not x.grad[:, :5].any()
    assert x.grad[:, 5:].any()


def test_calibrating_again_changes_no_weights():
    """Biases take up the correction once, whatever the formats are chosen by afterwards."""
    rng = np.random.default_rng(8)
    net = random_network(rng, inputs=3, hidden=[5], outputs=[2], mode="many-to-one", kinds=["lstm"], head="none")
    x = random_batch(rng, net, 8, 6)
    module = prepare(net, {"weight_bits": 3, "activation_bits": 6, "method": "mse", "bias_correction": True}, x)
    before = {key: value.clone() for key, value in module.named_parameters()}
    for _ in range(3):
        module.recalibrate(x)
    assert all(torch.equal(value, before[key]) for key, value in module.named_parameters())
