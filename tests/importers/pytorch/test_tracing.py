"""Ways to write a `forward` that all come to the same, and what a module leaves behind it."""

import threading
import warnings

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch
from tests.importers.pytorch.torch_forms import Forward, answer, assert_close, example, gru, linear, lstm, nn, torch

functional = nn.functional


class Take(nn.Module):
    """Something of a recurrent module's result, for an nn.Sequential."""

    def __init__(self, take):
        super().__init__()
        self.take = take

    def forward(self, result):
        return self.take(result)


def check(module, mode, arguments=(4, 9, 3), **facts):
    net = from_torch(module, example())
    assert {"mode": net.mode} | {key: getattr(net, key) for key in facts} == {"mode": mode} | facts
    x = example(*arguments, seed=5).double()
    assert_close(net.run(x.numpy()), answer(module, x))
    return net


def test_a_sequential():
    module = nn.Sequential(
        lstm(num_layers=2, dropout=0.5), Take(lambda result: result[0][:, -1]), nn.Flatten(), nn.Dropout(),
        linear(5, 4), nn.ReLU(inplace=True), nn.Identity(), linear(4, 3, bias=False), nn.Softmax(dim=1),
    )  # fmt: skip
    net = check(module, "many-to-one", head="softmax")
    assert [layer.name for layer in net.layers] == ["lstm0", "lstm1", "dense0", "dense1"]
    assert [layer.activation for layer in net.layers[2:]] == ["relu", "linear"]
    every = nn.Sequential(gru(), Take(lambda result: result[0]), linear())
    check(every, "many-to-many")


@pytest.mark.parametrize(
    "read",
    [
        lambda m, x: m.rnn(x)[0][:, -1],
        lambda m, x: m.rnn(x)[0][:, x.size(1) - 1],
        lambda m, x: m.rnn(x)[0][:, -1, :],
        lambda m, x: m.rnn(x)[0].select(1, -1),
        lambda m, x: m.rnn(x)[0].narrow(1, x.shape[1] - 1, 1).squeeze(1),
        lambda m, x: m.rnn(x)[0].transpose(0, 1)[-1],
        lambda m, x: m.rnn(x)[0].permute(1, 2, 0)[-1].T,
        lambda m, x: m.rnn(x)[0].unbind(1)[-1],
        lambda m, x: m.rnn(x)[0].split(1, dim=1)[-1].flatten(1),
        lambda m, x: m.rnn(x)[0].chunk(x.shape[1], 1)[-1].reshape(len(x), -1),
        lambda m, x: m.rnn(x)[0].flip(1)[:, 0],
        lambda m, x: m.rnn(x)[0].index_select(1, torch.tensor([x.shape[1] - 1])).squeeze(),
        lambda m, x: m.rnn(x)[0][torch.arange(len(x)), -1],
        lambda m, x: torch.stack([h[-1] for h in m.rnn(x)[0]]),
        lambda m, x: torch.cat([h[-1:] for h in m.rnn(x)[0]]),
        lambda m, x: m.rnn(x)[1][-1],
        lambda m, x: m.rnn(x)[1].squeeze(0),
        lambda m, x: m.rnn(x)[1].permute(1, 0, 2).contiguous().view(len(x), -1),
        lambda m, x: m.rnn(x.clone().float())[1][0].to(x.device).type_as(x),
        lambda m, x: m.rnn(x, torch.zeros(1, x.size(0), 5).to(x))[1][0].detach(),
        lambda m, x: functional.dropout(m.rnn(x)[1][0], training=m.training),
    ],
)
def test_ways_to_the_last_step(read):
    module = Forward(lambda m, x: m.out(read(m, x)), rnn=gru(), out=linear())
    net = from_torch(module, example())
    x = example(4, 9, 3, seed=5)
    assert (net.mode, len(net.layers)) == ("many-to-one", 2)
    assert_close(net.run(x.numpy()), from_torch(Forward(lambda m, x: m.out(m.rnn(x)[0][:, -1]), rnn=module.rnn,
                                                        out=module.out), example()).run(x.numpy()))  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        lambda m, h: m.out(h),
        lambda m, h: functional.linear(h, m.out.weight, m.out.bias),
        lambda m, h: h @ m.out.weight.T + m.out.bias,
        lambda m, h: torch.matmul(h, m.out.weight.t()).add(m.out.bias),
        lambda m, h: m.out.bias + h.matmul(m.out.weight.T),
        lambda m, h: torch.addmm(m.out.bias, h.reshape(-1, 5), m.out.weight.T).view(*h.shape[:2], -1),
        lambda m, h: torch.stack([m.out(h[:, k]) for k in range(h.shape[1])], dim=1),
        lambda m, h: m.out(h.reshape(-1, 5)).reshape(h.shape[0], h.shape[1], 2),
        lambda m, h: m.out(h.transpose(0, 1)).transpose(0, 1),
    ],
)
@pytest.mark.parametrize("after", [lambda y: y, torch.relu, functional.relu, lambda y: y.relu_()])
def test_ways_to_write_a_linear_layer(head, after):
    module = Forward(lambda m, x: after(head(m, m.rnn(x)[0])), rnn=gru(), out=linear())
    net = check(module, "many-to-many")
    assert net.layers[-1].activation == ("linear" if after(torch.tensor([-1.0])) < 0 else "relu")
    assert (net.layers[-1].weight == module.out.weight.detach().numpy()).all()


