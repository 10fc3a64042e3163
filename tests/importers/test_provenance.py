"""What is used of a model's layers is read off numbered values, whatever moves them about; the rest is refused."""

import re

import numpy as np
import pytest

from rnnhw import RnnhwError
from rnnhw.importers.provenance import Provenance
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Dense, Network, Reversed
from rnnhw.network.naming import number_layers

RNG = np.random.default_rng(6)


def lstm(inputs, units, name="lstm"):
    return LSTM(
        RNG.normal(size=(4 * units, inputs)), RNG.normal(size=(4 * units, units)), RNG.normal(size=4 * units), name
    )


def gru(inputs, units, name="gru"):
    shapes = (3 * units, inputs), (3 * units, units), 3 * units, units
    return GRU(*(RNG.normal(size=shape) for shape in shapes), name=name)


def rnn(inputs, units, name="rnn"):
    return RNN(RNG.normal(size=(units, inputs)), RNG.normal(size=(units, units)), RNG.normal(size=units), "tanh", name)


HEAD = RNG.normal(size=(2, 3)), RNG.normal(size=2)
WIDE = RNG.normal(size=(2, 5)), RNG.normal(size=2)
CELL, OTHER = lstm(4, 3), gru(4, 2, "other")


def started(cells=(CELL,), lengths=None):
    p = Provenance(3, 5, lengths)
    return p, *p.recurrent(cells, p.input(4))


def named(*layers, **options):
    return Network(number_layers(layers), options.pop("mode", "many-to-one"), "net", **options)


def same(found, wanted):
    assert (found.layers, found.options) == (wanted.layers, wanted.options)


def dense(activation="linear", weights=HEAD):
    return Dense(*weights, activation)


@pytest.mark.parametrize(
    ("read", "mode"),
    [
        (lambda h, finals: h, "many-to-many"),
        (lambda h, finals: h.swapaxes(0, 1), "many-to-many"),
        (lambda h, finals: h[:, -1], "many-to-one"),
        (lambda h, finals: h.swapaxes(0, 1)[4], "many-to-one"),
        (lambda h, finals: finals[0][0], "many-to-one"),
        (lambda h, finals: finals[0][0][None, :, None], "many-to-one"),
    ],
)
@pytest.mark.parametrize("head", [False, True])
def test_every_way_to_read_one_layer(read, mode, head):
    p, h, finals = started()
    ids = read(h, finals)
    layers = [CELL]
    if head:
        ids, layers = p.activate(p.dense(*HEAD, ids, "fc"), "relu"), [CELL, dense("relu")]
    same(p.network(ids, "net"), named(*layers, mode=mode))


@pytest.mark.parametrize(
    ("read", "options"),
    [
        (lambda h, finals: h, {"mode": "many-to-many"}),
        (lambda h, finals: h[:, -1], {"reading": "last-step"}),
        (lambda h, finals: np.concatenate([finals[0][0], finals[1][0]], axis=1), {"reading": "final"}),
    ],
)
def test_two_directions(read, options):
    p, h, finals = started((CELL, OTHER))
    same(
        p.network(p.dense(*WIDE, read(h, finals), "fc"), "net"),
        named(Bidirectional(CELL, OTHER), dense(weights=WIDE), **options),
    )


def test_directions_on_an_axis_of_their_own():
    p, h, _ = started((CELL, lstm(4, 3, "back")))
    split = h.reshape(3, 5, 2, 3).transpose(1, 2, 0, 3)  # as ONNX has it
    found = p.network(split, "net")
    assert (found.mode, found.layers[0].kind) == ("many-to-many", "bidirectional")
    values = RNG.normal(size=split.shape)
    assert (p.arranged(split, values) == values.transpose(2, 0, 1, 3).reshape(3, 5, 6)).all()


