"""The check of each import: it runs the module itself, in several sizes, and tells what differs."""

from dataclasses import replace

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch
from rnnhw.importers.pytorch.agreement import check
from rnnhw.importers.pytorch.example import Example
from rnnhw.importers.pytorch.live import TOLERANCE, TOLERANCE_FLOAT32, Live
from rnnhw.importers.pytorch.structure import structure
from tests.importers.pytorch.torch_forms import Forward, example, gru, linear, lstm, torch


def made(module, given=None):
    live = Live(module, Example(example() if given is None else given))
    return live, *structure(live, "net")


def changed(net, **weights):
    """The network with arrays of its first layer replaced."""
    return replace(net, layers=(replace(net.layers[0], **weights), *net.layers[1:]))


def test_a_network_with_other_weights_is_found():
    live, net, first = made(Forward(lambda m, x: m.out(m.rnn(x)[0]), rnn=lstm(), out=linear()))
    check(live, net, first)
    weight = net.layers[0].weight_hh.copy()
    weight[3, 2] += 1e-6
    with pytest.raises(RnnhwError, match=r"^the module answers .* where the network made of it answers .*example\): "):
        check(live, changed(net, weight_hh=weight), first)


def test_another_mode_and_reading_are_found():
    live, net, first = made(Forward(lambda m, x: m.rnn(x)[1][-2:].mT.mT.transpose(0, 1).flatten(1),
                                    rnn=gru(bidirectional=True)))  # fmt: skip
    check(live, net, first)
    with pytest.raises(RnnhwError, match=r"^the module answers "):
        check(live, replace(net, reading="last-step"), first)


def test_what_shows_in_other_sizes_only():
    def forward(m, x):
        y = m.out(m.rnn(x)[0])
        return y if len(x) != 4 else y + 1e-3

    with pytest.raises(RnnhwError, match=r"on 4 random sequences of 9 steps\): "):
        from_torch(Forward(forward, rnn=gru(), out=linear()), example())


def test_what_shows_with_states_or_lengths_only():
    module = Forward(lambda m, x, h: m.rnn(x, h if type(h) is not torch.Tensor else h * 0)[0], rnn=gru())
    with pytest.raises(RnnhwError, match=r"on the example\): "):
        from_torch(module, (example(), example(1, 6, 5)))

    def forward(m, x, n):
        h = m.rnn(x)[0]
        return h[torch.arange(len(x)), (n if type(x) is not torch.Tensor else n.clamp(max=4)) - 1]

    with pytest.raises(RnnhwError, match=r"on the example\): "):
        from_torch(Forward(forward, rnn=gru()), (example(), torch.tensor([7, 2, 5, 3, 7, 4])))


def test_precision():
    module = Forward(lambda m, x: m.out(m.rnn(x)[0]), rnn=gru(), out=linear())
    assert Live(module, Example(example())).tolerance == TOLERANCE
    module = Forward(lambda m, x: m.out(m.rnn(x.float())[0].float()), rnn=gru(), out=linear())
    assert Live(Forward(lambda m, x: m.rnn(x)[0].float(), rnn=gru()), Example(example())).tolerance == TOLERANCE_FLOAT32
    live, net, first = made(module)  # it only runs in float32
    assert live.tolerance == TOLERANCE_FLOAT32
    check(live, net, first)
    weight = net.layers[0].weight_hh.copy()
    weight[3, 2] += 0.1
    with pytest.raises(RnnhwError, match=r"^the module answers "):
        check(live, changed(net, weight_hh=weight), first)


def test_random_modules_are_found():
    module = Forward(lambda m, x: m.rnn(x, torch.randn(1, 1, 5, dtype=x.dtype).expand(-1, len(x), -1))[0], rnn=gru())
    with pytest.raises(RnnhwError, match=r"^the module (answers|computes another network)"):
        from_torch(module, example())