def test_layouts_of_the_answer():
    for turn in (lambda y: y.transpose(1, 2), lambda y: y.reshape(-1, 2), lambda y: y[:, :, None], lambda y: y[None]):
        module = Forward(lambda m, x, turn=turn: turn(m.out(m.rnn(x)[0])), rnn=gru(), out=linear())
        net = from_torch(module, example())
        assert net == from_torch(Forward(lambda m, x: m.out(m.rnn(x)[0]), rnn=module.rnn, out=module.out), example())


def test_heads():
    for function, head, theirs in (
        (lambda y: y.argmax(-1), "argmax", lambda y: y[..., None]),
        (lambda y: y.argmax(dim=2, keepdim=True), "argmax", lambda y: y),
        (lambda y: y.softmax(-1), "softmax", lambda y: y),
        (lambda y: functional.softmax(y.transpose(1, 2), dim=1).transpose(1, 2), "softmax", lambda y: y),
    ):
        module = Forward(lambda m, x, f=function: f(m.out(m.rnn(x)[0])), rnn=gru(), out=linear(5, 4))
        net = from_torch(module, example())
        assert (net.head, net.mode) == (head, "many-to-many")
        x = example(4, 9, 3, seed=5).double()
        assert_close(net.run(x.numpy()), theirs(answer(module, x)))
    message = (
        r"^a softmax takes the outputs of several steps together of linear layer 'out'; it must take all, in order$"
    )
    with pytest.raises(RnnhwError, match=message):
        from_torch(Forward(lambda m, x: m.out(m.rnn(x)[0]).softmax(1), rnn=gru(), out=linear()), example())


def test_backwards():
    for module, mode in (
        (Forward(lambda m, x: m.out(m.rnn(x.flip(1))[0].flip(1)), rnn=lstm(), out=linear()), "many-to-many"),
        (Forward(lambda m, x: m.out(m.rnn(x.flip(1))[1][0][0]), rnn=lstm(), out=linear()), "many-to-one"),
    ):
        net = check(module, mode)
        assert net.layers[0].kind == "reversed"


def test_weights_that_are_computed():
    norm = nn.utils.parametrizations.weight_norm(linear())
    with torch.no_grad():
        norm.parametrizations.weight.original0.mul_(1.7)
    net = check(Forward(lambda m, x: m.out(m.rnn(x)[0]), rnn=gru(), out=norm), "many-to-many")
    np.testing.assert_allclose(net.layers[-1].weight, norm.weight.detach().numpy(), rtol=1e-6)


