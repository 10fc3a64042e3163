"""What a live PyTorch module does and rnnhw does not is refused by name, and examples that cannot be used too."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch
from tests.importers.pytorch.torch_forms import ALLOWED, Forward, Net, example, gru, linear, lstm, nn, torch

functional = nn.functional


def refused(message, module, x=None):
    with pytest.raises(RnnhwError) as caught:
        from_torch(module, example() if x is None else x)
    assert str(caught.value) == message


def read(function):
    """An LSTM, what `function` makes of its outputs, a linear layer."""
    return Net([lstm()], [linear()], function)


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda h: h.mean(1), "the mean over the steps"),
        (lambda h: torch.mean(h, dim=(1,)), "the mean over the steps"),
        (lambda h: h.sum(dim=1), "the sum over the steps"),
        (lambda h: h.max(dim=1).values, "the maximum over the steps"),
        (lambda h: h.amin(1), "the minimum over the steps"),
        (lambda h: h[:, -1].mean(0), "the mean over the sequences"),
        (lambda h: h[:, -1:].std(dim=2, keepdim=True).expand(-1, -1, 5), "the standard deviation over the units"),
        (lambda h: h.mean().expand(5), "the mean"),
        (lambda h: h[:, -1] + h[:, 0], "a sum of values (add)"),
        (lambda h: h[:, -1] * 2, "mul with other factors than zero and one"),
        (lambda h: 1 - h[:, -1], "rsub"),
        (lambda h: h[:, -1].mul_(2), "mul_"),
        (lambda h: h[:, -1].tanh(), "tanh"),
        (lambda h: h[:, -1].sort().values, "sort"),
        (lambda h: functional.pad(h[:, 1:], (0, 0, 0, 1), value=1.0),
         "mixing values with constants other than zero (pad)"),
        (lambda h: torch.cat([h[:, -1, :4], torch.ones(len(h), 1)], 1),
         "mixing values with constants other than zero (cat)"),
        (lambda h: functional.dropout(h[:, -1], 0.5),
         "dropout that is active in eval mode too (give it training=self.training)"),
        (lambda h: h[:, -1 if h[0, 0, 0] > 0 else 0], "gt of values, on which what is computed may then depend,"),
        (lambda h: torch.from_numpy(h.numpy())[:, -1], "numpy of values, on which what is computed may then depend,"),
        (lambda h: h[:, -1].int().float(), "int"),
        (lambda h: h[:, -1].to(torch.int64) * 0.1, "rounding values to torch.int64 (to)"),
        (lambda h: h[h[:, -1, 0].long()], "long"),
        (lambda h: h @ h[:1, :5], "the product of a matrix with values (matmul)"),
    ],
)  # fmt: skip
def test_what_is_computed_between_the_layers(function, what):
    refused(f"the module (Net): {what} is not supported; {ALLOWED}", read(function))


@pytest.mark.parametrize(
    ("layer", "what"),
    [
        (lambda: nn.LayerNorm(5), "module 'heads.0' (LayerNorm): layer_norm"),
        (lambda: nn.LayerNorm(5, elementwise_affine=False), "module 'heads.0' (LayerNorm): layer_norm"),
        (lambda: nn.BatchNorm1d(5), "module 'heads.0' (BatchNorm1d): batch_norm"),
        (lambda: nn.Sigmoid(), "module 'heads.0' (Sigmoid): sigmoid"),
        (lambda: nn.Tanh(), "module 'heads.0' (Tanh): tanh"),
        (lambda: nn.Hardtanh(0, 1e9), "module 'heads.0' (Hardtanh): hardtanh"),  # a relu, as far as examples tell
        (lambda: nn.LeakyReLU(), "module 'heads.0' (LeakyReLU): leaky_relu"),
        (lambda: nn.GELU(), "module 'heads.0' (GELU): gelu"),
        (lambda: nn.PReLU(), "module 'heads.0' (PReLU): prelu"),
        (lambda: nn.LogSoftmax(-1), "module 'heads.0' (LogSoftmax): log_softmax (leave it out, or use softmax)"),
        (lambda: nn.Bilinear(5, 5, 2), None),
    ],
)
def test_layers_that_are_not_supported(layer, what):
    module = Net([lstm()], [layer(), linear()])
    if what is None:  # it cannot even run
        with pytest.raises(RnnhwError, match=r"^the module cannot run the example: TypeError: "):
            from_torch(module, example())
    else:
        refused(f"{what} is not supported; {ALLOWED}", module)


@pytest.mark.parametrize(
    ("module", "x", "what"),
    [
        (lambda: Forward(lambda m, x: m.rnn(m.conv(x.mT).mT)[0], conv=nn.Conv1d(3, 3, 1), rnn=gru()), None,
         "module 'conv' (Conv1d): conv1d"),
        (lambda: Forward(lambda m, x: m.att(x, x, x)[0], att=nn.MultiheadAttention(4, 2, batch_first=True)), (6, 7, 4),
         "module 'att' (MultiheadAttention): multi_head_attention_forward"),
        (lambda: Forward(lambda m, x: m.rnn(m.words(x[..., 0].abs().long()))[0], words=nn.Embedding(9, 3), rnn=gru()),
         None, "the module (Forward): abs"),
        (lambda: Forward(lambda m, x: m.rnn(x - x.mean(1, keepdim=True))[0], rnn=gru()), None,
         "the module (Forward): the mean over the steps"),
        (lambda: Forward(lambda m, x: m.rnn(x)[0] + x, rnn=gru(3, 3)), None,
         "the module (Forward): a sum of values (add)"),
    ],
)  # fmt: skip
def test_layers_elsewhere(module, x, what):
    refused(f"{what} is not supported; {ALLOWED}", module(), None if x is None else example(*x))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda h: h[:, -1].relu(), "a relu must stand behind a linear layer, not behind recurrent layer 'lstms_0'"),
        (lambda h: h[:, -1, :5].flip(1),
         "linear layer 'heads.0' takes the units in another order of recurrent layer 'lstms_0'; "
         "it must take all, in order"),
        (lambda h: h.flip(0)[:, -1],
         "the answer holds the sequences of linear layer 'heads.0' in another order"),
    ],
)  # fmt: skip
def test_what_a_layer_takes(function, message):
    refused(message, read(function))


def test_a_part_of_the_units():
    message = "linear layer 'heads.0' takes units 0..2 of 5 of recurrent layer 'lstms_0'; it must take all, in order"
    refused(message, Net([lstm()], [linear(3, 2)], lambda h: h[:, -1, :3]))


@pytest.mark.parametrize(("index", "named"), [(0, 0), (1, 1), (6, 6), (-2, 6)])
def test_other_steps_than_the_last(index, named):
    # the example has 7 steps: its step 6 is the last one, but not of other sequences
    refused(
        f"the answer is taken from step {named} of 8 of linear layer 'heads.0'; "
        "only every step, the last one and the final states can be",
        read(lambda h: h[:, index]),
    )


def test_some_steps():
    refused("the answer holds the steps [6, 7] of a sequence of 8", read(lambda h: h[:, -2:]))
    refused(
        "recurrent layer 'rnn' must take all 8 steps of the input, not shape (3, 4)",
        Forward(lambda m, x: m.rnn(x[:, ::2])[0], rnn=gru()),
    )


def test_the_cell_state_is_no_answer():
    refused(
        "linear layer 'out' takes the final c of recurrent layer 'rnn', which is not supported",
        Forward(lambda m, x: m.out(m.rnn(x)[1][1][-1]), rnn=lstm(), out=linear()),
    )


def test_a_small_difference_is_found():
    class Sly(Net):
        def forward(self, x):  # what the values are, running it on something else does not show
            return super().forward(x) if type(x) is not torch.Tensor else super().forward(x) * (1 + 1e-6)

    with pytest.raises(
        RnnhwError, match=r"^the module answers -?0\.\d+ where the network made of it answers "
    ) as caught:
        from_torch(Sly([lstm()], [linear()]), example())
    assert str(caught.value).endswith("on the example): it does something besides that does not show")
    from_torch(Net([lstm()], [linear()]), example())


def test_examples_that_cannot_be_used():
    module = Net([lstm()], [linear()])
    refused("example must have 3 axes (a batch of sequences), not shape (7, 3)", module, example(7, 3))
    refused("example must not be empty, its shape is (0, 7, 3)", module, example(0, 7, 3))
    refused("example must be floating point, not dtype int64", module, torch.ones(2, 3, 3, dtype=torch.long))
    refused("example must be finite, but holds NaN or infinity", module, example() / 0)
    packed = nn.utils.rnn.pack_padded_sequence(example(), [7] * 6, batch_first=True)
    refused("example must be a padded tensor: packed sequences are not supported", module, packed)
    with pytest.raises(RnnhwError, match=r"^the module cannot run the example: RuntimeError: .*3.*4") as caught:
        from_torch(module, example(6, 7, 4))
    assert "\n" not in str(caught.value)


def test_modules_that_return_something_else():
    refused(
        "the module must return one tensor, and perhaps states, not a dict", Net([lstm()], after=lambda y: {"y": y})
    )
    refused("the module must answer the example with finite numbers", _infinite())
    refused(
        "the module must return what it computes of its input, not a constant",
        Forward(lambda m, x: torch.ones(len(x), 2) if m.rnn(x) else None, rnn=gru()),
    )
    refused(
        "the module must return a padded tensor, not a packed sequence: use pad_packed_sequence",
        Forward(
            lambda m, x: m.rnn(nn.utils.rnn.pack_padded_sequence(x, [x.shape[1]] * len(x), batch_first=True))[0],
            rnn=gru(),
        ),
    )
    refused(
        "outputs beside the answer must be final states, not those of linear layer 'b'",
        Forward(lambda m, x: (m.a(m.rnn(x)[0]), m.b(m.rnn(x)[0])), rnn=gru(), a=linear(), b=linear(5, 3)),
    )


def _infinite():
    module = Net([nn.RNN(3, 5, nonlinearity="relu", batch_first=True).double()])
    with torch.no_grad():
        module.lstms[0].weight_hh_l0.fill_(1e200)
    return module


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Net([lstm(proj_size=2)]), "module 'lstms.0' (LSTM) is not supported: proj_size=2"),
        (lambda: Net([], [linear(3, 2)]),
         "linear layer 'heads.0' must not take the model's input: recurrent layers come first"),
        (lambda: Net([lstm()], [nn.LazyLinear(2)]),
         "module 'heads.0' (LazyLinear) is lazy and has no parameters yet: run it once first"),
        (lambda: Forward(lambda m, x: m.rnn(m.pre(x))[0], pre=linear(3, 3), rnn=gru()),
         "linear layer 'pre' must not take the model's input: recurrent layers come first"),
        (lambda: Forward(lambda m, x: m.b(m.out(m.a(x)[0]))[0], a=gru(), out=linear(5, 5), b=gru(5, 5)),
         "recurrent layer 'b' must not follow linear layer 'out': recurrent layers come first"),
        (lambda: Forward(lambda m, x: m.b(x, m.a(x)[1])[0], a=gru(), b=gru()),
         "initial state h0 of module 'b' (GRU) is made of other layers' values; "
         "it may be zeros, a constant or an argument"),
        (lambda: Forward(lambda m, x: torch.cat([m.a(x)[0], m.b(x)[0]], 2), a=gru(), b=gru()),
         "the answer takes values of recurrent layer 'a' and recurrent layer 'b' together, which is not supported"),
    ],
)  # fmt: skip
def test_modules_that_are_refused(make, message):
    refused(message, make())


def test_weights_that_are_no_numbers_are_named():
    module = Net([lstm()], [linear()])
    with torch.no_grad():
        module.heads[0].weight[1, 2] = float("nan")
    refused("tensor 'heads.0.weight' must be finite, but holds NaN or infinity at [1, 2]", module)


def test_no_module():
    with pytest.raises(TypeError, match=r"^module must be a torch.nn.Module, not str$"):
        from_torch("net", example())


def test_a_module_that_changes_its_input():
    class Scaled(Net):
        def forward(self, x):
            return super().forward(x.mul_(2))

    x = example().double()
    kept = x.clone()
    refused(f"the module (Scaled): mul_ is not supported; {ALLOWED}", Scaled([lstm()], [linear()]), x)
    assert (x == kept).all()


def test_a_batch_taken_for_the_steps():
    # a common mistake: the LSTM runs steps first, what follows reads sequences first
    refused(
        "the answer must hold all outputs of linear layer 'heads.0' for every sequence, in order",
        Net([lstm(batch_first=False)], [linear()], lambda h: h[:, -1]),
    )