@pytest.mark.parametrize(
    ("read", "reading"), [(lambda h, finals: finals[0][0], "final"), (lambda h, finals: h[:, -1], "last-step")]
)
def test_backwards_alone(read, reading):
    p, h, finals = started((None, CELL))
    same(p.network(p.dense(*HEAD, read(h, finals), "fc"), "net"), named(Reversed(CELL), dense(), reading=reading))


def test_a_mirrored_input_makes_a_layer_go_backwards():
    p = Provenance(3, 5)
    h, _ = p.recurrent((CELL,), p.input(4)[:, ::-1])
    h, finals = p.recurrent((rnn(3, 2, "next"),), h)
    assert [layer.kind for layer in p.network(finals[0][0], "net").layers] == ["reversed", "reversed"]
    h, finals = p.recurrent((rnn(2, 2, "last"),), h[:, ::-1])
    assert [layer.kind for layer in p.network(h, "net").layers] == ["reversed", "reversed", "rnn"]


def test_mirrored_directions_change_places():
    p = Provenance(3, 5)
    h, _ = p.recurrent((CELL, OTHER), p.input(4)[:, ::-1])
    both = p.network(np.concatenate([h[:, ::-1, 3:], h[:, ::-1, :3]], axis=2), "net").layers[0]
    assert (both.forward.kind, both.backward.kind) == ("gru", "lstm")


def test_lengths():
    p, h, finals = started(lengths=(2, 5, 3))
    assert (h[0, 2:] == p.ZERO).all()
    ends = h[np.arange(3), [1, 4, 2]]
    assert (ends == finals[0][0]).all()
    same(p.network(p.dense(*HEAD, ends, "fc"), "net"), named(CELL, dense()))
    same(p.network(p.dense(*HEAD, h, "fc"), "net"), named(CELL, dense(), mode="many-to-many"))
    with pytest.raises(RnnhwError, match="the answer must hold all outputs"):
        p.network(h[:, -1], "net")  # that of the longest alone


def test_added_bias_heads_and_states():
    p, h, finals = started()
    y = p.add(p.dense(HEAD[0], None, h[:, -1], "fc"), HEAD[1][None])
    same(p.network(y, "net", states=[finals[0][0][None], finals[0][1]]), named(CELL, dense()))
    same(p.network(p.activate(y, "softmax"), "net"), named(CELL, dense(), head="softmax"))
    same(p.network(p.activate(y, "argmax")[:, 0], "net"), named(CELL, dense(), head="argmax"))


def other_sequences(h):
    h = h.copy()
    h[0, -1, 0] = h[1, -1, 0]
    return h[:, -1]


