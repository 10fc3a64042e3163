"""The float reference against PyTorch's own cells, in float64: every cell, depth, direction and sequence shape."""

from itertools import product

import numpy as np
import pytest

from rnnhw.importers import from_state_dict
from tests.importers.pytorch.torch_forms import nn, torch

TOLERANCE = {"rtol": 1e-12, "atol": 1e-13}
CELLS = {
    "lstm": (nn.LSTM, {}),
    "gru": (nn.GRU, {}),
    "rnn-tanh": (nn.RNN, {"nonlinearity": "tanh"}),
    "rnn-relu": (nn.RNN, {"nonlinearity": "relu"}),
}
CASES = list(product(CELLS, (1, 2, 3), (False, True)))


def make(cell, depth, both, seed, inputs=3, hidden=4):
    """A module in float64 with weights and non-zero biases of seeded noise, and its facts."""
    kind, options = CELLS[cell]
    module = kind(inputs, hidden, depth, bidirectional=both, batch_first=True, dtype=torch.float64, **options)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 0.6)
    return module, options


def tensors(module, prefix="rnn."):
    return {f"{prefix}{key}": value.numpy() for key, value in module.state_dict().items()}


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def torch_state(module, flat):
    """PyTorch's initial state from rows of ours: per layer and direction h, then c of an LSTM."""
    parts = module.num_layers * (2 if module.bidirectional else 1)
    each = torch.from_numpy(flat).reshape(len(flat), parts, -1, module.hidden_size).permute(2, 1, 0, 3).contiguous()
    return tuple(each) if isinstance(module, nn.LSTM) else each[0]


def our_state(module, state):
    """Rows of our final state from PyTorch's."""
    each = torch.stack(state if isinstance(module, nn.LSTM) else (state,))
    return each.permute(2, 1, 0, 3).reshape(each.shape[2], -1).detach().numpy()


@pytest.mark.parametrize(("cell", "depth", "both"), CASES)
@pytest.mark.parametrize("given", [False, True])
def test_every_step_and_both_states(cell, depth, both, given):
    module, facts = make(cell, depth, both, seed=depth)
    net = from_state_dict(tensors(module), mode="many-to-many", **facts)
    x, lengths = numbers(1, 5, 6, 3), np.array([6, 1, 4, 6, 2])
    start = numbers(2, 5, net.state_size) if given else None
    packed = nn.utils.rnn.pack_padded_sequence(torch.from_numpy(x), lengths, batch_first=True, enforce_sorted=False)
    with torch.no_grad():
        answer, state = module(packed, None if start is None else torch_state(module, start))
    expected, _ = nn.utils.rnn.pad_packed_sequence(answer, batch_first=True)
    y, final = net.run(x, lengths, initial_state=start, return_state=True)
    np.testing.assert_allclose(y, expected.numpy(), **TOLERANCE)
    np.testing.assert_allclose(final, our_state(module, state), **TOLERANCE)
    for row in range(5):  # a sequence alone is answered the same
        alone = net.run(x[row : row + 1, : lengths[row]], initial_state=None if start is None else start[row : row + 1])
        np.testing.assert_allclose(alone[0], y[row, : lengths[row]], **TOLERANCE)


@pytest.mark.parametrize(("cell", "depth", "both"), CASES)
@pytest.mark.parametrize("reading", ["final", "last-step"])
def test_many_to_one(cell, depth, both, reading):
    module, facts = make(cell, depth, both, seed=10 + depth)
    head = nn.Linear(8 if both else 4, 3, dtype=torch.float64)
    every = tensors(module) | tensors(head, "fc.")
    net = from_state_dict(every, mode="many-to-one", reading=reading, **facts)
    x, lengths = numbers(3, 4, 5, 3), [5, 3, 1, 4]
    answers = net.run(x, lengths)
    for row, length in enumerate(lengths):
        with torch.no_grad():
            outputs, state = module(torch.from_numpy(x[row : row + 1, :length]))
            state = state[0] if cell == "lstm" else state
            last = state[-2:] if both else state[-1:]
            expected = head(last.reshape(1, -1) if reading == "final" else outputs[:, -1])
        np.testing.assert_allclose(answers[row], expected[0].numpy(), **TOLERANCE)
    if both:  # control: the other reading is another answer
        other = from_state_dict(
            every, mode="many-to-one", reading={"final": "last-step"}.get(reading, "final"), **facts
        )
        different = np.abs(other.run(x, lengths) - answers).max(axis=1) > 1e-3
        assert different.tolist() == [True, True, False, True]  # of a single step both are the same


