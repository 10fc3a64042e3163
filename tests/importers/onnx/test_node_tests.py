"""The recurrent node tests that the onnx package ships: each passes, or is refused for the reason given here."""

from functools import lru_cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx import from_onnx
from tests.importers.onnx.models import onnx

OPERATORS = ("RNN", "LSTM", "GRU")
# tests that must be there; a release of onnx that has more is tested on those too
KNOWN = {
    "RNN": {"test_simple_rnn_defaults", "test_simple_rnn_with_initial_bias", "test_simple_rnn_batchwise"},
    "LSTM": {"test_lstm_defaults", "test_lstm_with_initial_bias", "test_lstm_with_peepholes", "test_lstm_batchwise"},
    "GRU": {"test_gru_defaults", "test_gru_with_initial_bias", "test_gru_seq_length", "test_gru_batchwise"},
}
REFUSED = {
    "test_lstm_with_peepholes": "input P of LSTM node that gives 'Y_h' holds peepholes, which are not supported; "
    "only zeros are"
}


@lru_cache
def cases():
    """All node tests with a recurrent operator, by operator; files of others are not run, which takes seconds."""
    from onnx.backend.test.case import node as shipped

    for path in sorted(Path(shipped.__file__).parent.glob("*.py")):
        if path.stem != "__init__" and any(f'"{operator}"' in path.read_text() for operator in OPERATORS):
            import_module(f"{shipped.__name__}.{path.stem}")
    found = {operator: {} for operator in OPERATORS}
    for test in shipped._NodeTestCases:
        for node in test.model.graph.node:
            if node.op_type in OPERATORS:
                found[node.op_type][test.name] = test
    return found


def with_constants(test):
    """The model with all inputs but the first as constants; the first one's data and those of the outputs."""
    ((inputs, outputs),) = test.data_sets
    model = onnx.ModelProto()
    model.CopyFrom(test.model)
    names = [entry.name for entry in model.graph.input]
    assert names[0] == "X"
    for name, array in zip(names[1:], inputs[1:], strict=True):
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, name))
    del model.graph.input[1:]
    return model, inputs[0], outputs


def outputs_of(net, x, names, batch_first):
    """What the float reference gives for the outputs of the model's one node, in the node's layout."""
    x = x if batch_first else np.swapaxes(x, 0, 1)
    y, final = net.run(x, return_state=True)
    parts, begin = {"Y_h": [], "Y_c": []}, 0
    for cell in net.cells:
        for key in ("Y_h", "Y_c")[: len(cell.initial_fields)]:
            parts[key].append(final[:, begin : begin + cell.hidden_size])
            begin += cell.hidden_size
    found = {key: np.stack(part, axis=1 if batch_first else 0) for key, part in parts.items() if part}
    if "Y" in names:
        y = y.reshape(len(x), x.shape[1], len(net.cells), -1)  # the cells' outputs side by side
        found["Y"] = y if batch_first else y.transpose(1, 2, 0, 3)
    return [found[name] for name in names]


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_shipped_test_passes_or_is_refused(operator):
    tests = cases()[operator]
    assert KNOWN[operator] <= set(tests)
    for name, test in tests.items():
        model, x, stored = with_constants(test)
        (node,) = model.graph.node
        if name in REFUSED:
            with pytest.raises(RnnhwError) as caught:
                from_onnx(model)
            assert str(caught.value) == REFUSED[name]
            continue
        net = from_onnx(model)
        layout = any(entry.name == "layout" and entry.i for entry in node.attribute)
        mine = outputs_of(net, x, [entry.name for entry in model.graph.output], layout)
        for array, expected in zip(mine, stored, strict=True):
            assert array.shape == expected.shape, name
            np.testing.assert_allclose(array, expected, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_wrong_weight_is_seen(operator):
    """Control: the same comparison fails for a network with one weight changed."""
    name = sorted(KNOWN[operator] - set(REFUSED))[-1]
    model, x, stored = with_constants(cases()[operator][name])
    entry = next(entry for entry in model.graph.initializer if entry.name == "W")
    array = onnx.numpy_helper.to_array(entry).copy()
    array.flat[0] += 0.1
    entry.CopyFrom(onnx.numpy_helper.from_array(array, "W"))
    mine = outputs_of(from_onnx(model), x, [entry.name for entry in model.graph.output], "batchwise" in name)
    assert not np.allclose(mine[0], stored[0], rtol=1e-5, atol=1e-6)
