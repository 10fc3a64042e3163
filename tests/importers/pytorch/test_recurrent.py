"""Lengths, packed sequences and initial states of recurrent modules."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch
from tests.importers.pytorch.torch_forms import Forward, answer, assert_close, example, gru, linear, lstm, nn, torch

LENGTHS = torch.tensor([7, 2, 5, 3, 7, 4])
pack, unpack = nn.utils.rnn.pack_padded_sequence, nn.utils.rnn.pad_packed_sequence


def refused(message, module, arguments):
    with pytest.raises(RnnhwError) as caught:
        from_torch(module, arguments)
    assert str(caught.value) == message


def packed(read, batch_first=True, both=False, **options):
    """A packed GRU and a linear layer; `read` takes the packed outputs, the states and the lengths."""
    return Forward(
        lambda m, x, n: m.out(
            read(*m.rnn(pack(x, n, batch_first=batch_first, **({"enforce_sorted": False} | options))), n)
        ),
        rnn=gru(batch_first=batch_first, num_layers=2, bidirectional=both),
        out=linear(5 + 5 * both, 2),
    )


def last_of(h, n):
    h, _ = unpack(h, batch_first=True)
    return h[torch.arange(len(h)), n - 1]


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(
    ("read", "reading"),
    [
        (lambda h, state, n: state[-2:].transpose(0, 1).flatten(1), "final"),
        (lambda h, state, n: torch.cat(tuple(state[-2:]), dim=1), "final"),
        (lambda h, state, n: last_of(h, n), "last-step"),
    ],
)
def test_packed_sequences_many_to_one(read, reading, both):
    if not both:
        read, reading = (lambda h, state, n: state[-1]) if reading == "final" else read, "final"
    module = packed(read, both=both)
    net = from_torch(module, (example(), LENGTHS))
    assert (net.mode, net.reading) == ("many-to-one", reading)
    x, lengths = example(5, 9, 3, seed=1).double(), torch.tensor([1, 9, 4, 4, 2])
    assert_close(net.run(x.numpy(), lengths.numpy()), answer(module, x, lengths))


@pytest.mark.parametrize("batch_first", [True, False])
def test_packed_sequences_many_to_many(batch_first):
    module = packed(lambda h, state, n: unpack(h, batch_first=batch_first)[0], batch_first, both=True)
    x = example()
    net = from_torch(module, (x if batch_first else x.transpose(0, 1), LENGTHS))
    assert net.mode == "many-to-many"
    x, lengths = example(5, 9, 3, seed=1).double(), torch.tensor([1, 9, 4, 4, 2])
    theirs = answer(module, x if batch_first else x.transpose(0, 1), lengths)
    theirs = theirs if batch_first else theirs.swapaxes(0, 1)
    counts = (np.arange(9) < lengths.numpy()[:, None])[:, :, None]
    assert_close(net.run(x.numpy(), lengths.numpy()), theirs * counts)


def test_sequences_in_order_and_lists_of_lengths():
    for lengths in (LENGTHS.sort(descending=True).values, sorted(LENGTHS.tolist(), reverse=True)):
        net = from_torch(packed(lambda h, state, n: state[-1], enforce_sorted=True), (example(), lengths))
        assert net.mode == "many-to-one"
    module = packed(lambda h, state, n: state[-1])
    assert from_torch(module, (example(), LENGTHS.tolist())) == from_torch(module, (example(), LENGTHS.int()))


@pytest.mark.parametrize(
    "read",
    [
        lambda h, n: h[torch.arange(len(h)), n - 1],
        lambda h, n: h.gather(1, (n - 1).view(-1, 1, 1).expand(-1, 1, h.size(2))).squeeze(1),
        lambda h, n: h.gather(1, (n - 1)[:, None, None].repeat(1, 1, h.size(2)))[:, 0],
        lambda h, n: torch.stack([one[k - 1] for one, k in zip(h, n, strict=True)]),
    ],
)
def test_lengths_without_packing(read):
    module = Forward(lambda m, x, n: m.out(read(m.rnn(x)[0], n)), rnn=lstm(num_layers=2), out=linear())
    net = from_torch(module, (example(), LENGTHS))
    assert net.mode == "many-to-one"
    x, lengths = example(5, 9, 3, seed=1).double(), torch.tensor([1, 9, 4, 4, 2])
    assert_close(net.run(x.numpy(), lengths.numpy()), answer(module, x, lengths))


@pytest.mark.parametrize(
    "masked",
    [
        lambda h, mask: h * mask[:, :, None],
        lambda h, mask: h.masked_fill(~mask[:, :, None], 0.0),
        lambda h, mask: torch.where(mask[:, :, None], h, 0.0),
    ],
)
def test_zeros_past_the_lengths(masked):
    module = Forward(
        lambda m, x, n: masked(m.out(m.rnn(x)[0]), torch.arange(x.shape[1]) < n[:, None]), rnn=gru(), out=linear()
    )
    net = from_torch(module, (example(), LENGTHS))
    assert net.mode == "many-to-many"
    x, lengths = example(5, 9, 3, seed=1).double(), torch.tensor([1, 9, 4, 4, 2])
    assert_close(net.run(x.numpy(), lengths.numpy()), answer(module, x, lengths))


def test_padding_that_is_run_over():
    message = (
        "module 'out' (Linear): the final state of sequences that ran on over their padding (use "
        "pack_padded_sequence, or take the output at lengths - 1) is not supported; "
    )
    with pytest.raises(RnnhwError) as caught:
        from_torch(Forward(lambda m, x, n: m.out(m.rnn(x)[1][0]), rnn=gru(), out=linear()), (example(), LENGTHS))
    assert str(caught.value).startswith(message)
    refused(
        "module 'rnn' (GRU) goes backwards over the padding of shorter sequences: use pack_padded_sequence",
        Forward(lambda m, x, n: m.rnn(x)[0], rnn=gru(bidirectional=True)),
        (example(), LENGTHS),
    )
    with pytest.raises(RnnhwError, match=r"^the answer must hold all outputs of linear layer 'out'"):
        from_torch(Forward(lambda m, x, n: m.out(m.rnn(x)[0][:, -1]), rnn=gru(), out=linear()), (example(), LENGTHS))
    with pytest.raises(RnnhwError, match=r"padding with 1 \(only zero is\) is not supported; "):
        from_torch(packed(lambda h, state, n: unpack(h, batch_first=True, padding_value=1.0)[0]), (example(), LENGTHS))


def test_examples_with_lengths_that_cannot_be_used():
    module = packed(lambda h, state, n: state[-1])
    shape = "for an example of shape (6, 7, 3)"
    refused(f"argument 1 of the example must hold one length a sequence, not 3 {shape}", module, (example(), [1, 2, 3]))
    refused("argument 1 of the example: lengths must be at least 1, not 0", module, (example(), LENGTHS * 0))
    refused(
        "argument 2 of the example is a second vector of ints; only one can be the lengths",
        module,
        (example(), LENGTHS, LENGTHS),
    )
    mask = torch.ones(6, 7, dtype=torch.bool)
    refused(
        "argument 1 of the example must be lengths (a vector of ints) or an initial state (floating point), "
        "not torch.bool of shape (6, 7)",
        module,
        (example(), mask),
    )


@pytest.mark.parametrize("both", [False, True])
def test_states_that_are_given(both):
    sides = 1 + both
    module = Forward(lambda m, x, h: m.out(m.rnn(x, h)[0]), rnn=gru(num_layers=2, bidirectional=both),
                     out=linear(5 * sides, 2))  # fmt: skip
    net = from_torch(module, (example(), example(2 * sides, 6, 5)))
    assert net.cells[0].h0 is None
    x, h = example(4, 9, 3, seed=1).double(), example(2 * sides, 4, 5, seed=2).double()
    state = h.transpose(0, 1).reshape(4, -1).numpy()
    assert_close(net.run(x.numpy(), initial_state=state), answer(module, x, h))


def test_states_of_an_lstm_that_are_given_and_returned():
    module = lstm(num_layers=2)
    net = from_torch(module, (example(), (example(2, 6, 5), example(2, 6, 5, seed=1))))
    assert net.mode == "many-to-many"
    x, h, c = example(4, 9, 3, seed=1).double(), example(2, 4, 5, seed=2).double(), example(2, 4, 5, seed=3).double()
    state = np.concatenate([h[0], c[0], h[1], c[1]], axis=1)
    assert_close(net.run(x.numpy(), initial_state=state), answer(module, x, (h, c)))
    assert from_torch(module, example()) == net
    assert from_torch(module, (example(), None)) == net


def test_states_with_packed_sequences():
    module = Forward(
        lambda m, x, n, h: m.out(m.rnn(pack(x, n, batch_first=True, enforce_sorted=False), h)[1][0]),
        rnn=gru(), out=linear(),
    )  # fmt: skip
    net = from_torch(module, (example(), LENGTHS, example(1, 6, 5)))
    x, n, h = example(4, 9, 3, seed=1).double(), torch.tensor([2, 9, 1, 4]), example(1, 4, 5, seed=2).double()
    assert_close(net.run(x.numpy(), n.numpy(), initial_state=h[0].numpy()), answer(module, x, n, h))


@pytest.mark.parametrize(
    "state",
    [
        lambda m, x: m.h0.expand(-1, len(x), -1).contiguous(),
        lambda m, x: m.h0.repeat(1, x.shape[0], 1),
        lambda m, x: x.new_zeros(1, len(x), 5) + m.h0,
        lambda m, x: torch.cat([m.h0] * len(x), dim=1),
        lambda m, x: m.h0.tanh().expand(-1, len(x), -1),
    ],
)
def test_learned_states(state):
    parameter = nn.Parameter(example(1, 1, 5, seed=8))
    module = Forward(lambda m, x: m.out(m.rnn(x, state(m, x))[0]), rnn=gru(), out=linear(), h0=parameter)
    net = from_torch(module, example())
    assert net.layers[0].h0 is not None
    x = example(4, 9, 3, seed=1).double()
    assert_close(net.run(x.numpy()), answer(module, x))
    both = Forward(lambda m, x: m.rnn(x, (x.new_zeros(1, len(x), 5), state(m, x)))[0], rnn=lstm(), h0=parameter)
    net = from_torch(both, example())
    assert (net.layers[0].h0, net.layers[0].c0.shape) == (None, (5,))
    assert_close(net.run(x.numpy()), answer(both, x))


@pytest.mark.parametrize(
    "zeros",
    [
        lambda x: torch.zeros(1, len(x), 5),
        lambda x: torch.zeros(1, x.size(0), 5, dtype=x.dtype, device=x.device),
        lambda x: x.new_zeros(1, len(x), 5),
        lambda x: torch.zeros(1, len(x), 5).requires_grad_().to(x.device),
        lambda x: torch.zeros_like(x[:, 0, :1]).expand(-1, 5)[None],
        lambda x: torch.autograd.Variable(torch.zeros(1, len(x), 5)),
        lambda x: None,
    ],
)
def test_zero_states(zeros):
    module = Forward(lambda m, x: m.out(m.rnn(x, zeros(x))[0]), rnn=gru(), out=linear())
    net = from_torch(module, example())
    assert net == from_torch(Forward(lambda m, x: m.out(m.rnn(x)[0]), rnn=module.rnn, out=module.out), example())


def test_states_that_are_not_supported():
    refused(
        "initial state h0 of module 'rnn' (GRU) is another constant for each sequence; it must be the same for all",
        Forward(lambda m, x: m.rnn(x, m.h[:, : len(x)])[0], rnn=gru(), h=nn.Parameter(example(1, 40, 5))),
        example(),
    )

    def stateful(m, x):
        h, m.state = m.rnn(x, m.state)
        return h

    module = Forward(stateful, rnn=gru())
    module.state = None
    refused("the module keeps 'state' from call to call, and what it computes depends on it", module, example())
    assert module.state is None
    module = Forward(lambda m, x, h: m.rnn(x)[0], rnn=gru())
    refused("argument 1 of the example must be finite, but holds NaN or infinity", module, (example(), example() / 0))
    message = "an initial state of the example must have 6 sequences along its last axis but one, not shape (5,)"
    refused(message, module, (example(), torch.ones(5)))
