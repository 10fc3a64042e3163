"""Every kind of cell with every option that there is, against what Keras answers."""

import re

import numpy as np
import pytest

import rnnhw
from rnnhw.errors import RnnhwError
from rnnhw.importers import from_keras
from rnnhw.importers.keras import cells
from tests.importers.keras.keras_forms import agrees, data, keras, layers, ops, outputs, quiet, sequential, weights

pytestmark = quiet


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("SimpleRNN", {}),
        ("SimpleRNN", {"activation": "relu"}),
        ("SimpleRNN", {"activation": "hard_tanh"}),
        ("SimpleRNN", {"use_bias": False}),
        ("LSTM", {}),
        ("LSTM", {"use_bias": False}),
        ("LSTM", {"unit_forget_bias": False, "dropout": 0.4, "recurrent_dropout": 0.3}),
        ("LSTM", {"recurrent_activation": "hard_sigmoid"}),
        ("LSTM", {"recurrent_activation": "hard_sigmoid", "activation": "hard_tanh"}),
        ("GRU", {}),
        ("GRU", {"reset_after": False}),
        ("GRU", {"use_bias": False}),
        ("GRU", {"use_bias": False, "reset_after": False}),
        ("GRU", {"recurrent_activation": "hard_sigmoid", "reset_after": False}),
    ],
)
@pytest.mark.parametrize("every", [False, True])
def test_cells(kind, options, every):
    model = sequential(getattr(layers, kind)(5, return_sequences=every, **options), layers.Dense(2))
    net = from_keras(model)
    assert net.mode == ("many-to-many" if every else "many-to-one")
    hard = {"hard_sigmoid": "hard", "hard_tanh": "hard"}
    assert net.sigmoid == hard.get(options.get("recurrent_activation"), "logistic")
    assert net.tanh == hard.get(options.get("activation"), "tanh")
    agrees(net, model)


@pytest.mark.parametrize("reset_after", [False, True])
def test_weights_arrive_bit_for_bit(reset_after):
    model = sequential(layers.GRU(4, reset_after=reset_after))
    kernel, recurrent, bias = (array.astype(np.float64) for array in weights(model))
    (gru,) = from_keras(model).layers
    assert gru.reset_after == reset_after
    z, r, h = (slice(k * 4, k * 4 + 4) for k in range(3))
    for mine, theirs in ((gru.weight_ih, kernel), (gru.weight_hh, recurrent)):
        assert np.array_equal(mine, np.concatenate([theirs[:, r], theirs[:, z], theirs[:, h]], axis=1).T)
    inner = bias[1] if reset_after else np.zeros(12)
    bias = bias[0] if reset_after else bias
    assert np.array_equal(gru.bias, np.concatenate([bias[r] + inner[r], bias[z] + inner[z], bias[h]]))
    assert np.array_equal(gru.bias_hn, inner[h])


def test_the_reset_that_another_tool_gets_wrong_makes_a_difference():
    """Control: what is known of GRUs with the reset before that are computed as if it were after."""
    rows = [layers.GRU(4, reset_after=after, use_bias=False) for after in (False, True)]
    before, after = (sequential(row) for row in rows)
    after.set_weights(weights(before))
    with pytest.raises(AssertionError):
        agrees(from_keras(after), before)


@pytest.mark.parametrize("fault", ["gates", "sign", "reset"])
def test_a_wrong_translation_is_found_at_import(fault, monkeypatch):
    """Control: the comparison with Keras refuses what differs, with both numbers."""
    right = cells._TRANSLATIONS["GRUCell"]

    def wrong(cell, what, module, curves, weights, bias, name):
        gru = right(cell, what, module, curves, weights, bias, name)
        if fault == "gates":
            changed = {"weight_ih": np.roll(gru.weight_ih, 4, axis=0)}
        elif fault == "sign":
            changed = {"bias": -gru.bias}
        else:
            changed = {"reset_after": False, "bias": gru.bias + np.r_[np.zeros(8), gru.bias_hn], "bias_hn": np.zeros(4)}
        return cells.GRU(**{field: getattr(gru, field) for field in gru.__dataclass_fields__} | changed)

    model = sequential(layers.GRU(4))
    monkeypatch.setitem(cells._TRANSLATIONS, "GRUCell", wrong)
    number = r"-?\d\S*"
    place = r"the answer\[\d+, \d+\]"
    message = f"the network does not compute what the model does: {place} is {number} here and {number} in Keras"
    with pytest.raises(RnnhwError) as caught:
        from_keras(model)
    assert re.fullmatch(message, str(caught.value))


