"""Conversions that other tools get wrong without a word: here each is right, or refused by name."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch
from tests.importers.pytorch.torch_forms import Forward, answer, assert_close, example, gru, linear, lstm, nn, torch


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_a_linear_layer_behind_a_cell_in_every_layout(kind, batch_first, turned):
    torch.manual_seed(7)
    turn = (lambda t: t.transpose(0, 1)) if turned else (lambda t: t)
    module = Forward(lambda m, x: m.out(turn(m.rnn(turn(x))[0])), rnn=kind(3, 5, batch_first=batch_first),
                     out=linear())  # fmt: skip
    net = from_torch(module, example())
    x = example(4, 9, 3, seed=5).double()
    given_first = batch_first != turned
    theirs = answer(module, x if given_first else x.transpose(0, 1))
    assert_close(net.run(x.numpy()), theirs if given_first else theirs.swapaxes(0, 1))


def test_what_is_read_is_not_always_the_last_step():
    def module(read):
        return Forward(lambda m, x: m.out(read(*m.rnn(x))), rnn=lstm(), out=linear())

    x = example(4, 9, 3, seed=5).double()
    for read in (lambda h, state: h, lambda h, state: h[:, -1], lambda h, state: state[0][0]):
        assert_close(from_torch(module(read), example()).run(x.numpy()), answer(module(read), x))
    for read, what in ((lambda h, state: h[:, 0], "step 0 of 8"), (lambda h, state: state[1][0], "the final c")):
        with pytest.raises(RnnhwError, match=what):
            from_torch(module(read), example())


def test_the_reset_gate_stands_where_pytorch_has_it():
    module = gru()
    net = from_torch(module, example())
    assert net.layers[0].reset_after
    assert_close(net.layers[0].bias_hn, module.bias_hh_l0[10:].detach().double().numpy())


def test_a_state_that_is_kept_is_not_ignored():
    def forward(m, x):
        h, m.state = m.rnn(x, m.state)
        return h

    module = Forward(forward, rnn=gru())
    module.state = None
    with pytest.raises(RnnhwError, match=r"^the module keeps 'state' from call to call"):
        from_torch(module, example())


def test_direction_is_not_ignored():
    module = Forward(lambda m, x: m.rnn(x.flip(1))[0], rnn=gru())
    with pytest.raises(RnnhwError, match=r"^the answer "):  # its steps come in the other order
        from_torch(module, example())
    module = Forward(lambda m, x: m.rnn(x.flip(1))[0][:, -1], rnn=gru())
    x = example(4, 9, 3, seed=5).double()
    assert_close(from_torch(module, example()).run(x.numpy()), answer(module, x))


def test_a_plain_rnn_a_returned_state_and_several_layers():
    torch.manual_seed(7)
    module = nn.RNN(3, 5, num_layers=3, nonlinearity="relu", bidirectional=True, batch_first=True)
    x = example(4, 9, 3, seed=5).double()
    assert_close(from_torch(module, example()).run(x.numpy()), answer(module, x))


def test_sequences_of_different_lengths():
    def forward(m, x, n):
        packed = nn.utils.rnn.pack_padded_sequence(x, n, batch_first=True, enforce_sorted=False)
        return m.out(m.rnn(packed)[1][0][-1])

    module = Forward(forward, rnn=lstm(), out=linear())
    net = from_torch(module, (example(), torch.tensor([7, 2, 5, 3, 7, 4])))
    x, n = example(4, 9, 3, seed=5).double(), torch.tensor([2, 9, 1, 4])
    assert_close(net.run(x.numpy(), n.numpy()), answer(module, x, n))


def test_negated_outputs_are_noticed():
    module = Forward(lambda m, x: m.out(m.rnn(x)[0]) if type(x) is not torch.Tensor else -m.out(m.rnn(x)[0]),
                     rnn=gru(), out=linear())  # fmt: skip
    with pytest.raises(RnnhwError, match=r"^the module answers (-?)(\S+) where the network made of it answers (-?)\2"):
        from_torch(module, example())


def test_outputs_of_one_unit():
    module = Forward(lambda m, x: m.out(m.rnn(x)[0][:, -1]).squeeze(-1), rnn=lstm(1, 1), out=linear(1, 1))
    x = example(4, 9, 1, seed=5).double()
    net = from_torch(module, example(6, 7, 1))
    np.testing.assert_allclose(net.run(x.numpy())[:, 0], answer(module, x), rtol=1e-11)
