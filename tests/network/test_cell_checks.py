"""GRU, RNN and bidirectional layers and the options of a network check themselves."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Dense, Network


def lstm(inputs=3, hidden=2, name="lstm0", **states):
    return LSTM(np.ones((4 * hidden, inputs)), np.ones((4 * hidden, hidden)), np.ones(4 * hidden), name, **states)


def gru(inputs=3, hidden=2, name="gru0", **options):
    arrays = np.ones((3 * hidden, inputs)), np.ones((3 * hidden, hidden)), np.ones(3 * hidden)
    return GRU(*arrays, **({"bias_hn": np.ones(hidden)} | options), name=name)


def rnn(inputs=3, hidden=2, name="rnn0", **options):
    return RNN(np.ones((hidden, inputs)), np.ones((hidden, hidden)), np.ones(hidden), name=name, **options)


def both(name="both", inputs=3):
    return Bidirectional(lstm(inputs, 2, f"{name}_a", c0=[1, 2]), gru(inputs, 4, f"{name}_b"), name)


def refused(message, make, *args, **options):
    with pytest.raises(RnnhwError) as caught:
        make(*args, **options)
    assert str(caught.value) == message


def test_sizes_and_counts():
    for layer, gates, states in ((lstm(), 4, 2), (gru(), 3, 1), (rnn(), 1, 1)):
        assert (layer.input_size, layer.hidden_size, layer.output_size) == (3, 2, 2)
        assert (len(layer.gates), layer.state_size) == (gates, 2 * states)
        extra = 2 if layer.kind == "gru" else 0
        assert (layer.macs, layer.parameters) == (gates * 2 * 5, gates * 2 * 6 + extra)
        assert layer.cells == (layer,)
        assert layer.initial.tolist() == [0.0] * 2 * states
    assert gru(bias_hn=np.zeros(2), reset_after=False).parameters == 36
    assert rnn(h0=[1, 2]).parameters == rnn().parameters + 2
    layer = both()
    assert (layer.input_size, layer.output_size, layer.state_size) == (3, 6, 8)
    assert layer.macs == layer.forward.macs + layer.backward.macs
    assert layer.parameters == layer.forward.parameters + layer.backward.parameters


def test_the_order_of_the_state():
    layers = [rnn(name="first", h0=[1, 2]), both(inputs=2), gru(6, 1, "last", h0=[9]), Dense(np.ones((2, 1)), [0, 0])]
    net = Network(layers, "many-to-one")
    assert [cell.name for cell in net.cells] == ["first", "both_a", "both_b", "last"]
    assert net.initial.tolist() == [1, 2, 0, 0, 1, 2, 0, 0, 0, 0, 9]
    assert net.state_size == 11
    assert net.recurrents == tuple(layers[:3])
    assert net.denses == tuple(layers[3:])
    assert [row["name"] for row in net.describe()] == ["first", "both_a", "both_b", "last", "dense0"]
    assert [row["direction"] for row in net.describe()] == ["forward", "forward", "backward", "forward", None]
    assert [row["kind"] for row in net.describe()] == ["rnn", "lstm", "gru", "gru", "dense"]
    assert repr(net) == "<Network network: 3 -> 2 -> 6 -> 1 -> 2, many-to-one>"
    net = replace(net, head="argmax", sigmoid="hard-0.2", tanh="hard")
    assert repr(net) == (
        "<Network network: 3 -> 2 -> 6 -> 1 -> 2, many-to-one, argmax, hard sigmoid (slope 1/5), hard tanh>"
    )
    taken = Network([both()], "many-to-one", reading="last-step", sigmoid="hard")
    assert repr(taken) == "<Network network: 3 -> 6, many-to-one, last step, hard sigmoid (slope 1/6)>"
    assert repr(replace(taken, reading="final", sigmoid="logistic")).endswith("6, many-to-one, final states>")
    assert repr(Network([rnn(2)], "one-to-many", steps=7)) == "<Network network: 2 -> 2, one-to-many (7 steps)>"
    assert pickle.loads(pickle.dumps(net)) == net


def test_layers_compare_by_value():
    assert both() == both()
    assert both() != Bidirectional(both().backward, both().forward, "both")
    assert both() != both("other")
    for make in (lstm, gru, rnn):
        assert make() == make()
        assert make() != make(h0=[0, 0])
        assert make(h0=[0, 1]) == make(h0=[0, 1])
        assert make(h0=[0, 1]) != make(h0=[0, 2])
    assert gru(bias_hn=[0, 0]) != gru(bias_hn=[0, 0], reset_after=False)
    assert rnn() != rnn(activation="relu")
    assert Network([both()], "many-to-one") == Network([both()], "many-to-one")
    assert Network([both()], "many-to-one") != Network([both()], "many-to-one", reading="last-step")


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (lstm, {"h0": [1]}, "h0 of LSTM 'lstm0' must have shape (2,) = (hidden,), not (1,)"),
        (lstm, {"c0": [[1, 2]]}, "c0 of LSTM 'lstm0' must have shape (2,) = (hidden,), not (1, 2)"),
        (gru, {"h0": [1, np.nan]}, "h0 of GRU 'gru0' must be finite, but holds NaN or infinity at [1]"),
        (gru, {"bias_hn": [1, 2, 3]}, "bias_hn of GRU 'gru0' must have shape (2,) = (hidden,), not (3,)"),
        (
            gru,
            {"reset_after": False},
            "bias_hn of GRU 'gru0' must be zero with the reset before: add it to the bias of n",
        ),
        (rnn, {"activation": "linear"}, "activation of RNN 'rnn0' must be 'tanh' or 'relu', not 'linear'"),
        (rnn, {"h0": ["a", "b"]}, "h0 of RNN 'rnn0' must hold real numbers, not dtype <U1"),
    ],
)
def test_cells_refuse(make, options, message):
    refused(message, make, **options)


def test_shapes_are_refused_by_name():
    one = np.ones
    refused(
        "weight_hh of GRU 'gru0' must have shape (6, 2) = (3 * hidden, hidden), not (8, 2)",
        GRU, one((6, 3)), one((8, 2)), one(6), one(2),
    )  # fmt: skip
    refused(
        "weight_ih of RNN 'rnn0' must have shape (2, any) = (hidden, inputs), not (4, 3)",
        RNN, one((4, 3)), one((2, 2)), one(2),
    )  # fmt: skip
    refused("bias of RNN 'rnn0' must have shape (2,) = (hidden,), not (4,)", RNN, one((2, 3)), one((2, 2)), one(4))


def test_wrong_kinds():
    with pytest.raises(TypeError, match=r"^reset_after of GRU 'gru0' must be a bool, not int$"):
        gru(reset_after=1)
    with pytest.raises(TypeError, match=r"^backward of Bidirectional 'b' must be an LSTM, GRU or RNN, not Dense$"):
        Bidirectional(rnn(), Dense([[1.0]], [0.0]), "b")
    with pytest.raises(TypeError, match=r"^forward of Bidirectional 'b' must be an LSTM, GRU or RNN, not Bidirect"):
        Bidirectional(both(), rnn(), "b")
    with pytest.raises(TypeError, match=r"^steps must be an int, not float$"):
        Network([rnn(2)], "one-to-many", steps=1.0)


def test_numbers_of_numpy_are_taken_as_the_ones_that_they_equal():
    assert type(Network([rnn(2)], "one-to-many", steps=np.int64(3)).steps) is int
    assert type(gru(reset_after=np.True_).reset_after) is bool
    with pytest.raises(TypeError, match=r"^steps must be an int, not bool$"):
        Network([rnn(2)], "one-to-many", steps=True)


def test_bidirectional_refuses():
    refused(
        "both cells of Bidirectional 'b' must take the same inputs, not 3 and 4",
        Bidirectional, rnn(), gru(4), "b",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([both(), rnn(6, 2, "both_b")], "layer name 'both_b' is used 2 times; each must be its own"),
        (
            [Bidirectional(rnn(name="x"), gru(name="y"), "x")],
            "layer name 'x' is used 2 times; each must be its own",
        ),
        ([both(), rnn(5, 2)], "layer 'rnn0' must take the 6 outputs of 'both', but has 5 inputs"),
        (
            [rnn(), Dense(np.ones((3, 2)), np.ones(3)), both()],
            "Bidirectional 'both' must not follow Dense 'dense0': recurrent layers come first",
        ),
    ],
)
def test_networks_refuse_layers(layers, message):
    refused(message, Network, layers, "many-to-one")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"mode": "many-to-one", "steps": 2},
            "steps must not be given with mode 'many-to-one', only with 'one-to-many'",
        ),
        ({"steps": None}, "steps is missing: the number of answers of mode 'one-to-many'"),
        ({"steps": 0}, "steps must be at least 1, not 0"),
        ({"head": "softmax"}, "head must be 'none' with mode 'one-to-many', where answers are inputs, not 'softmax'"),
        ({"head": "max"}, "head must be 'none', 'argmax' or 'softmax', not 'max'"),
        ({"reading": "last"}, "reading must be 'final' or 'last-step', not 'last'"),
        ({"sigmoid": "soft"}, "sigmoid must be 'logistic', 'hard' or 'hard-0.2', not 'soft'"),
        ({"tanh": "logistic"}, "tanh must be 'tanh' or 'hard', not 'logistic'"),
        (
            {"layers": [rnn(3, 2)]},
            "mode 'one-to-many' needs as many outputs as inputs, since answers are inputs, not 2 for 3",
        ),
        (
            {"layers": [both(inputs=6)]},
            "layer 'both', which needs whole sequences, has no place in mode 'one-to-many'",
        ),
    ],
)
def test_networks_refuse_options(options, message):
    refused(message, Network, **({"layers": [rnn(2)], "mode": "one-to-many", "steps": 3} | options))
