"""Each function that a `forward` may call on values: executed where values only move, told, or refused by name."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch
from tests.importers.pytorch.torch_forms import ALLOWED, Forward, answer, assert_close, example, gru, linear, nn, torch

functional, aten = nn.functional, torch.ops.aten


def module(read):
    """A GRU, `read` of its outputs, a linear layer."""
    return Forward(lambda m, x: m.out(read(m.rnn(x)[0])), rnn=gru(), out=linear())


def behind(function):
    """A GRU, a linear layer without bias, `function` of it."""
    return Forward(lambda m, x: function(m.out(m.rnn(x)[0])), rnn=gru(), out=linear(bias=False),
                   b=nn.Buffer(torch.tensor([0.5, -1.0])))  # fmt: skip


def same(made, mode="many-to-many"):
    net = from_torch(made, example())
    x = example(4, 9, 3, seed=5).double()
    assert net.mode == mode
    assert_close(net.run(x.numpy()), answer(made, x))
    return net


def refused(message, made):
    with pytest.raises(RnnhwError) as caught:
        from_torch(made, example())
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "read",
    [
        lambda h: torch.transpose(input=h, dim0=0, dim1=1).swapaxes(0, 1),
        lambda h: torch.cat(tensors=[h[:, :2], h[:, 2:]], dim=1),
        lambda h: torch.hstack([h[:, :1], h[:, 1:]]),
        lambda h: torch.vstack(torch.vsplit(h, len(h))),
        lambda h: torch.cat([*h.tensor_split(2, dim=2)], dim=-1),
        lambda h: h.movedim(1, 0).movedim(0, 1).expand_as(h).view_as(h).reshape_as(h),
        lambda h: h.unflatten(1, (1, -1)).squeeze(1),
        lambda h: h.roll(1, dims=1).roll(-1, dims=1),
        lambda h: torch.take_along_dim(h, torch.arange(h.shape[1])[None, :, None], 1),
        lambda h: functional.pad(h, (0, 0, 1, 0))[:, 1:],
        lambda h: functional.pad(h, (0, 0, 0, 2), value=0.0)[:, : h.shape[1]],
        lambda h: aten.constant_pad_nd(h, [0, 0, 1, 0])[:, 1:],
        lambda h: torch.where(torch.ones(h.shape[1], 1, dtype=torch.bool), h, torch.zeros_like(h)),
        lambda h: torch.where(torch.arange(h.shape[1])[:, None] < 0, 0.0, h),
        lambda h: h.masked_fill(torch.zeros(h.shape[1], 1, dtype=torch.bool), 0.0),
        lambda h: h.clone().masked_fill_(torch.zeros(h.shape[1], 1, dtype=torch.bool), 0.0),
        lambda h: torch.zeros_like(h).copy_(h),
        lambda h: h + torch.zeros_like(h),
        lambda h: torch.zeros(5, dtype=h.dtype) + h,
        lambda h: functional.dropout(h, 0.0),
        lambda h: h * torch.ones(h.shape[1], 1, dtype=h.dtype),
        lambda h: 1 * h,
        lambda h: h + 0,
        lambda h: torch.as_tensor(h),
        lambda h: h if torch.isfinite(h).all() and not torch.isnan(h).any() and not h.isinf().any() else None,
        lambda h: (repr(h), f"{h}", h)[-1],
        lambda h: functional.dropout1d(h, training=False),
        lambda h: aten.dropout(h, 0.3, False),
        lambda h: h.double().to("cpu", non_blocking=True).contiguous(),
        lambda h: h.data,
        lambda h: h[..., : h.new_ones(5).numel()],
        lambda h: h[:, : int(h.new_full((1,), 99.0).item())],
        lambda h: h[:, h.new_zeros(h.shape[1], dtype=torch.long) + torch.arange(h.shape[1])],
        lambda h: h[torch.sort(torch.zeros(len(h)), 0, True).indices],
    ],
)
def test_what_moves_values(read):
    same(module(read))


@pytest.mark.parametrize(
    ("function", "bias"),
    [
        (lambda y: y + 1, 1.0),
        (lambda y: y.add(torch.tensor([0.5, -1.0], dtype=y.dtype)), None),
        (lambda y: y.add_(0.25), 0.25),
        (lambda y: y - 0.5, -0.5),
        (lambda y: y.sub(torch.tensor([0.5, -1.0], dtype=y.dtype)), None),
        (lambda y: y + torch.full((1, 1, 2), 3.0, dtype=y.dtype).expand(1, y.shape[1], 2), 3.0),
        (lambda y: torch.add(input=y, other=2), 2.0),
    ],
)
def test_sums_with_constants(function, bias):
    net = same(behind(function))
    if bias is not None:
        assert net.layers[-1].bias.tolist() == [bias, bias]


def test_sums_in_place_change_the_value_itself():
    def twice(y):
        y += 1
        functional.relu(y, inplace=True)
        return y

    net = same(behind(twice))
    assert (net.layers[-1].bias.tolist(), net.layers[-1].activation) == ([1.0, 1.0], "relu")


def test_softmax_in_its_forms():
    for function in (lambda y: aten._softmax(y, -1, False), lambda y: y.softmax(2, dtype=y.dtype), nn.Softmax(2)):
        assert same(behind(function)).head == "softmax"
    made = Forward(lambda m, x: functional.softmax(m.out(m.rnn(x)[0][:, -1]), _stacklevel=0), rnn=gru(), out=linear())
    with pytest.warns(UserWarning, match="Implicit dimension choice"):  # PyTorch's own
        assert from_torch(made, example()).head == "softmax"


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda y: torch.add(y, 1.0, alpha=2), "add with alpha"),
        (lambda y: y + y.shape[1] * torch.arange(y.shape[1])[:, None],
         "the sum of values with a constant that differs by step or sequence (add)"),
        (lambda y: y[:, -1:] + torch.ones(3, 1), "the sum of values with a constant of shape (3, 1) (add)"),
        (lambda y: torch.add(y, 1.0, out=torch.empty_like(y)), "empty_like"),
        (lambda y: torch.addmm(torch.zeros(2, dtype=y.dtype), y[:, -1], torch.eye(2, dtype=y.dtype), beta=2),
         "addmm with beta or alpha"),
        (lambda y: y @ torch.eye(2, dtype=y.dtype)[None], "a matmul with a constant of 3 axes"),
        (lambda y: functional.linear(torch.ones(4, 2, dtype=y.dtype), y[0]), "using values as the weights of a linear"),
        (lambda y: y.argmax(), "argmax without dim"),
        (lambda y: torch.empty(2, dtype=y.dtype).copy_(y[0, 0]),
         "writing values into a tensor that is not made of zeros (use torch.stack)"),
        (lambda y: torch.where(y > 0, y, 0.0), "gt of values, on which what is computed may then depend,"),
        (lambda y: functional.pad(y, (0, 0, 1, 0), mode="replicate"), "pad with mode 'replicate'"),
        (lambda y: functional.pad(y, (0, 0, 1, 0), value=2.0), "mixing values with constants other than zero (pad)"),
        (lambda y: y.masked_fill(torch.ones(1, dtype=torch.bool), 1.0), "mixing values with constants other than"),
        (lambda y: y.clamp(min=0), "clamp"),
        (lambda y: y * y, "a product of values (mul)"),
        (lambda y: y - y, "a difference of values (sub)"),
        (lambda y: y / 2, "div"),
        (lambda y: y ** 2, "pow"),
        (lambda y: -y, "neg"),
        (lambda y: torch.fft.fft(y).real, "fft_fft"),
        (lambda y: y.cumsum(1), "the running sum over the steps"),
        (lambda y: y.type(torch.LongTensor), "rounding values to"),
        (lambda y: functional.softmax(y.sum(-1, keepdim=True), -1), "the sum over the units"),
    ],
)  # fmt: skip
def test_what_computes_with_values(function, what):
    with pytest.raises(RnnhwError) as caught:
        from_torch(behind(function), example())
    assert str(caught.value).startswith(f"the module (Forward): {what}")
    assert str(caught.value).endswith(f" is not supported; {ALLOWED}")


def test_zeros_are_constants_until_values_are_put_into_them():
    made = Forward(lambda m, x: m.out(m.rnn(x)[0] + m.pre(torch.zeros(3, dtype=x.dtype)).relu() * 0),
                   rnn=gru(), pre=linear(3, 5), out=linear())  # fmt: skip
    same(made)
    made = Forward(lambda m, x: m.rnn(x, torch.zeros(1, len(x), 5, dtype=x.dtype).uniform_())[0], rnn=gru())
    refused(f"the module (Forward): uniform_ is not supported; {ALLOWED}", made)


def test_constants_alone():
    refused(
        "module 'rnn' (GRU) runs over constants, not over the module's input",
        Forward(lambda m, x: m.rnn(torch.ones(len(x), 4, 3, dtype=x.dtype))[0], rnn=gru()),
    )
    made = Forward(lambda m, x, h: (m.other(x, h), m.rnn(x)[0])[1], rnn=gru(), other=gru())
    message = r"^the module runs recurrent layers that its answer does not depend on, from given states$"
    with pytest.raises(RnnhwError, match=message):
        from_torch(made, (example(), example(1, 6, 5)))
