"""What is refused: in one line that says which node, which attribute, which value, and what is allowed."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx import from_onnx
from tests.importers.onnx.models import GATES, INT64, model, node, onnx, single, weights
from tests.importers.onnx.test_glue import DENSE, axes


def refused(message, made):
    with pytest.raises(RnnhwError) as caught:
        from_onnx(made)
    assert str(caught.value) == message


def test_kind_of_model():
    with pytest.raises(TypeError, match=r"^model must be an onnx.ModelProto, not a?n? ?str$"):
        from_onnx("model.onnx")


@pytest.mark.parametrize(
    ("op", "options", "message"),
    [
        ("LSTM", {"input_forget": 1}, "input_forget=1 of LSTM node 'cell' is not supported: "
            "input and forget gate must have their own weights"),
        ("LSTM", {"clip": 0.5}, "clip=0.5 of LSTM node 'cell' is not supported: "
            "its cell state passes the same tanh, and implementations differ in whether they clip it"),
        ("GRU", {"clip": -1.0}, "clip of GRU node 'cell' must be above 0, not -1"),
        ("LSTM", {"activations": ["Sigmoid", "Relu", "Tanh"]},
            "activation Relu (number 2) of LSTM node 'cell' is not supported; there Tanh is"),
        ("LSTM", {"activations": ["Sigmoid", "Tanh"]},
            "activations of LSTM node 'cell' must be 3 (3 for each direction), not 2: Sigmoid, Tanh"),
        ("GRU", {"activations": ["HardSigmoid", "Tanh"], "activation_alpha": [0.25]},
            "activation HardSigmoid (alpha=0.25, beta=0.5) of GRU node 'cell' is not supported; "
            "alpha must be 0.2 or 1/6, beta 0.5"),
        ("GRU", {"activations": ["Sigmoid", "ScaledTanh"], "activation_alpha": [1.7], "activation_beta": [0.5]},
            "activation ScaledTanh (alpha=1.7, beta=0.5) (number 2) of GRU node 'cell' is not supported; "
            "there Tanh is"),
        ("GRU", {"directions": 2, "activations": ["Sigmoid", "Tanh", "HardSigmoid", "Tanh"]},
            "both directions of GRU node 'cell' must have the same activations, not Sigmoid, Tanh, HardSigmoid, Tanh"),
        ("RNN", {"activations": ["LeakyRelu"]},
            "activation LeakyRelu (alpha=0.01) (number 1) of RNN node 'cell' is not supported; there Tanh or Relu is"),
        ("RNN", {"activations": ["Affine"]},
            "activation Affine (alpha=none, beta=none) (number 1) of RNN node 'cell' is not supported; "
            "there Tanh or Relu is"),
        ("LSTM", {"extra": {"P": np.ones((1, 12), np.float32)}},
            "input P of LSTM node 'cell' holds peepholes, which are not supported; only zeros are"),
        ("GRU", {"direction": "sideways"},
            "direction of GRU node 'cell' must be 'forward', 'reverse' or 'bidirectional', not 'sideways'"),
        ("GRU", {"extra": {"initial_h": np.ones((1, 2, 4), np.float32)}},
            "initial_h of GRU node 'cell' must be for 3 sequences, not 2"),
    ],
)  # fmt: skip
def test_cells(op, options, message):
    refused(message, single(op, **options))


@pytest.mark.parametrize("op", list(GATES))
def test_sizes(op):
    made = single(op)
    next(entry for entry in made.graph.node[0].attribute if entry.name == "hidden_size").i = 5
    rows = GATES[op] * 4
    refused(
        f"hidden_size of {op} node 'cell' is 5, but R has the shape of 4 units: (1, {rows}, 4)",
        made,
    )
    made = single(op)
    made.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(np.ones((1, rows + 1, 3), np.float32), "W"))
    named = f"{GATES[op]} * hidden" if GATES[op] > 1 else "hidden"
    refused(
        f"W of {op} node 'cell' must have shape (1, {rows}, any) = (directions, {named}, inputs), "
        f"not (1, {rows + 1}, 3)",
        made,
    )


def behind(*nodes, outputs=2, constants=None, opset=17, inputs=None):
    """An LSTM, its last step "h" and all its steps "s", and what stands behind."""
    first = [node("LSTM", "x W R B", "Y H", hidden_size=4), node("Squeeze", "H first", "h")]
    first.append(node("Squeeze", "Y one", "s"))
    constants = weights("LSTM") | DENSE | axes("first", 0) | axes("one", 1) | (constants or {})
    sizes = {"x": ["t", "b", 3]} | (inputs or {})
    return model([*first, *nodes], sizes, {"y": [None] * outputs}, constants, opset)


ON_INPUT = "is not supported on what depends on the model's input"


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([node("Sigmoid", "h", "y", "last")], f"Sigmoid node 'last' {ON_INPUT}"),
        ([node("Tanh", "h", "y")], f"Tanh node that gives 'y' {ON_INPUT}"),
        ([node("LogSoftmax", "h", "y")], f"LogSoftmax node that gives 'y' {ON_INPUT}"),
        ([node("Mul", "h k4", "y")], f"Mul node that gives 'y' {ON_INPUT}"),
        ([node("BatchNormalization", "h k4 k4 k4 k4", "y")], f"BatchNormalization node that gives 'y' {ON_INPUT}"),
        ([node("Add", "h h", "y")],
            "Add node that gives 'y' is not supported: of what it adds one must be a constant"),
        ([node("Add", "h k4", "y")],
            "a sum with a constant must stand behind a linear layer, not behind recurrent layer 'Y'"),
        ([node("Relu", "h", "y")], "a relu must stand behind a linear layer, not behind recurrent layer 'Y'"),
        ([node("MatMul", "k4 h", "y")],
            "MatMul node that gives 'y' is not supported: it must be values times constant weights"),
        ([node("Concat", "h q", "y", axis=1)],
            "Concat node that gives 'y' is not supported: it joins constants ('q') with values"),
        ([node("Cast", "h", "y", to=6)], "Cast node that gives 'y' is not supported: it rounds to INT32"),
        ([node("Softmax", "h", "a"), node("MatMul", "a K", "y")],
            "linear layer 'y' must not follow the softmax, which can only come last"),
        ([node("RandomNormalLike", "h", "y")], f"RandomNormalLike node that gives 'y' {ON_INPUT}"),
        ([node("Identity", "k4", "y")], "output 'y' does not depend on the model's input"),
        ([node("ArgMax", "h", "y", axis=1, select_last_index=1)],
            "ArgMax node that gives 'y' is not supported with select_last_index: of equals the first counts"),
        ([node("ArgMax", "h", "a", axis=1), node("Cast", "a", "y", to=9)],
            "Cast node that gives 'y' is not supported: it rounds to BOOL"),
        ([node("Dropout", "h half true", "y")],
            "Dropout node that gives 'y' is not supported with training_mode: export the model for inference"),
    ],
)  # fmt: skip
def test_what_stands_behind(nodes, message):
    constants = {"k4": np.ones(4, np.float32), "q": np.ones((3, 1), np.float32), "true": np.array(True)}
    refused(message, behind(*nodes, constants=constants | {"half": np.array(0.5, np.float32)}))


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([node("ReduceMean", "s", "y", axes=[0], keepdims=0)], f"ReduceMean node that gives 'y' {ON_INPUT}"),
        ([node("Gather", "s zero", "y", axis=0)], "the answer is taken from step 0 of 5 of recurrent layer 'Y'; "
            "only every step, the last one and the final states can be"),
        ([node("Gather", "s four", "y", axis=0)], "the answer is taken from step 4 of 7 of recurrent layer 'Y'; "
            "only every step, the last one and the final states can be"),
    ],
)  # fmt: skip
def test_which_steps_are_used(nodes, message):
    """Step 4 is the last one of the first example, of 5 steps, and none of the second."""
    constants = {"zero": np.array(0), "four": np.array(4)}
    refused(message, behind(*nodes, constants=constants))


def test_zeros_among_the_answers():
    """A class that is always zero would move the numbers of all others."""
    nodes = [node("MatMul", "h K", "a"), node("Pad", "a pads nought", "y")]
    constants = axes("pads", 0, 1, 0, 0) | {"nought": np.array(0, np.float32)}
    with pytest.raises(RnnhwError, match=r"^the answer holds zeros among the outputs of linear layer "):
        from_onnx(behind(*nodes, constants=constants))


def test_a_part_of_the_units():
    nodes = [node("Slice", "h first two one", "y")]
    with pytest.raises(RnnhwError, match="recurrent layer 'Y'"):
        from_onnx(behind(*nodes, constants=axes("two", 2)))


def test_inputs():
    constants = weights("LSTM")
    lstm = node("LSTM", "a W R B", "Y", hidden_size=4)
    sizes = {"Y": [None] * 4}
    table = {"E": np.ones((9, 3), np.float32)}
    tokens = model([node("Gather", "E x", "a"), lstm], {"x": (INT64, ["t", "b"])}, sizes, constants | table)
    refused("LSTM node that gives 'Y' must take one input of the model, not no input of floating point numbers", tokens)
    both = model([node("Concat", "x z", "a", axis=2), lstm], {"x": ["t", "b", 2], "z": ["t", "b", 1]}, sizes, constants)
    refused("LSTM node that gives 'Y' must take one input of the model, not 'x' and 'z'", both)
    part = model([node("Gather", "x i", "a", axis=2), lstm], {"x": ["t", "b", 4]}, sizes, constants | {"i": [0, 1, 3]})
    refused(
        "the first recurrent layer must take all of input 'x', each element once: "
        "it takes (3, 5, 3) = (sequences, steps, features) of shape (5, 3, 4)",
        part,
    )
    dense = model([node("MatMul", "x V", "a"), lstm], {"x": ["t", "b", 3]}, sizes, constants | {"V": np.eye(3)})
    dense.graph.initializer[-1].CopyFrom(onnx.numpy_helper.from_array(np.eye(3, dtype=np.float32), "V"))
    refused("MatMul node that gives 'a' must not take the model's input: recurrent layers come first", dense)
    other = model([node("Gather", "x i", "a", axis=2), lstm], {"x": ["t", "b", 3]}, sizes, constants | {"i": [2, 1, 0]})
    with pytest.raises(RnnhwError, match="the units in another order"):
        from_onnx(other)
    none = model([node("Relu", "x", "Y")], {"x": ["t", "b", 3]}, {"Y": [None] * 3})
    refused(
        "the model has no RNN, LSTM or GRU node that takes its input; "
        "layers that were written out step by step as products are not understood",
        none,
    )


def test_weights_that_are_inputs():
    made = single("LSTM")
    made.graph.initializer.pop(1)
    made.graph.input.append(onnx.helper.make_tensor_value_info("R", 1, [1, 16, 4]))
    refused("input R of LSTM node 'cell' must be a constant", made)


def test_lengths():
    made = model(
        [node("GRU", "x W R B n", "Y", hidden_size=4)],
        {"x": [6, 2, 3]},
        {"Y": [None] * 4},
        weights("GRU") | {"n": np.array([6, 5], np.int32)},
    )
    refused("sequence_lens of GRU node that gives 'Y' must be an input of the model, or all 6 steps, not [6, 5]", made)
    made = single("GRU", lengths=True, direction="reverse")
    made.graph.node.append(node("GRU", "z W2 R2 B2", "Z", hidden_size=4, direction="reverse"))
    made.graph.node.insert(1, node("Squeeze", "Y one", "z"))
    made.graph.output[0].name = "Z"
    for name, array in (weights("GRU", inputs=4, suffix="2") | axes("one", 1)).items():
        made.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(array), name))
    refused(
        "GRU node that gives 'Z' goes backwards and must be told the lengths of the sequences (sequence_lens)", made
    )


def test_states_of_a_layer_that_is_not_told_the_lengths():
    """It is turned by the lengths, so that they matter, and walks on over the padding."""
    nodes = [node("ReverseSequence", "x n", "r", time_axis=0, batch_axis=1)]
    nodes += [node("GRU", "r W R B", "_ H", hidden_size=4), node("Squeeze", "H first", "y")]
    sizes = {"x": ["t", "b", 3], "n": (INT64, ["b"])}
    reason = "of a layer that is not told the lengths (sequence_lens) and goes on past the end of shorter sequences"
    constants = weights("GRU") | DENSE | axes("first", 0)
    refused(f"the model takes the final state ('y') {reason}", model(nodes, sizes, {"y": [None] * 2}, constants))
    nodes.append(node("Gemm", "y K k", "z"))
    refused(
        f"Gemm node that gives 'z' takes the final state ('y') {reason}",
        model(nodes, sizes, {"z": [None] * 2}, constants),
    )


def test_different_sigmoids():
    made = single("LSTM", activations=["HardSigmoid", "Tanh", "Tanh"])
    made.graph.node.append(node("Squeeze", "Y one", "z"))
    made.graph.node.append(node("GRU", "z W2 R2 B2", "Z", "second", hidden_size=4))
    made.graph.output[0].name = "Z"
    for name, array in (weights("GRU", inputs=4, suffix="2") | axes("one", 1)).items():
        made.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(array), name))
    refused(
        "all recurrent layers must have the same sigmoid, "
        "not 'hard-0.2' (LSTM node 'cell') and 'logistic' (GRU node 'second')",
        made,
    )


def test_old_opsets_and_foreign_operators():
    refused("opset of the model must be 7 or newer, not 6", single("RNN", opset=6))
    made = single("RNN")
    made.graph.node[0].domain = "com.microsoft"
    made.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    refused(
        "RNN node 'cell' is not supported: it is of domain 'com.microsoft', not one of ONNX's own",
        made,
    )


def test_weights_that_are_no_numbers():
    made = single("GRU")
    array = weights("GRU")["R"].copy()
    array[0, 2, 1] = np.nan
    made.graph.initializer[1].CopyFrom(onnx.numpy_helper.from_array(array, "R"))
    refused("R of GRU node 'cell' must be finite, but holds NaN or infinity at [2, 1]", made)


def test_a_network_that_answers_otherwise(monkeypatch):
    """The check at the end: with gates in a wrong order it says so."""
    from rnnhw.importers.onnx import cells

    monkeypatch.setitem(cells.ORDERS, "LSTM", (0, 1, 2, 3))
    with pytest.raises(RnnhwError, match=r"^output 'Y' of the imported network differs from the model's: \S+ instead"):
        from_onnx(single("LSTM"))


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_missing_packages(monkeypatch, missing):
    import builtins

    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.split(".")[0] == missing:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    made = single("LSTM", lengths=True)
    monkeypatch.setattr(builtins, "__import__", refuse)
    messages = {
        "onnx": "from_onnx needs the onnx package: pip install 'rnnhw[onnx]'",
        "onnxruntime": "LSTM node 'cell' can only be checked with ONNX Runtime: pip install 'rnnhw[onnx]'",
    }
    refused(messages[missing], made)