NAME = "recurrent layer 'lstm'"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p, h, f: h[:, 0], "the answer is taken from step 0 of 5 of @; only every step, "
         "the last one and the final states can be"),
        (lambda p, h, f: f[0][1], "the answer is the final c of @, which is not supported"),
        (lambda p, h, f: h[:, -1, :2], "the answer must hold all outputs of @ for every sequence, in order"),
        (lambda p, h, f: p.dense(HEAD[0][:, :2], None, h[:, -1, 1:], "fc"),
         "linear layer 'fc' takes units 1..2 of 3 of @; it must take all, in order"),
        (lambda p, h, f: p.dense(*HEAD, h[:, -1, ::-1], "fc"),
         "linear layer 'fc' takes the units in another order of @; it must take all, in order"),
        (lambda p, h, f: p.dense(*HEAD, other_sequences(h), "fc"),
         "linear layer 'fc' mixes the outputs of several sequences"),
        (lambda p, h, f: h[:, ::-1], "the answer holds the steps of @ in another order than that of time"),
        (lambda p, h, f: h[::-1], "the answer holds the sequences of @ in another order"),
        (lambda p, h, f: h[::-1, -1], "the answer holds the sequences of @ in another order"),
        (lambda p, h, f: h[:, 1:], "the answer holds the steps [1, 2, 3, 4] of a sequence of 5"),
        (lambda p, h, f: p.dense(RNG.normal(size=(2, 15)), None, h.reshape(3, 15), "fc"),
         "linear layer 'fc' takes the outputs of several steps together of @; it must take all, in order"),
        (lambda p, h, f: p.activate(h, "relu"), "a relu must stand behind a linear layer, not behind @"),
        (lambda p, h, f: p.recurrent((rnn(3, 2),), h[:, 1:])[0],
         "recurrent layer 'rnn' must take all 5 steps of @, not shape (3, 4)"),
        (lambda p, h, f: p.recurrent((rnn(3, 2),), h[:, [0, 2, 1, 3, 4]])[0],
         "recurrent layer 'rnn' takes the steps of @ in another order than forwards or backwards"),
        (lambda p, h, f: p.recurrent((rnn(2, 2),), p.dense(*HEAD, h, "fc"))[0],
         "recurrent layer 'rnn' must not follow linear layer 'fc': recurrent layers come first"),
        (lambda p, h, f: p.dense(np.ones((2, 7)), None, np.concatenate([h, p.input(4)], axis=2), "fc"),
         "linear layer 'fc' takes values of @ and the input together, which is not supported"),
        (lambda p, h, f: p.dense(np.ones((2, 4)), None, p.input(4), "fc"),
         "linear layer 'fc' must not take the model's input: recurrent layers come first"),
        (lambda p, h, f: h[:, -1] + 100000,
         "the answer takes values that are computed in a way that is not understood"),
    ],
)  # fmt: skip
def test_what_is_refused(make, message):
    p, h, finals = started()
    with pytest.raises(RnnhwError, match=f"^{re.escape(message.replace('@', NAME))}$"):
        p.network(make(p, h, finals), "net")


def test_other_outputs_must_be_states():
    p, h, finals = started()
    with pytest.raises(RnnhwError, match=r"^outputs beside the answer must be final states, not single steps"):
        p.network(finals[0][0], "net", states=[h])


ZEROS = "the answer holds zeros among the outputs of linear layer 'fc', or them in an order of its own"


@pytest.mark.parametrize("lengths", [None, (2, 5, 3)])
@pytest.mark.parametrize(
    "padded",
    [
        lambda y: np.pad(y, ((0, 0), (0, 0), (1, 0)), constant_values=-1),  # a class in front
        lambda y: np.pad(y, ((0, 0), (0, 0), (0, 1)), constant_values=-1),
        lambda y: np.pad(y, ((0, 0), (1, 0), (0, 0)), constant_values=-1),  # a step in front
        lambda y: np.pad(y, ((0, 0), (0, 1), (0, 0)), constant_values=-1),
        lambda y: np.stack([y, np.full_like(y, -1)], axis=2).reshape(3, 10, 2),  # a zero behind each step
        lambda y: np.pad(y, ((0, 1), (0, 0), (0, 0)), constant_values=-1),  # a sequence
    ],
)
def test_zeros_among_the_answer(padded, lengths):
    p, h, finals = started(lengths=lengths)
    with pytest.raises(RnnhwError, match=f"^{re.escape(ZEROS)}$"):
        p.network(padded(p.dense(*HEAD, h, "fc")), "net")
    one = p.dense(*HEAD, finals[0][0], "fc")
    with pytest.raises(RnnhwError, match=f"^{re.escape(ZEROS)}$"):
        p.network(np.pad(one, ((0, 0), (1, 0)), constant_values=-1), "net")


def test_zeros_of_steps_in_front_of_a_head():
    p, h, _ = started()
    with pytest.raises(RnnhwError, match=r"^the answer holds zeros among the outputs of linear layer 'fc'"):
        p.network(p.dense(*HEAD, np.pad(h, ((0, 0), (1, 0), (0, 0)), constant_values=-1), "fc"), "net")


def test_states_beside_the_answer_hold_no_zeros():
    p, _, finals = started()
    with pytest.raises(RnnhwError, match=r"^outputs beside the answer must be final states, not values that are"):
        p.network(finals[0][0], "net", states=[np.where(finals[0][1] % 2, finals[0][1], -1)])
