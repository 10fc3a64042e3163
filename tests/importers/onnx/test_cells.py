"""Single recurrent nodes in all their forms, against ONNX Runtime or the reference implementation."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx import from_onnx
from tests.importers.onnx.models import DOUBLE, FLOAT, GATES, HALF, model, node, reference, runtime, single, weights

OPERATORS = tuple(GATES)
DIRECTIONS = ("forward", "reverse", "bidirectional")


def batch(layout=0, sequences=3, steps=6, kind=np.float32, seed=1):
    """Random input, sequences first for the network, and in the node's layout."""
    x = np.random.default_rng(seed).normal(size=(sequences, steps, 3)).astype(kind)
    return x, x if layout else x.swapaxes(0, 1)


def by_sequence(y, layout=0):
    """Y of a node as a network gives it."""
    y = y if layout else y.transpose(2, 0, 1, 3)
    return y.reshape(*y.shape[:2], -1)


def attributes_of(direction):
    return {"direction": direction, "directions": 1 + (direction == "bidirectional")}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("layout", [0, 1])
@pytest.mark.parametrize("op", OPERATORS)
def test_directions_and_layouts(op, layout, direction):
    made = single(op, layout=layout, **attributes_of(direction))
    x, given = batch(layout)
    net = from_onnx(made)
    assert net.mode == "many-to-many"
    expected = by_sequence(reference(made, {"x": given})[0], layout)
    np.testing.assert_allclose(net.run(x), expected, atol=1e-6)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("op", OPERATORS)
def test_lengths(op, direction):
    made = single(op, lengths=True, **attributes_of(direction))
    x, given = batch()
    net, lengths = from_onnx(made), np.array([2, 6, 3], dtype=np.int32)
    expected = by_sequence(runtime(made, {"x": given, "lengths": lengths})[0])
    np.testing.assert_allclose(net.run(x, lengths), expected, atol=2e-6)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("op", OPERATORS)
def test_states_at_the_end(op, direction):
    outputs = "_ Y_h" + (" Y_c" if op == "LSTM" else "")
    made = single(op, outputs, lengths=True, **attributes_of(direction))
    x, given = batch()
    net, lengths = from_onnx(made), np.array([5, 6, 1], dtype=np.int32)
    assert (net.mode, net.reading) == ("many-to-one", "final")
    y, state = net.run(x, lengths, return_state=True)
    found = runtime(made, {"x": given, "lengths": lengths})
    np.testing.assert_allclose(y, found[0].swapaxes(0, 1).reshape(3, -1), atol=2e-6)
    parts = np.stack(found, axis=1).reshape(-1, 3, 4) if op == "LSTM" else found[0]  # h, c of each cell
    np.testing.assert_allclose(state, parts.swapaxes(0, 1).reshape(3, -1), atol=2e-6)


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("layout", [0, 1])
def test_reset_of_a_gru(before, layout):
    made = single("GRU", linear_before_reset=before, layout=layout)
    x, given = batch(layout)
    net = from_onnx(made)
    assert net.layers[0].reset_after is bool(before)
    np.testing.assert_allclose(net.run(x), by_sequence(reference(made, {"x": given})[0], layout), atol=1e-6)


@pytest.mark.parametrize(
    ("op", "activations", "parameters", "option"),
    [
        ("LSTM", ["HardSigmoid", "Tanh", "Tanh"], {}, "hard-0.2"),
        ("LSTM", ["hardsigmoid", "tanh", "tanh"], {"activation_alpha": [1 / 6]}, "hard"),
        ("GRU", ["HardSigmoid", "Tanh"], {"activation_alpha": [1 / 6], "activation_beta": [0.5]}, "hard"),
        ("GRU", ["HardSigmoid", "Tanh"], {"activation_alpha": [0.2], "activation_beta": [0.5]}, "hard-0.2"),
        ("GRU", ["Sigmoid", "Tanh"], {}, "logistic"),
        ("RNN", ["Relu"], {}, "relu"),
        ("RNN", ["Tanh"], {}, "tanh"),
    ],
)
@pytest.mark.parametrize("directions", [1, 2])
def test_activations(op, activations, parameters, option, directions):
    named = {"activations": activations * directions} | {key: v * directions for key, v in parameters.items()}
    made = single(op, directions=directions, **named)
    x, given = batch()
    net = from_onnx(made)
    assert option in (net.sigmoid, getattr(net.cells[-1], "activation", None))
    np.testing.assert_allclose(net.run(x), by_sequence(runtime(made, {"x": given})[0]), atol=2e-6)


def test_one_parameter_for_every_activation():
    """Some write one for each function, whether it takes one or not."""
    named = ["HardSigmoid", "Tanh", "Tanh"]
    assert from_onnx(single("LSTM", activations=named, activation_alpha=[0.2, 0.0, 0.0])).sigmoid == "hard-0.2"
    with pytest.raises(RnnhwError) as caught:
        from_onnx(single("LSTM", directions=2, activations=named * 2, activation_alpha=[0.2, 0.0, 0.2]))
    assert str(caught.value) == (
        "activation_alpha of LSTM node 'cell' has 3 values for 2 activations that take one: "
        "it is not clear whose is whose"
    )


