"""Live PyTorch modules that rnnhw does not build are refused by name, and examples that leave a doubt too."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch
from tests.importers.pytorch.torch_forms import Net, example, linear, lstm, nn, torch


def refused(message, module, x=None):
    with pytest.raises(RnnhwError) as caught:
        from_torch(module, example() if x is None else x)
    assert str(caught.value) == message


NOT_FOUND = (
    "the module does not compute recurrent layers whose last step, final states or every step go through "
    "its linear layers: of "
)


def test_what_is_read_must_be_supported():
    only = "which is not supported; only the last step, the final states or every step are"
    refused(
        f"the module uses the first step of its recurrent layers, {only}", Net([lstm()], [linear()], lambda h: h[:, 0])
    )
    refused(
        f"the module uses the mean over the steps of its recurrent layers, {only}",
        Net([lstm()], [linear()], lambda h: h.mean(1)),
    )
    refused(
        f"the module uses a relu of the last step of its recurrent layers, {only}",
        Net([lstm()], [linear()], lambda h: h[:, -1].relu()),
    )


def test_structures_that_nothing_agrees_with():
    for module, tail in (
        (Net([lstm()], [linear()], lambda h: h[:, 1]), ""),
        (
            Net([lstm()], [linear(), nn.LayerNorm(2, elementwise_affine=False)]),
            " (the module also holds 'heads.1' (LayerNorm))",
        ),
        (Net([lstm()], [linear()], after=lambda y: y + 1e-6), ""),
    ):
        with pytest.raises(RnnhwError) as caught:
            from_torch(module, example())
        text = str(caught.value)
        assert text.startswith(NOT_FOUND + "48 structures tried the closest (")
        assert text.endswith(tail)
        assert " differs by " in text
        assert "\n" not in text
    shape = Net([lstm()], [linear()], after=lambda y: y[:, None, None])
    refused(f"{NOT_FOUND}48 structures tried none has an output of shape (6, 1, 1, 2)", shape)


def test_a_small_difference_is_found():
    module = Net([lstm()], [linear()], after=lambda y: y + 1e-6)
    with pytest.raises(
        RnnhwError,
        match=r"the closest \(the last step, sequences first, linear layers linear\) differs by 1e-06$",
    ):
        from_torch(module, example())


def test_examples_that_do_not_tell():
    positive = Net([lstm()], [linear()], after=torch.relu)
    with torch.no_grad():
        positive.heads[0].bias += 100
    refused(
        "2 structures agree on the example (the last step, sequences first, linear layers linear; "
        "the last step, sequences first, linear layers relu): "
        "give one on which they differ, such as more random sequences",
        positive,
    )
    dead = Net([lstm()], [linear()])
    with torch.no_grad():
        for parameter in dead.parameters():
            parameter.zero_()
    with pytest.raises(RnnhwError, match=r"^\d+ structures agree on the example"):
        from_torch(dead, example())
    module = Net([lstm()], [linear()])
    refused(
        "the example must have at least 2 steps, not 1 (shape (6, 1, 3), sequences first)",
        module,
        example(6, 1, 3),
    )
    module = lstm(batch_first=False)
    refused(
        "the example must have at least 2 steps, not 1 (shape (1, 6, 3), steps first)",
        module,
        example(1, 6, 3),
    )


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
    refused("the module must return one tensor, not a tuple: wrap it", Net([lstm()], after=lambda y: (y, y)))
    refused("the module must return one tensor, not a tuple: wrap it", nn.Sequential(lstm()))
    refused("the module must return one tensor, not a dict: wrap it", Net([lstm()], after=lambda y: {"y": y}))
    refused("the module must return floating point, not torch.int64", Net([lstm()], after=lambda y: y.argmax(-1)))
    refused("the module must answer the example with finite numbers", Net([lstm()], after=lambda y: y / 0))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.query = lstm(), nn.Parameter(torch.ones(5))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Net([lstm(proj_size=2)]), "module 'lstms.0' (LSTM) is not supported: proj_size=2"),
        (
            lambda: Net([lstm()], [nn.GRUCell(5, 5, bias=False)]),
            "module 'heads.0' (GRUCell) with parameters heads.0.weight_ih, heads.0.weight_hh is not supported; "
            "only nn.LSTM, nn.GRU, nn.RNN and nn.Linear may hold parameters",
        ),
        (
            lambda: Net([lstm()], [nn.LayerNorm(5)]),
            "module 'heads.0' (LayerNorm) with parameters heads.0.weight, heads.0.bias is not supported; "
            "only nn.LSTM, nn.GRU, nn.RNN and nn.Linear may hold parameters",
        ),
        (
            Attention,
            "the module (Attention) with parameters query is not supported; "
            "only nn.LSTM, nn.GRU, nn.RNN and nn.Linear may hold parameters",
        ),
        (
            lambda: Net([lstm()], [linear(), nn.Hardtanh(0, 1e9)]),  # a relu, as far as the example tells
            "module 'heads.1' (Hardtanh) is not supported; of activations only nn.ReLU and nn.Softmax are",
        ),
        (lambda: Net([], [linear(3, 2)]), "the module (Net) holds no nn.LSTM, nn.GRU or nn.RNN"),
        (
            lambda: Net([lstm()], [nn.utils.parametrizations.weight_norm(linear())]),
            "module 'heads.0' (ParametrizedLinear) is parametrised (such as by weight_norm), which is not supported",
        ),
        (
            lambda: Net([lstm()], [nn.utils.spectral_norm(linear())]),
            "module 'heads.0' (Linear) holds parameters that are not understood: bias, weight_orig",
        ),
        (
            lambda: Net([lstm()], [nn.LazyLinear(2)]),
            "module 'heads.0' (LazyLinear) is lazy and has no parameters yet: run it once first",
        ),
        (
            lambda: Net([lstm()], [linear(3, 2)], read=lambda h: h[:, -1, :3]),
            "the recurrent and linear layers do not chain from the example's 3 inputs (last axis) on",
        ),
    ],
)
def test_modules_that_are_refused(make, message):
    refused(message, make())


def test_nan_weights_are_named():
    module = Net([lstm()], [linear()])
    with torch.no_grad():
        module.heads[0].weight[1, 2] = float("nan")
    refused("tensor 'heads.0.weight' must be finite, but holds NaN or infinity at [1, 2]", module)


def test_too_many_ways():
    torch.manual_seed(0)
    module = Net([lstm()], [linear(5, 5) for _ in range(5)])
    refused("there are more than 4096 ways to put the module together, too many to try", module)


def test_no_module():
    with pytest.raises(TypeError, match=r"^module must be a torch.nn.Module, not str$"):
        from_torch("net", example())


def test_a_module_that_changes_its_input():
    class Scaled(Net):
        def forward(self, x):
            return super().forward(x.mul_(2))

    x = example().double()
    kept = x.clone()
    with pytest.raises(RnnhwError, match="^" + NOT_FOUND):
        from_torch(Scaled([lstm()], [linear()]), x)
    assert (x == kept).all()


def test_a_batch_taken_for_the_steps():
    # a common mistake: the LSTM runs steps first, what follows reads sequences first
    with pytest.raises(RnnhwError, match="^" + NOT_FOUND):
        from_torch(Net([lstm(batch_first=False)], [linear()], lambda h: h[:, -1]), example())
