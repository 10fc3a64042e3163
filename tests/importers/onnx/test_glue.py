"""What exporters put around recurrent nodes, each form against ONNX Runtime."""

import numpy as np
import pytest

from rnnhw.importers.onnx import from_onnx
from rnnhw.importers.onnx.build import _EXAMPLES
from tests.importers.onnx.models import GATES, INT64, model, node, runtime, weights

I64 = np.int64
LAST = np.iinfo(I64).max
RNG = np.random.default_rng(11)
DENSE = {"K": RNG.normal(size=(4, 2)).astype(np.float32), "k": RNG.normal(size=2).astype(np.float32)}
WIDE = {"K": RNG.normal(size=(8, 2)).astype(np.float32), "k": RNG.normal(size=2).astype(np.float32)}


def axes(name, *values):
    return {name: np.array(values, dtype=I64)}


def recurrent(op="LSTM", x="x", directions=1, y="Y", **attributes):
    direction = {"direction": "bidirectional"} if directions == 2 else {}
    return node(op, f"{x} W R B", y, hidden_size=4, **direction, **attributes)


def agree(made, mode, shape=(3, 6, 3), swap=True, reading="final", **feeds):
    """Import a model and compare it with ONNX Runtime; `swap`: the model takes the steps first."""
    net = from_onnx(made)
    assert (net.mode, net.reading) == (mode, reading)
    x = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    (expected,) = runtime(made, {"x": x.swapaxes(0, 1) if swap else x} | feeds)
    y = net.run(x if x.ndim == 3 else x[..., None], feeds.get("lengths"))
    assert expected.size == y.size
    return net, y, expected


def close(y, expected):
    np.testing.assert_allclose(y.reshape(expected.shape), expected, atol=3e-6)


def keras_like(op, directions, every_step):
    """Sequences first outside; Transpose, RNN, Squeeze or Reshape, Transpose; a dense layer as MatMul and Add."""
    units = 4 * directions
    nodes = [node("Transpose", "x", "xt", perm=[1, 0, 2])]
    nodes.append(recurrent(op, "xt", directions, "Y Y_h"))
    if every_step:
        nodes += [node("Transpose", "Y", "a", perm=[2, 0, 1, 3]), node("Reshape", "a shape", "b")]
        nodes += [node("Reshape", "b rows", "c"), node("MatMul", "c K", "d"), node("Reshape", "d back", "e")]
        nodes += [node("Add", "e k", "y")]
    else:
        nodes += [node("Transpose", "Y_h", "a", perm=[1, 0, 2]), node("Reshape", "a rows", "c")]
        nodes += [node("MatMul", "c K", "d"), node("Add", "d k", "y")]
    shapes = axes("shape", 0, 0, -1) | axes("rows", -1, units) | axes("back", 3, -1, 2)
    constants = weights(op, directions=directions) | shapes | (WIDE if directions == 2 else DENSE)
    return model(nodes, {"x": [3, None, 3]}, {"y": [None] * (3 if every_step else 2)}, constants)


@pytest.mark.parametrize("every_step", [True, False])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("op", list(GATES))
def test_as_keras_models_are_written(op, directions, every_step):
    made = keras_like(op, directions, every_step)
    net, y, expected = agree(made, "many-to-many" if every_step else "many-to-one", swap=False)
    close(y, expected)
    assert [layer.kind for layer in net.layers] == ["bidirectional" if directions == 2 else op.lower(), "dense"]


STEPS = {
    "gather": [node("Squeeze", "Y one", "a"), node("Gather", "a last", "h", axis=0)],
    "slice": [node("Squeeze", "Y one", "a"), node("Slice", "a from to first", "b"), node("Squeeze", "b first", "h")],
    "back": [
        node("Squeeze", "Y one", "a"), node("Slice", "a from end first from", "b"), node("Gather", "b zero", "h"),
    ],
    "split": [
        node("Shape", "x", "s"), node("Gather", "s zero", "t"), node("Sub", "t scalar", "u"),
        node("Squeeze", "Y one", "a"), node("Gather", "a u", "h", axis=0),
    ],
    "state": [node("Squeeze", "Y_h first", "h")],
}  # fmt: skip


@pytest.mark.parametrize("how", list(STEPS))
def test_ways_to_the_last_step(how):
    nodes = [recurrent(y="Y Y_h"), *STEPS[how], node("Gemm", "h K k", "y")]
    constants = weights("LSTM") | DENSE | axes("one", 1) | axes("first", 0) | axes("from", -1) | axes("to", LAST)
    constants |= {"last": np.array(-1), "zero": np.array(0), "scalar": np.array(1)} | axes("end", -LAST)
    close(*agree(model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 2}, constants), "many-to-one")[1:])


@pytest.mark.parametrize("opset", [7, 11])
def test_axes_as_attributes(opset):
    nodes = [recurrent(y="Y Y_h"), node("Squeeze", "Y", "a", axes=[1]), node("Unsqueeze", "a", "b", axes=[3])]
    nodes += [node("Squeeze", "b", "y", axes=[3])]
    made = model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 3}, weights("LSTM"), opset)
    _, y, expected = agree(made, "many-to-many")
    close(y.swapaxes(0, 1), expected)