def test_cells_in_a_plain_rnn_and_on_top_of_each_other():
    stacked = layers.StackedRNNCells([layers.LSTMCell(4), layers.GRUCell(3), layers.SimpleRNNCell(2)])
    for cell, kinds in ((layers.GRUCell(4), ["gru"]), (stacked, ["lstm", "gru", "rnn"])):
        for options in ({}, {"return_sequences": True}, {"go_backwards": True}):
            model = sequential(layers.RNN(cell, **options), layers.Dense(2))
            net = from_keras(model)
            assert [cell.kind for cell in net.cells] == kinds
            agrees(net, model)


QUANTISED = {
    "plain": lambda: [layers.SimpleRNN(4)],
    "reset before": lambda: [layers.GRU(4, reset_after=False)],
    "backwards": lambda: [layers.LSTM(4, go_backwards=True)],
    "every step": lambda: [layers.SimpleRNN(4, activation="relu", return_sequences=True)],
    "both": lambda: [layers.Bidirectional(layers.GRU(3, return_sequences=True)), layers.LSTM(2)],
}


@pytest.mark.parametrize("form", QUANTISED)
def test_what_the_hardware_will_compute(form):
    model, x = sequential(*QUANTISED[form](), layers.Dense(2)), data(20, 8)
    qnet = rnnhw.quantize(from_keras(model), calibration=x, weight_bits=16, activation_bits=16)
    (y,) = outputs(model, x)
    assert np.abs(qnet.run(x) - y).max() < 2e-3 * np.abs(y).max()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_is_taken_as_the_weights_are(policy):
    model = sequential(layers.LSTM(4, dtype=policy), layers.Dense(2, dtype=policy))
    plain = sequential(layers.LSTM(4), layers.Dense(2))
    plain.set_weights(weights(model))
    agrees(from_keras(model), plain)


def test_activations_are_known_as_operations_too():
    model = sequential(layers.LSTM(4, recurrent_activation=ops.hard_sigmoid, activation=ops.tanh))
    net = from_keras(model)
    assert (net.sigmoid, net.tanh) == ("hard", "tanh")
    agrees(net, model)


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        (
            lambda: [layers.LSTM(3, activation="relu", name="a")],
            "activation of layer 'a' (LSTM) must be 'tanh' or 'hard_tanh', not 'relu'",
        ),
        (
            lambda: [layers.GRU(3, recurrent_activation="linear", name="a")],
            "recurrent_activation of layer 'a' (GRU) must be 'sigmoid' or 'hard_sigmoid', not 'linear'",
        ),
        (
            lambda: [layers.SimpleRNN(3, activation="elu", name="a")],
            "activation of layer 'a' (SimpleRNN) must be 'relu', 'tanh' or 'hard_tanh', not 'elu'",
        ),
        (
            lambda: [
                layers.LSTM(3, return_sequences=True, name="a"),
                layers.GRU(3, recurrent_activation="hard_sigmoid", name="b"),
            ],
            "recurrent_activation of layer 'b' (GRU) is 'hard_sigmoid', but recurrent_activation of layer 'a' (LSTM) "
            "is 'sigmoid': all cells share one sigmoid",
        ),
        (
            lambda: [
                layers.LSTM(3, return_sequences=True, name="a"),
                layers.SimpleRNN(3, activation="hard_tanh", name="b"),
            ],
            "activation of layer 'b' (SimpleRNN) is 'hard_tanh', but activation of layer 'a' (LSTM) is 'tanh': "
            "all cells share one tanh",
        ),
    ],
)
def test_other_activations_are_refused(stack, message):
    with pytest.raises(RnnhwError, match=re.escape(message)):
        from_keras(sequential(*stack()))


def test_a_function_that_only_has_the_name_of_an_activation():
    def tanh(x):
        return x

    model = sequential(layers.LSTM(3, activation=tanh, name="a"))
    with pytest.raises(RnnhwError, match=r"activation of layer 'a' \(LSTM\) must be .*, not 'tests\..*\.tanh'"):
        from_keras(model)


class Own(keras.layers.GRUCell):
    pass


class OwnLayer(keras.layers.LSTM):
    pass


def test_cells_and_layers_of_ones_own():
    message = "holds a Own, which is not supported; 'SimpleRNNCell', 'LSTMCell' or 'GRUCell' are"
    with pytest.raises(RnnhwError, match=re.escape(message)):
        from_keras(sequential(layers.RNN(Own(3))))
    with pytest.raises(RnnhwError, match=re.escape("layer 'mine' (OwnLayer) is not supported")):
        from_keras(sequential(OwnLayer(3, name="mine")))


def test_weights_that_are_no_numbers():
    model = sequential(layers.LSTM(3, name="a"))
    model.set_weights([array * np.nan for array in weights(model)])
    with pytest.raises(RnnhwError, match="weight_hh of LSTM 'a' must be finite, but holds NaN"):
        from_keras(model)