@pytest.mark.parametrize("opset", [7, 11, 14, 22])
@pytest.mark.parametrize("op", OPERATORS)
def test_opsets(op, opset):
    made = single(op, opset=opset)
    x, given = batch()
    np.testing.assert_allclose(from_onnx(made).run(x), by_sequence(reference(made, {"x": given})[0]), atol=1e-6)


@pytest.mark.parametrize("kind", [HALF, FLOAT, DOUBLE])
@pytest.mark.parametrize("op", OPERATORS)
def test_weights_are_taken_as_they_are(op, kind):
    net = from_onnx(single(op, kind=kind))
    arrays = weights(op, kind=kind)
    assert sorted(arrays["W"].astype(np.float64).ravel()) == sorted(net.layers[0].weight_ih.ravel())
    assert sorted(arrays["R"].astype(np.float64).ravel()) == sorted(net.layers[0].weight_hh.ravel())


@pytest.mark.parametrize("op", OPERATORS)
def test_constant_initial_states(op):
    rng = np.random.default_rng(3)
    names = ("initial_h", "initial_c") if op == "LSTM" else ("initial_h",)
    states = {name: np.repeat(rng.normal(size=(2, 1, 4)), 2, axis=1).astype(np.float32) for name in names}
    made = single(op, directions=2, extra=states)
    made.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 2  # as many sequences as the states are for
    net = from_onnx(made)
    for at, cell in enumerate(net.cells):
        np.testing.assert_array_equal(cell.h0, states["initial_h"][at, 0])
    x, given = batch(sequences=2)
    np.testing.assert_allclose(net.run(x), by_sequence(runtime(made, {"x": given})[0]), atol=2e-6)


@pytest.mark.parametrize("op", OPERATORS)
def test_zeros_as_initial_states_are_none(op):
    made = single(op, extra={"initial_h": np.zeros((1, 2, 4), np.float32)})
    made.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 2
    assert from_onnx(made).layers[0].h0 is None


@pytest.mark.parametrize("op", OPERATORS)
def test_initial_states_as_inputs(op):
    """What is given to the model's inputs is given to `Network.run`, in the order of its cells."""
    names = ["h", "c"] if op == "LSTM" else ["h"]
    arrays = weights(op, directions=2)
    cell = node(op, f"x W R B _ {' '.join(names)}", "Y", hidden_size=4, direction="bidirectional")
    sizes = {"x": ["steps", "batch", 3]} | {name: [2, "batch", 4] for name in names}
    made = model([cell], sizes, {"Y": [None] * 4}, arrays)
    net, rng = from_onnx(made), np.random.default_rng(5)
    x, given = batch()
    states = {name: rng.normal(size=(2, 3, 4)).astype(np.float32) for name in names}
    flat = np.concatenate([states[name][side] for side in (0, 1) for name in names], axis=1)
    expected = by_sequence(runtime(made, {"x": given} | states)[0])
    np.testing.assert_allclose(net.run(x, initial_state=flat), expected, atol=2e-6)
    assert np.abs(net.run(x) - expected).max() > 0.01  # control: they matter


@pytest.mark.parametrize("op", OPERATORS)
def test_missing_bias_and_size(op):
    arrays = weights(op, biased=False)
    made = model([node(op, "x W R", "Y")], {"x": ["t", "b", 3]}, {"Y": [None] * 4}, arrays)
    net = from_onnx(made)
    assert not net.layers[0].bias.any()
    assert net.layers[0].hidden_size == 4


def test_zero_peepholes_are_none():
    assert from_onnx(single("LSTM", extra={"P": np.zeros((1, 12), np.float32)})).state_size == 8


@pytest.mark.parametrize(("op", "clip"), [("LSTM", 40.0), ("GRU", 50.0), ("RNN", 25.0)])
def test_a_clip_beyond_all_curves(op, clip):
    assert from_onnx(single(op, clip=clip)).layers == from_onnx(single(op)).layers


@pytest.mark.parametrize("clip", [0.3, 2.0])
@pytest.mark.parametrize(
    ("op", "options"),
    [("RNN", {}), ("GRU", {}), ("GRU", {"linear_before_reset": 1}), ("GRU", {"activations": ["HardSigmoid", "Tanh"]})],
)
def test_clips(op, options, clip):
    made = single(op, clip=clip, **options)
    x, given = batch()
    net = from_onnx(made)
    assert net.clip == np.float32(clip)
    expected = by_sequence(runtime(made, {"x": given})[0])
    np.testing.assert_allclose(net.run(x), expected, atol=2e-6)
    assert np.abs(from_onnx(single(op, **options)).run(x) - expected).max() > 0.01  # control: it matters


@pytest.mark.parametrize("op", OPERATORS)
def test_all_steps_as_constant_lengths(op):
    arrays = weights(op) | {"lengths": np.array([6, 6], dtype=np.int32)}
    made = model([node(op, "x W R B lengths", "Y", hidden_size=4)], {"x": [6, 2, 3]}, {"Y": [None] * 4}, arrays)
    x, given = batch(sequences=2)
    np.testing.assert_allclose(from_onnx(made).run(x), by_sequence(runtime(made, {"x": given})[0]), atol=2e-6)
