"""Layers and networks check themselves, and say what they consist of."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.network import LSTM, Dense, Network


def lstm(inputs=3, hidden=2, name="lstm0", seed=0):
    rng = np.random.default_rng(seed)
    return LSTM(
        rng.normal(size=(4 * hidden, inputs)),
        rng.normal(size=(4 * hidden, hidden)),
        rng.normal(size=4 * hidden),
        name,
    )


def dense(inputs=2, outputs=5, name="dense0", activation="linear"):
    rng = np.random.default_rng(1)
    return Dense(rng.normal(size=(outputs, inputs)), rng.normal(size=outputs), activation, name)


def changed(array, at, value):
    array = np.array(array)
    array[at] = value
    return array


def refused(message, make, *args, **options):
    with pytest.raises(RnnhwError) as caught:
        make(*args, **options)
    assert str(caught.value) == message


def test_sizes_and_counts():
    assert (lstm().input_size, lstm().hidden_size, lstm().output_size) == (3, 2, 2)
    assert (lstm().parameters, lstm().macs) == (8 * 3 + 8 * 2 + 8, 8 * 5)
    assert (dense().input_size, dense().output_size, dense().parameters, dense().macs) == (2, 5, 15, 10)


def test_arrays_are_float64_copies_that_nobody_can_write_to():
    bias = np.zeros(8, dtype=np.float32)
    layer = LSTM(np.ones((8, 3), dtype=np.int8), np.ones((8, 2)), bias)
    bias[0] = 5
    assert layer.bias[0] == 0
    for tensor in layer.tensors:
        array = getattr(layer, tensor)
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1


def test_layers_compare_by_value_and_kind():
    assert lstm() == lstm()
    assert lstm() != lstm(seed=1)
    assert lstm() != lstm(name="other")
    assert dense() == dense()
    assert dense() != dense(activation="relu")
    assert lstm() != dense()
    assert Network([lstm()], "many-to-one") == Network([lstm()], "many-to-one")
    assert Network([lstm()], "many-to-one") != Network([lstm()], "many-to-many")
    assert Network([lstm()], "many-to-one") != Network([lstm(seed=1)], "many-to-one")


W, U, B = np.ones((8, 3)), np.ones((8, 2)), np.ones(8)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            (W, np.ones((6, 2)), B),
            "weight_hh of LSTM 'lstm0' must have shape (8, 2) = (4 * hidden, hidden), not (6, 2)",
        ),
        (
            (W, np.ones(8), B),
            "weight_hh of LSTM 'lstm0' must have shape (any, any) = (4 * hidden, hidden), not (8,)",
        ),
        (
            (W[:4], U, B),
            "weight_ih of LSTM 'lstm0' must have shape (8, any) = (4 * hidden, inputs), not (4, 3)",
        ),
        ((W, U, B[:5]), "bias of LSTM 'lstm0' must have shape (8,) = (4 * hidden,), not (5,)"),
        ((W[:, :0], U, B), "weight_ih of LSTM 'lstm0' must not be empty, its shape is (8, 0)"),
        (
            (changed(W, (5, 1), np.nan), U, B),
            "weight_ih of LSTM 'lstm0' must be finite, but holds NaN or infinity at [5, 1]",
        ),
        (
            (W, U, changed(B, 2, -np.inf)),
            "bias of LSTM 'lstm0' must be finite, but holds NaN or infinity at [2]",
        ),
        ((W, U.astype(complex), B), "weight_hh of LSTM 'lstm0' must hold real numbers, not dtype complex128"),
        (
            (W, [[1], [2, 3]], B),
            "weight_hh of LSTM 'lstm0' must be a regular array, not rows of different lengths",
        ),
    ],
)
def test_lstm_refuses(arrays, message):
    refused(message, LSTM, *arrays)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"weight": np.ones(3)},
            "weight of Dense 'dense0' must have shape (any, any) = (outputs, inputs), not (3,)",
        ),
        ({"bias": np.ones(3)}, "bias of Dense 'dense0' must have shape (2,) = (outputs,), not (3,)"),
        ({"activation": "tanh"}, "activation of Dense 'dense0' must be 'linear' or 'relu', not 'tanh'"),
        (
            {"weight": np.full((2, 3), np.inf)},
            "weight of Dense 'dense0' must be finite, but holds NaN or infinity at [0, 0]",
        ),
    ],
)
def test_dense_refuses(options, message):
    refused(message, Dense, **({"weight": np.ones((2, 3)), "bias": np.ones(2)} | options))


@pytest.mark.parametrize("name", ["", "1st", "a b", "a.b", "mask", "ü"])
def test_layer_names_are_plain_words(name):
    message = f"layer name must be a letter, then letters, digits or underscores, and not 'mask', not {name!r}"
    refused(message, lstm, name=name)
    refused(message, dense, name=name)


def test_names_must_be_text():
    with pytest.raises(TypeError, match=r"^layer name must be a str, not int$"):
        lstm(name=3)
    with pytest.raises(TypeError, match=r"^network name must be a str, not NoneType$"):
        Network([lstm()], "many-to-one", None)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "a network must begin with a recurrent layer"),
        ([dense()], "a network must begin with a recurrent layer"),
        (
            [lstm(), dense(), lstm(5, 2, "lstm1")],
            "LSTM 'lstm1' must not follow Dense 'dense0': recurrent layers come first",
        ),
        ([lstm(), lstm(4, 2, "lstm1")], "layer 'lstm1' must take the 2 outputs of 'lstm0', but has 4 inputs"),
        ([lstm(), dense(3)], "layer 'dense0' must take the 2 outputs of 'lstm0', but has 3 inputs"),
        ([lstm(), lstm(2, 2)], "layer name 'lstm0' is used 2 times; each must be its own"),
    ],
)
def test_network_refuses_layers(layers, message):
    refused(message, Network, layers, "many-to-one")


def test_network_refuses_the_rest():
    refused(
        "mode must be 'one-to-one', 'one-to-many', 'many-to-one' or 'many-to-many', not 'seq'", Network, [lstm()], "seq"
    )
    refused(
        "mode must be 'one-to-one', 'one-to-many', 'many-to-one' or 'many-to-many', not None", Network, [lstm()], None
    )
    refused("network name must be one line of printable text, not ' '", Network, [lstm()], "many-to-one", " ")
    refused(
        "network name must be one line of printable text, not 'a\\nb'",
        Network,
        [lstm()],
        "many-to-one",
        "a\nb",
    )
    with pytest.raises(
        TypeError, match=r"^layers\[1\] must be an LSTM, GRU, RNN, Bidirectional, Reversed or Dense, not str$"
    ):
        Network([lstm(), "dense"], "many-to-one")


def test_describe():
    layers = [lstm(), dense(2, 5, activation="relu"), dense(5, 1, "dense1")]
    net = Network(layers, "many-to-one")
    assert (net.input_size, net.output_size) == (3, 1)
    assert net.describe() == [
        {"name": "lstm0", "kind": "lstm", "direction": "forward", "inputs": 3, "outputs": 2, "activation": None,
         "parameters": 48, "macs": 40, "evaluated": "every step"},
        {"name": "dense0", "kind": "dense", "direction": None, "inputs": 2, "outputs": 5, "activation": "relu",
         "parameters": 15, "macs": 10, "evaluated": "last step"},
        {"name": "dense1", "kind": "dense", "direction": None, "inputs": 5, "outputs": 1, "activation": "linear",
         "parameters": 6, "macs": 5, "evaluated": "last step"},
    ]  # fmt: skip
    assert {row["evaluated"] for row in Network(layers, "many-to-many").describe()} == {"every step"}
