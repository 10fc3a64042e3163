"""Outputs beside the answer, and initial states that go through glue."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx import from_onnx
from tests.importers.onnx.models import GATES, model, node, runtime, weights
from tests.importers.onnx.test_glue import DENSE, axes


def streaming(op="LSTM", steps=1):
    """Two layers that take their states from the outside and give them back, as for a stream of steps."""
    states = ["h", "c"] if op == "LSTM" else ["h"]
    nodes, names = [], {}
    for state in states:
        nodes.append(node("Split", f"{state} halves", f"{state}0 {state}1", axis=0))
        names[state] = [f"{state}0", f"{state}1"]
    below = "x"
    for layer in (0, 1):
        given = " ".join(names[state][layer] for state in states)
        given_back = " ".join(f"{state}{layer}n" for state in states)
        nodes.append(node(op, f"{below} W{layer} R{layer} B{layer} _ {given}", f"Y{layer} {given_back}", hidden_size=4))
        nodes.append(node("Squeeze", f"Y{layer} one", f"y{layer}"))
        below = f"y{layer}"
    nodes.append(node("Concat", "h0n h1n", "hn", axis=0))
    nodes += [node("MatMul", "y1 K", "a"), node("Add", "a k", "y")]
    if op == "LSTM":
        nodes.append(node("Concat", "c0n c1n", "cn", axis=0))
    outputs = {"hn": [None] * 3} | ({"cn": [None] * 3} if op == "LSTM" else {}) | {"y": [None] * 3}
    sizes = {"x": [steps, "b", 3]} | {state: [2, "b", 4] for state in states}
    constants = weights(op, suffix="0") | weights(op, 1, inputs=4, suffix="1") | DENSE
    return model(nodes, sizes, outputs, constants | axes("one", 1) | axes("halves", 1, 1)), states


@pytest.mark.parametrize("steps", [1, 5, None])
@pytest.mark.parametrize("op", list(GATES))
def test_models_that_keep_their_states_outside(op, steps):
    made, states = streaming(op, steps)
    net, rng = from_onnx(made), np.random.default_rng(4)
    assert net.mode == ("one-to-one" if steps == 1 else "many-to-many")
    x = rng.normal(size=(3, steps or 6, 3)).astype(np.float32)
    feeds = {state: rng.normal(size=(2, 3, 4)).astype(np.float32) for state in states}
    begin = np.concatenate([feeds[state][layer] for layer in (0, 1) for state in states], axis=1)
    y, end = net.run(x, initial_state=begin, return_state=True)
    *finals, answer = runtime(made, {"x": x.swapaxes(0, 1)} | feeds)
    np.testing.assert_allclose(y, answer.swapaxes(0, 1), atol=2e-6)
    expected = np.concatenate([final[layer] for layer in (0, 1) for final in finals], axis=1)
    np.testing.assert_allclose(end, expected, atol=2e-6)


def test_the_answer_is_what_is_no_final_state():
    nodes = [node("GRU", "x W R B", "Y H", hidden_size=4)]
    made = model(nodes, {"x": ["t", "b", 3]}, {"H": [None] * 3, "Y": [None] * 4}, weights("GRU"))
    assert from_onnx(made).mode == "many-to-many"
    made = model(nodes, {"x": ["t", "b", 3]}, {"H": [None] * 3}, weights("GRU"))
    assert from_onnx(made).mode == "many-to-one"


def refused(message, nodes, constants, outputs, inputs=None):
    made = model(nodes, {"x": ["t", "b", 3]} | (inputs or {}), outputs, constants)
    with pytest.raises(RnnhwError) as caught:
        from_onnx(made)
    assert str(caught.value) == message


def test_two_answers():
    nodes = [node("GRU", "x W R B", "Y", hidden_size=4), node("Squeeze", "Y one", "h")]
    nodes += [node("MatMul", "h K", "a"), node("MatMul", "h K", "b")]
    outputs = {"a": [None] * 3, "b": [None] * 3}
    message = "the model must have one answer; its outputs 'a' and 'b' are no final states"
    refused(message, nodes, weights("GRU") | DENSE | axes("one", 1), outputs)


def test_a_layer_beside_the_others():
    nodes = [node("GRU", "x W R B", "Y", hidden_size=4), node("LSTM", "x W2 R2 B2", "_ H", hidden_size=4)]
    constants = weights("GRU") | weights("LSTM", suffix="2")
    message = "the answer 'Y' must come from all recurrent layers of the model, but from 1 of 2 it does"
    refused(message, nodes, constants, {"Y": [None] * 4, "H": [None] * 3})


def test_states_that_are_made_of_something_else():
    nodes = [node("MatMul", "h K", "a"), node("GRU", "x W R B _ a", "Y", hidden_size=4)]
    constants = weights("GRU") | {"K": np.ones((4, 4), np.float32)}
    message = "MatMul node that gives 'a' takes initial states ('h'), which only recurrent layers may"
    refused(message, nodes, constants, {"Y": [None] * 4}, {"h": [1, "b", 4]})
    message = "input 'h' must be the initial state of recurrent layers, each element of it used once"
    nodes = [node("GRU", "x W R B _ h", "Y", hidden_size=4), node("Squeeze", "Y one", "y")]
    nodes += [node("GRU", "y W2 R2 B2 _ h", "Z", hidden_size=4)]
    constants = weights("GRU") | weights("GRU", 1, inputs=4, suffix="2") | axes("one", 1)
    refused(message, nodes, constants, {"Z": [None] * 4}, {"h": [1, "b", 4]})
    message = message.replace("'h'", "'other'")
    refused(message, nodes[:1], weights("GRU"), {"Y": [None] * 4}, {"h": [1, "b", 4], "other": ["b"]})


def test_states_from_a_layer_below():
    nodes = [node("GRU", "x W R B", "Y H", hidden_size=4), node("Squeeze", "Y one", "y")]
    nodes += [node("GRU", "y W2 R2 B2 _ H", "Z", hidden_size=4)]
    constants = weights("GRU") | weights("GRU", 1, inputs=4, suffix="2") | axes("one", 1)
    message = (
        "initial_h of GRU node that gives 'Z' must be a constant or an input of the model, not computed from the input"
    )
    refused(message, nodes, constants, {"Z": [None] * 4})


def test_another_constant_state_for_each_sequence():
    made = model(
        [node("GRU", "x W R B _ h", "Y", hidden_size=4)],
        {"x": ["t", 2, 3]},
        {"Y": [None] * 4},
        weights("GRU") | {"h": np.arange(8, dtype=np.float32).reshape(1, 2, 4)},
    )
    with pytest.raises(RnnhwError, match="initial_h of GRU node that gives 'Y' must be the same for every sequence"):
        from_onnx(made)
