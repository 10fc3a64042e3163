"""nn.LSTMCell, nn.GRUCell and nn.RNNCell in loops over the steps that a `forward` writes by hand."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch
from tests.importers.pytorch.torch_forms import Forward, answer, assert_close, example, gru, linear, nn, torch

KINDS = {
    "lstm": lambda inputs=3, hidden=5, **options: nn.LSTMCell(inputs, hidden, **options),
    "gru": lambda inputs=3, hidden=5, **options: nn.GRUCell(inputs, hidden, **options),
    "tanh": lambda inputs=3, hidden=5, **options: nn.RNNCell(inputs, hidden, **options),
    "relu": lambda inputs=3, hidden=5, **options: nn.RNNCell(inputs, hidden, nonlinearity="relu", **options),
}


def h_of(state):
    return state[0] if isinstance(state, tuple) else state


def every(m, x):
    """The loop that most people write."""
    state, found = None, []
    for k in range(x.shape[1]):
        state = m.cell(x[:, k], state)
        found.append(h_of(state))
    return m.out(torch.stack(found, dim=1))


def last(m, x):
    state = None
    for step in x.unbind(1):
        state = m.cell(step, state)
    return m.out(h_of(state))


def filled(m, x):
    """Answers at each step, written into a tensor of zeros."""
    state, y = None, x.new_zeros(len(x), x.shape[1], 2)
    for k in range(x.shape[1]):
        state = m.cell(x[:, k], state)
        y[:, k] = m.out(h_of(state))
    return y


def check(module, mode, batch_first=True):
    net = from_torch(module, example())
    assert net.mode == mode
    x = example(4, 9, 3, seed=5).double()
    theirs = answer(module, x if batch_first else x.transpose(0, 1))
    assert_close(net.run(x.numpy()), theirs)
    return net


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("loop", "mode"), [(every, "many-to-many"), (last, "many-to-one"), (filled, "many-to-many")])
def test_loops(kind, loop, mode):
    torch.manual_seed(3)
    net = check(Forward(loop, cell=KINDS[kind](), out=linear()), mode)
    assert [layer.kind for layer in net.layers] == ["rnn" if kind in ("tanh", "relu") else kind, "dense"]


@pytest.mark.parametrize("kind", KINDS)
def test_without_biases_and_steps_first(kind):
    def loop(m, x):
        state = None
        for step in x:
            state = m.cell(step, state)
        return m.out(h_of(state))

    check(Forward(loop, cell=KINDS[kind](bias=False), out=linear()), "many-to-one", batch_first=False)


def test_several_cells_in_one_loop():
    def loop(m, x):
        a, b, found = None, x.new_zeros(len(x), 6), []
        for k in range(x.shape[1]):
            a = m.a(x[:, k], a)
            b = m.b(a[0], b)
            found.append(m.out(b).relu())
        return m.last(torch.stack(found, 1))

    torch.manual_seed(4)
    parts = {"a": nn.LSTMCell(3, 4), "b": nn.GRUCell(4, 6), "out": linear(6, 5), "last": linear()}
    net = check(Forward(loop, **parts), "many-to-many")
    assert [layer.name for layer in net.layers] == ["lstm0", "gru0", "dense0", "dense1"]


def test_behind_a_recurrent_module_and_before_one():
    def behind(m, x):
        h, state = m.rnn(x)[0], None
        for k in range(x.shape[1]):
            state = m.cell(h[:, k], state)
        return m.out(state)

    torch.manual_seed(4)
    check(Forward(behind, rnn=gru(3, 4), cell=nn.GRUCell(4, 5), out=linear()), "many-to-one")

    def before(m, x):
        state, found = None, []
        for k in range(x.shape[1]):
            state = m.cell(x[:, k], state)
            found.append(state)
        return m.rnn(torch.stack(found, 1))[1][0]

    check(Forward(before, cell=nn.GRUCell(3, 4), rnn=gru(4, 5)), "many-to-one")


def test_from_the_last_step_back():
    def loop(m, x):
        state, found = None, []
        for k in reversed(range(x.shape[1])):
            state = m.cell(x[:, k], state)
            found.insert(0, state)
        return m.out(torch.stack(found, 1))

    net = check(Forward(loop, cell=nn.GRUCell(3, 5), out=linear()), "many-to-many")
    assert net.layers[0].kind == "reversed"


def test_states():
    def loop(m, x, *given):
        h = given[0] if given else m.h0.expand(len(x), -1)
        c = x.new_zeros(len(x), 5)
        for k in range(x.shape[1]):
            h, c = m.cell(x[:, k], (h, c))
        return m.out(h)

    module = Forward(loop, cell=nn.LSTMCell(3, 5), out=linear(), h0=nn.Parameter(example(1, 5)))
    net = from_torch(module, example())
    assert (net.layers[0].h0 is None, net.layers[0].c0) == (False, None)
    x, h = example(4, 9, 3, seed=5).double(), example(4, 5, seed=6).double()
    assert_close(net.run(x.numpy()), answer(module, x))
    net = from_torch(module, (example(), example(6, 5)))
    state = torch.cat([h, torch.zeros_like(h)], dim=1).numpy()
    assert_close(net.run(x.numpy(), initial_state=state), answer(module, x, h))


def test_lengths():
    def loop(m, x, n):
        state, found = None, []
        for k in range(x.shape[1]):
            state = m.cell(x[:, k], state)
            found.append(state)
        return m.out(torch.stack(found, 1)[torch.arange(len(x)), n - 1])

    module = Forward(loop, cell=nn.GRUCell(3, 5), out=linear())
    net = from_torch(module, (example(), torch.tensor([7, 2, 5, 3, 7, 4])))
    x, n = example(4, 9, 3, seed=5).double(), torch.tensor([2, 9, 1, 4])
    assert_close(net.run(x.numpy(), n.numpy()), answer(module, x, n))


@pytest.mark.parametrize(
    "masked", [lambda mask, a, b: mask * a + (1 - mask) * b, lambda mask, a, b: torch.where(mask > 0, a, b)]
)
def test_states_that_are_kept_past_the_lengths(masked):
    def loop(m, x, n):
        h, c = x.new_zeros(len(x), 4), x.new_zeros(len(x), 4)
        g = x.new_zeros(len(x), 5)
        for k in range(x.shape[1]):
            mask = (k < n).to(x.dtype)[:, None]
            new, new_c = m.cell(x[:, k], (h, c))
            h, c = masked(mask, new, h), masked(mask, new_c, c)
            g = masked(mask, m.other(h, g), g)
        return m.out(g)

    torch.manual_seed(5)
    module = Forward(loop, cell=nn.LSTMCell(3, 4), other=nn.GRUCell(4, 5), out=linear())
    net = from_torch(module, (example(), torch.tensor([7, 2, 5, 3, 7, 4])))
    x, n = example(4, 9, 3, seed=5).double(), torch.tensor([2, 9, 1, 4])
    assert_close(net.run(x.numpy(), n.numpy()), answer(module, x, n))


def fed_back(m, x):
    state, y, found = None, x[:, 0], []
    for _ in range(x.shape[1]):
        state = m.cell(y, state)
        y = m.out(state)
        found.append(y)
    return torch.stack(found, 1)


def another_state(m, x):
    state = None
    for k in range(x.shape[1]):
        state = m.cell(x[:, k], None if k == 3 else state)
    return state


def fixed(m, x):
    state = None
    for k in range(7):
        state = m.cell(x[:, k], state)
    return state


def averaged(m, x):
    state = x.new_zeros(len(x), 5)
    for k in range(x.shape[1]):
        state = 0.5 * m.cell(x[:, k], state) + 0.5 * state
    return state


@pytest.mark.parametrize(
    ("loop", "message"),
    [
        (fed_back, "module 'cell' (GRUCell) takes what is made of its own outputs as its next input"),
        (another_state, "module 'cell' (GRUCell) does not go on from its own state at its call 4"),
        (fixed, "recurrent layer 'cell' must take all 8 steps of the input, not shape (3, 7)"),
        (averaged, "the module (Forward): mul with other factors than zero and one is not supported; "),
        (lambda m, x: m.cell(torch.ones(len(x), 3)), "module 'cell' (GRUCell) runs over constants, not over"),
    ],
)
def test_loops_that_are_refused(loop, message):
    with pytest.raises(RnnhwError) as caught:
        from_torch(Forward(loop, cell=nn.GRUCell(3, 5), out=linear(5, 3)), example())
    assert str(caught.value).startswith(message)


def test_the_cell_state_is_no_answer():
    def loop(m, x):
        state = None
        for k in range(x.shape[1]):
            state = m.cell(x[:, k], state)
        return m.out(state[1])

    with pytest.raises(RnnhwError, match=r"^linear layer 'out' takes the final c of recurrent layer 'cell', which"):
        from_torch(Forward(loop, cell=nn.LSTMCell(3, 5), out=linear()), example())