@pytest.mark.parametrize("cell", CELLS)
def test_one_to_one(cell):
    module, facts = make(cell, 2, True, seed=20)
    net = from_state_dict(tensors(module), mode="one-to-one", **facts)
    x, start = numbers(4, 6, 1, 3), numbers(5, 6, net.state_size)
    y, final = net.run(x, initial_state=start, return_state=True)
    with torch.no_grad():
        expected, state = module(torch.from_numpy(x), torch_state(module, start))
    assert y.shape == (6, 1, 8)
    np.testing.assert_allclose(y, expected.numpy(), **TOLERANCE)
    np.testing.assert_allclose(final, our_state(module, state), **TOLERANCE)


@pytest.mark.parametrize(("cell", "depth"), list(product(CELLS, (1, 2))))
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_one_to_many(cell, depth, steps):
    module, facts = make(cell, depth, False, seed=30)
    head = nn.Linear(4, 3, dtype=torch.float64)
    net = from_state_dict(
        tensors(module) | tensors(head, "fc."), mode="one-to-many", steps=steps, layers="rnn,fc", **facts
    )
    x, start = numbers(6, 3, 1, 3), numbers(7, 3, net.state_size)
    y, final, trace = net.run(x, initial_state=start, return_state=True, trace=True)
    assert y.shape == (3, steps, 3)
    value, state, inputs = torch.from_numpy(x), torch_state(module, start), []
    for step in range(steps):
        inputs.append(value)
        with torch.no_grad():
            value, state = module(value, state)
            value = head(value)
        np.testing.assert_allclose(y[:, step], value[:, 0].numpy(), **TOLERANCE)
    np.testing.assert_allclose(final, our_state(module, state), **TOLERANCE)
    assert trace["mask"].shape == (3, steps)
    assert trace["mask"].all()
    np.testing.assert_allclose(trace[net.cells[0].name]["x"], torch.cat(inputs, dim=1).numpy(), **TOLERANCE)
    assert (trace["dense0"]["y"] == y).all()


def test_a_state_goes_from_an_encoder_to_a_decoder():
    encoder, _ = make("gru", 2, False, seed=40)
    decoder, _ = make("gru", 2, False, seed=41)
    first, second = (from_state_dict(tensors(module), mode="many-to-many") for module in (encoder, decoder))
    x, z = numbers(8, 4, 7, 3), numbers(9, 4, 5, 3)
    _, state = first.run(x, return_state=True)
    with torch.no_grad():
        expected, _ = decoder(torch.from_numpy(z), encoder(torch.from_numpy(x))[1])
    np.testing.assert_allclose(second.run(z, initial_state=state), expected.numpy(), **TOLERANCE)


def test_streaming_in_pieces_is_the_whole():
    module, _ = make("lstm", 3, False, seed=50)
    net = from_state_dict(tensors(module), mode="many-to-many")
    x = numbers(10, 2, 9, 3)
    whole, end = net.run(x, return_state=True)
    state, parts = None, []
    for begin, stop in ((0, 1), (1, 5), (5, 9)):
        y, state = net.run(x[:, begin:stop], initial_state=state, return_state=True)
        parts.append(y)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, **TOLERANCE)
    np.testing.assert_allclose(state, end, **TOLERANCE)


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many", "one-to-one"])
def test_heads(mode):
    module, _ = make("gru", 1, True, seed=60)
    steps = 1 if mode == "one-to-one" else 5
    x, lengths = numbers(11, 30, steps, 3), np.random.default_rng(12).integers(1, steps + 1, 30)
    nets = {head: from_state_dict(tensors(module), mode=mode, reading="final", head=head)
            for head in ("none", "argmax", "softmax")}  # fmt: skip
    y = torch.from_numpy(nets["none"].run(x, lengths))
    valid = np.full(30, True) if mode == "many-to-one" else np.arange(steps) < lengths[:, None]
    soft, index = nets["softmax"].run(x, lengths), nets["argmax"].run(x, lengths)
    np.testing.assert_allclose(soft[valid], torch.softmax(y, -1).numpy()[valid], **TOLERANCE)
    assert (index[valid][:, 0] == torch.argmax(y, -1).numpy()[valid]).all()
    assert np.unique(index[valid]).size > 3
    assert (soft[~valid] == 0).all()
    assert (index[~valid] == 0).all()
    assert nets["argmax"].output_size == index.shape[-1] == 1