def test_parts_that_are_not_used_do_not_matter():
    module = Forward(lambda m, x: m.rnn(x)[0], rnn=gru(), norm=nn.LayerNorm(5), other=lstm(proj_size=2))
    assert len(check(module, "many-to-many").layers) == 1


@pytest.mark.parametrize("lock", [False, True])
def test_what_a_module_keeps_for_others_is_put_back(lock):
    def keep(m, x):
        h, m.state = m.rnn(x)
        return m.out(h)

    module = Forward(keep, rnn=gru(), out=linear())
    module.state = "before"
    if lock:
        module.lock = threading.Lock()  # deepcopy refuses it: the module itself is run
    net = from_torch(module, example())
    assert module.state == "before"
    assert module.training
    assert net.mode == "many-to-many"


def test_sizes_that_a_module_insists_on():
    module = Forward(lambda m, x: m.out(m.rnn(x.view(6, 7, 3))[0][:, -1]), rnn=gru(), out=linear())
    assert from_torch(module, example()).mode == "many-to-one"
    module = Forward(lambda m, x: m.out(m.rnn(x.reshape(6, x.shape[1], 3))[0][:, 6]), rnn=gru(), out=linear())
    with pytest.raises(RnnhwError, match=r"^the answer is taken from step 6 of 8 of linear layer 'out'; "):
        from_torch(module, example())
    module = Forward(lambda m, x: m.out(m.rnn(x.view(5, 1, 3))[0][:, -1]), rnn=gru(), out=linear())
    with pytest.raises(RnnhwError, match=r"^the module cannot be followed: RuntimeError: shape '\[5, 1, 3\]'"):
        from_torch(module, example(5, 1, 3))


@pytest.mark.parametrize(
    ("first", "read"),
    [
        (True, lambda h: h),
        (True, lambda h: h[:, -1]),
        (True, lambda h: h[0, -1]),
        (False, lambda h: h),
        (False, lambda h: h[-1]),
    ],
)
def test_modules_for_a_single_sequence(first, read):
    shape = (1, 7, 3) if first else (7, 1, 3)
    module = Forward(lambda m, x: m.out(read(m.rnn(x.view(shape))[0])), rnn=gru(batch_first=first), out=linear())
    net = from_torch(module, example(*shape))
    x = example(1, 7, 3, seed=5).double()
    mine = net.run(x.numpy())
    assert_close(mine, answer(module, x if first else x.transpose(0, 1)).reshape(mine.shape))


def test_one_step_or_one_sequence_is_enough():
    for shape in ((6, 1, 3), (1, 6, 3), (1, 1, 3)):
        for module in (Forward(lambda m, x: m.out(m.rnn(x)[0][:, -1]), rnn=gru(), out=linear()), lstm()):
            net = from_torch(module, example(*shape))
            x = example(4, 9, 3, seed=5).double()
            assert_close(net.run(x.numpy()), answer(module, x))


def test_compiled_modules():
    class Compiled(nn.Module):
        """What torch.compile makes of a module, as far as it matters."""

        def __init__(self, module):
            super().__init__()
            self._orig_mod = module

        def forward(self, x):
            raise AssertionError("it is the module inside that is run")

    module = Forward(lambda m, x: m.out(m.rnn(x)[0]), rnn=gru(), out=linear())
    assert from_torch(Compiled(module), example(), name="Forward") == from_torch(module, example())
    module.out = Compiled(module.out)
    with pytest.raises(RnnhwError, match=r"^module 'out' is compiled \(torch.compile\): give the module that it was"):
        from_torch(module, example())


def test_scripted_modules_are_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch calls its own format deprecated
        scripted = torch.jit.script(nn.Linear(5, 2))
    with pytest.raises(RnnhwError, match=r"^module 'head' is compiled to TorchScript: give the module that it was"):
        from_torch(Forward(lambda m, x: m.head(m.rnn(x)[0]), rnn=gru(), head=scripted), example())