def test_final_states_of_both_directions():
    nodes = [recurrent("GRU", directions=2, y="_ H"), node("Split", "H", "f b", axis=0)]
    nodes += [node("Squeeze", "f first", "g"), node("Squeeze", "b first", "c"), node("Concat", "g c", "h", axis=1)]
    nodes += [node("Gemm", "h K k", "y")]
    constants = weights("GRU", directions=2) | WIDE | axes("first", 0)
    close(*agree(model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 2}, constants), "many-to-one")[1:])


def test_last_step_of_both_directions():
    nodes = [recurrent("GRU", directions=2), node("Gather", "Y last", "a", axis=0)]
    nodes += [node("Transpose", "a", "b", perm=[1, 0, 2]), node("Flatten", "b", "h"), node("Gemm", "h K k", "y")]
    constants = weights("GRU", directions=2) | WIDE | {"last": np.array(-1)}
    made = model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 2}, constants)
    close(*agree(made, "many-to-one", reading="last-step")[1:])


def test_a_turned_input_is_a_cell_that_goes_backwards():
    nodes = [node("Slice", "x last end first last", "r"), recurrent("GRU", "r", y="_ H"), node("Gemm", "h K k", "y")]
    nodes.insert(2, node("Squeeze", "H first", "h"))
    constants = weights("GRU") | DENSE | axes("first", 0) | axes("last", -1) | axes("end", -LAST)
    net, y, expected = agree(model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 2}, constants), "many-to-one")
    assert net.layers[0].kind == "reversed"
    close(y, expected)


@pytest.mark.parametrize("turn", ["reversed", "ReverseSequence"])
def test_lengths_and_a_turned_sequence(turn):
    """A cell that goes backwards, once as the node says it and once by a ReverseSequence before and behind a node."""
    constants = weights("LSTM") | axes("one", 1)
    if turn == "reversed":
        nodes = [node("LSTM", "x W R B n", "Y", hidden_size=4, direction="reverse"), node("Squeeze", "Y one", "y")]
    else:
        nodes = [node("ReverseSequence", "x m", "r", time_axis=0, batch_axis=1)]
        nodes += [node("LSTM", "r W R B n", "Y", hidden_size=4), node("Squeeze", "Y one", "a")]
        nodes += [node("ReverseSequence", "a m", "y", time_axis=0, batch_axis=1)]
    nodes = [node("Cast", "lengths", "n", to=6), node("Identity", "lengths", "m"), *nodes]
    made = model(nodes, {"x": ["t", "b", 3], "lengths": (INT64, ["b"])}, {"y": [None] * 3}, constants)
    net, y, expected = agree(made, "many-to-many", lengths=np.array([6, 2, 4]))
    assert net.layers[0].kind == "reversed"
    close(y.swapaxes(0, 1), expected)


def test_the_step_that_a_length_points_at():
    """A model that takes the lengths only to pick a step."""
    nodes = [recurrent(), node("Squeeze", "Y one", "a"), node("Transpose", "a", "b", perm=[1, 0, 2])]
    nodes += [node("Sub", "lengths one", "i"), node("Unsqueeze", "i one", "j")]
    nodes += [node("GatherND", "b j", "h", batch_dims=1), node("Gemm", "h K k", "y")]
    constants = weights("LSTM") | DENSE | axes("one", 1)
    made = model(nodes, {"x": ["t", "b", 3], "lengths": (INT64, ["b"])}, {"y": [None] * 2}, constants)
    close(*agree(made, "many-to-one", lengths=np.array([2, 6, 3]))[1:])


@pytest.mark.parametrize("transposed", [0, 1])
def test_factors_of_a_gemm(transposed):
    nodes = [recurrent(y="_ H"), node("Squeeze", "H first", "h")]
    nodes += [node("Gemm", "h K k", "y", alpha=0.5, beta=-2.0, transB=transposed)]
    constants = weights("LSTM") | DENSE | axes("first", 0)
    if transposed:
        constants["K"] = constants["K"].T.copy()
        nodes.insert(2, node("Transpose", "h", "g", perm=[1, 0]))
        nodes[3] = node("Gemm", "g K k", "y", alpha=0.5, beta=-2.0, transA=1, transB=1)
    close(*agree(model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 2}, constants), "many-to-one")[1:])


def test_several_dense_layers_and_what_a_model_need_not_do():
    """Dropout, Identity and Cast do nothing; Relu becomes part of its layer; two sums are one bias."""
    nodes = [recurrent(y="_ H"), node("Dropout", "H", "d"), node("Squeeze", "d first", "h")]
    nodes += [node("MatMul", "h K", "a"), node("Add", "k a", "b"), node("Add", "b k", "b2"), node("Relu", "b2", "c")]
    nodes += [node("Cast", "c", "e", to=1), node("Gemm", "e L", "f"), node("Softmax", "f", "y")]
    constants = weights("LSTM") | DENSE | axes("first", 0) | {"L": np.ones((2, 3), np.float32)}
    net, y, expected = agree(model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 2}, constants), "many-to-one")
    assert [getattr(layer, "activation", "") for layer in net.layers] == ["", "relu", "linear"]
    assert net.head == "softmax"
    np.testing.assert_array_equal(net.denses[0].bias, 2.0 * DENSE["k"].astype(np.float64))
    close(y, expected)


