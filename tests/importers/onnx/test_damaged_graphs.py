"""Graphs that are wired wrongly: a network that answers as they do, or one line."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx import from_onnx
from tests.importers.onnx.models import GATES, model, node, onnx, single, weights
from tests.importers.onnx.test_glue import keras_like
from tests.importers.onnx.test_quantised import quantised
from tests.importers.onnx.test_states import streaming

KINDS = (
    "Transpose",
    "Relu",
    "Softmax",
    "Add",
    "Gemm",
    "GRU",
    "Squeeze",
    "Reshape",
    "Cast",
    "DequantizeLinear",
    "Shape",
)


def refused(message, nodes, constants, outputs, **inputs):
    made = model(nodes, {"x": ["t", "b", 3]} | inputs, outputs, constants)
    with pytest.raises(RnnhwError) as caught:
        from_onnx(made)
    assert str(caught.value) == message


def test_shapes_that_do_not_fit():
    gru = node("GRU", "x W R B n h", "Y", hidden_size=4)
    constants, outputs = weights("GRU"), {"Y": [None] * 4}
    lengths = {"n": np.ones((2, 2), np.int32)}
    message = "sequence_lens of GRU node that gives 'Y' must be 3 integers, not int32 (2, 2)"
    refused(message, [gru], constants | lengths | {"h": np.zeros((1, 3, 4), np.float32)}, outputs)
    gru.input[4] = ""
    message = "initial_h of GRU node that gives 'Y' must be for 1 directions and 4 units, not 2 and 5"
    refused(message, [gru], constants | {"h": np.zeros((2, 3, 5), np.float32)}, outputs)
    refused(message, [gru], constants, outputs, h=[2, "b", 5])
    dense = [node("GRU", "x W R B", "Y", hidden_size=4), node("MatMul", "Y K", "a"), node("Add", "a k", "b")]
    more = {"K": np.ones((4, 2), np.float32), "k": np.ones(3, np.float32)}
    message = "Add node that gives 'b' adds a constant of shape (3,) to (5, 1, 3, 2), which is not supported"
    refused(message, dense, constants | more, {"b": [None] * 4})


def test_outputs_and_inputs_elsewhere():
    nodes = [node("GRU", "x W R B", "Y", hidden_size=4), node("Identity", "x", "y")]
    message = "the model's outputs do not depend on its recurrent layers"
    refused(message, nodes, weights("GRU"), {"y": [None] * 3})
    nodes = [node("Mul", "W h", "V"), node("GRU", "x V R B", "Y", hidden_size=4)]
    message = "Mul node that gives 'V' takes 'h', which cannot go into the first recurrent layer"
    refused(message, nodes, weights("GRU"), {"Y": [None] * 4}, h=[1, "b", 3])


def broken(made, rng):
    """The model with one to three things changed: a name, an attribute, an operator, a constant, a size, an output."""
    changed = onnx.ModelProto()
    changed.CopyFrom(made)
    graph = changed.graph
    names = [name for entry in graph.node for name in (*entry.input, *entry.output) if name]
    for way in rng.integers(6, size=rng.integers(1, 4)):
        entry = graph.node[rng.integers(len(graph.node))]
        if way == 0 and entry.input:
            entry.input[rng.integers(len(entry.input))] = rng.choice([*names, ""])
        elif way == 1:
            for attribute in entry.attribute:
                attribute.i = int(rng.integers(-3, 4))
        elif way == 2:
            entry.op_type = str(rng.choice(KINDS))
        elif way == 3:
            constant = graph.initializer[rng.integers(len(graph.initializer))]
            array = onnx.numpy_helper.to_array(constant)
            constant.CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(array.T), constant.name))
        elif way == 4:
            size = graph.input[0].type.tensor_type.shape.dim[rng.integers(3)]
            size.Clear()
            size.dim_value = int(rng.integers(6))
        else:
            graph.output[0].name = str(rng.choice(names))
    return changed


@pytest.mark.parametrize("seed", range(4))
def test_nothing_but_refusals(seed):
    models = [single(op, directions=2, lengths=True) for op in GATES] + [keras_like("LSTM", 2, True), quantised("GRU")]
    models += [keras_like("RNN", 1, False), streaming("LSTM", None)[0], streaming("GRU", 1)[0]]
    rng, answers = np.random.default_rng(seed), []
    for _ in range(150):
        try:
            answers.append(from_onnx(broken(models[rng.integers(len(models))], rng)))
        except RnnhwError as error:
            answers.append(str(error))
    lines = [answer for answer in answers if isinstance(answer, str)]
    assert 20 < len(lines) < 150
    assert not [line for line in lines if "\n" in line or len(line) > 600]