@pytest.mark.parametrize("keepdims", [0, 1])
def test_argmax(keepdims):
    nodes = [recurrent(y="_ H"), node("Squeeze", "H first", "h"), node("Gemm", "h K k", "b")]
    nodes += [node("ArgMax", "b", "a", axis=1, keepdims=keepdims), node("Cast", "a", "y", to=6)]
    constants = weights("LSTM") | DENSE | axes("first", 0)
    made = model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * (1 + keepdims)}, constants, kind=6)
    made.graph.input[0].type.tensor_type.elem_type = 1
    net, y, expected = agree(made, "many-to-one")
    assert net.head == "argmax"
    np.testing.assert_array_equal(y.reshape(expected.shape), expected)


def test_softmax_over_an_axis_in_the_middle():
    nodes = [recurrent(y="Y"), node("Squeeze", "Y one", "h"), node("MatMul", "h K", "a")]
    nodes += [node("Transpose", "a", "b", perm=[1, 2, 0]), node("Softmax", "b", "y", axis=1)]
    made = model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 3}, weights("LSTM") | DENSE | axes("one", 1))
    net, y, expected = agree(made, "many-to-many")
    assert net.head == "softmax"
    close(y.swapaxes(1, 2), expected)


def test_layers_one_behind_the_other():
    first, second = weights("GRU", directions=2), weights("LSTM", 4, inputs=8, suffix="2")
    nodes = [recurrent("GRU", directions=2), node("Transpose", "Y", "a", perm=[0, 2, 1, 3])]
    nodes += [node("Reshape", "a shape", "b"), node("LSTM", "b W2 R2 B2", "_ H", hidden_size=4)]
    nodes += [node("Squeeze", "H first", "y")]
    constants = first | second | axes("shape", 0, 0, -1) | axes("first", 0)
    net, y, expected = agree(model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 2}, constants), "many-to-one")
    assert [layer.name for layer in net.layers] == ["gru0", "lstm0"]
    close(y, expected)


def test_values_as_input_without_an_axis_of_features():
    nodes = [node("Unsqueeze", "x two", "a"), node("GRU", "a W R B", "_ H", hidden_size=4, layout=0)]
    nodes[:1] = [node("Transpose", "x", "t", perm=[1, 0]), node("Unsqueeze", "t two", "a")]
    nodes += [node("Squeeze", "H first", "h"), node("Gemm", "h K k", "y")]
    constants = weights("GRU", inputs=1) | DENSE | axes("first", 0) | axes("two", 2)
    made = model(nodes, {"x": ["b", "t"]}, {"y": [None] * 2}, constants)
    close(*agree(made, "many-to-one", shape=(3, 6), swap=False)[1:])


def test_open_sizes_everywhere():
    """The features' size may be left open too: the weights say it."""
    made = model([recurrent()], {"x": ["t", "b", "f"]}, {"Y": [None] * 4}, weights("LSTM"))
    assert from_onnx(made).input_size == 3


@pytest.mark.parametrize("sizes", [(6, 1), (1, 1), (1, "b"), ("t", 1)])
def test_sizes_that_a_model_fixes(sizes):
    made = model([recurrent(y="_ H")], {"x": [*sizes, 3]}, {"H": [None] * 3}, weights("LSTM"))
    steps = sizes[0] if isinstance(sizes[0], int) else 4
    net = from_onnx(made)
    assert net.mode == ("one-to-one" if sizes[0] == 1 else "many-to-one")
    x = np.random.default_rng(2).normal(size=(1, steps, 3)).astype(np.float32)
    (expected,) = runtime(made, {"x": x.swapaxes(0, 1)})
    np.testing.assert_allclose(net.run(x).reshape(1, 4), expected[0], atol=2e-6)


def test_a_branch_that_shapes_decide():
    """PyTorch writes an If where it does not know whether an axis has the size 1."""
    import onnx

    then = onnx.helper.make_graph([node("Squeeze", "Y one", "s")], "then", [], [onnx.ValueInfoProto(name="s")])
    other = onnx.helper.make_graph([node("Identity", "Y", "i")], "else", [], [onnx.ValueInfoProto(name="i")])
    nodes = [recurrent(), node("Shape", "Y", "sh"), node("Gather", "sh one", "n"), node("Equal", "n one", "q")]
    nodes += [node("If", "q", "y", then_branch=then, else_branch=other)]
    made = model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 3}, weights("LSTM") | axes("one", 1))
    _, y, expected = agree(made, "many-to-many")
    close(y.swapaxes(0, 1), expected)


def test_the_examples_differ():
    """A number that happens to be the last step of one example is none of the other's."""
    assert len(set(_EXAMPLES[0] + _EXAMPLES[1])) == 4
