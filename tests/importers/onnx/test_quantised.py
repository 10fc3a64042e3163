"""Quantised models in QDQ form: their formats are found, or the scale that is no power of two is named."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.importers.onnx import from_onnx
from rnnhw.importers.onnx.cells import by_gate
from rnnhw.quantize import quantize
from tests.importers.onnx.models import GATES, model, node, onnx
from tests.importers.onnx.test_glue import axes


def integers(name, shape, bits=8, seed=0):
    """A constant of integers of so many bits."""
    high = 1 << (bits - 1)
    array = np.random.default_rng(seed).integers(-high, high, size=shape)
    if bits == 4:
        return onnx.helper.make_tensor(name, onnx.TensorProto.INT4, shape, array.ravel().tolist())
    return array.astype(f"int{bits}")


def scales(**values):
    return {name: np.array(value, dtype=np.float32) for name, value in values.items()}


def pair(below, above, scale, zero="z"):
    """A QuantizeLinear and the DequantizeLinear behind it."""
    return [
        node("QuantizeLinear", f"{below} {scale} {zero}", f"{above}q"),
        node("DequantizeLinear", f"{above}q {scale} {zero}", above),
    ]


def quantised(op="LSTM", directions=1, bits=8, gates=None, opset=21, **changes):
    """x -> Q/DQ -> op with dequantised W, R -> Q/DQ -> dense with dequantised weights -> Q/DQ."""
    rows = GATES[op] * 4
    given = {"sx": 2.0**-6, "sw": 2.0**-7, "sr": 2.0**-8, "sh": 2.0**-7, "sk": 2.0**-5, "sy": 2.0**-4} | changes
    if gates is not None:  # a scale for each row
        given["sw"] = np.repeat(np.tile(2.0 ** np.array(gates), directions), 4)
    per_row = {"axis": 0} if gates is not None else {}
    nodes = [*pair("x", "xq", "sx"), node("DequantizeLinear", "Wi sw", "Wf", **per_row)]
    nodes += [node("Reshape", "Wf shape", "W"), node("DequantizeLinear", "Ri sr", "R")]
    direction = {"direction": "bidirectional"} if directions == 2 else {}
    nodes += [node(op, "xq W R", "Y", hidden_size=4, **direction), *pair("Y", "Yq", "sh")]
    nodes += [node("Transpose", "Yq", "t", perm=[0, 2, 1, 3]), node("Reshape", "t flat", "h")]
    nodes += [node("DequantizeLinear", "Ki sk", "K"), node("MatMul", "h K", "a"), node("Add", "a k", "b")]
    nodes += pair("b", "y", "sy")
    constants = scales(**given) | {"z": np.array(0, np.int8), "k": np.ones(2, np.float32)}
    constants |= {"Wi": integers("Wi", (directions * rows, 3), bits), "Ri": integers("Ri", (directions, rows, 4), bits)}
    constants |= {"Ki": integers("Ki", (4 * directions, 2), bits, 1)}
    constants |= axes("shape", directions, rows, 3) | axes("flat", 0, 0, -1)
    return model(nodes, {"x": ["t", "b", 3]}, {"y": [None] * 3}, constants, opset)


def test_rounding_in_front_of_a_bias():
    made = quantised()
    nodes = list(made.graph.node)
    at = next(n for n, each in enumerate(nodes) if each.op_type == "Add")
    nodes[at].input[0] = "ab"
    nodes[at:at] = pair("a", "ab", "sy")
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    with pytest.raises(RnnhwError, match=r"^Add node .* is not supported behind a QuantizeLinear: bias first, then"):
        from_onnx(made)


def formats_of(made):
    """The formats that the importer finds; what it imports is checked on the way."""
    return from_onnx(made).formats


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("op", list(GATES))
def test_formats(op, directions):
    kind = op.lower()
    cells = [f"{kind}0_forward", f"{kind}0_backward"] if directions == 2 else [f"{kind}0"]
    expected = {"input": QFormat(8, 6), "dense0.weight": QFormat(8, 5), "dense0.y": QFormat(8, 4)}
    for cell in cells:
        expected[f"{cell}.weight_ih"], expected[f"{cell}.weight_hh"] = QFormat(8, 7), QFormat(8, 8)
        expected[f"{cell}.h"] = QFormat(8, 7)
    assert formats_of(quantised(op, directions)) == expected


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_widths(bits):
    found = formats_of(quantised(bits=bits))
    assert found["lstm0.weight_ih"] == QFormat(bits, 7)
    assert found["dense0.weight"] == QFormat(bits, 5)


@pytest.mark.parametrize(
    ("op", "gates", "mine"),
    [("LSTM", (-7, -6, -5, -4), (7, 5, 4, 6)), ("GRU", (-7, -6, -5), (6, 7, 5))],
)
def test_a_format_for_each_gate_in_the_order_of_the_cell(op, gates, mine):
    found = formats_of(quantised(op, gates=gates))[f"{op.lower()}0.weight_ih"]
    assert found == tuple(QFormat(8, frac) for frac in mine)


def test_weights_are_the_values_of_the_integers():
    made = quantised("RNN")
    stored = next(entry for entry in made.graph.initializer if entry.name == "Wi")
    array = onnx.numpy_helper.to_array(stored).astype(np.float64) / 128
    np.testing.assert_array_equal(from_onnx(made).layers[0].weight_ih, array)


@pytest.mark.parametrize("op", list(GATES))
def test_quantising_keeps_the_integers(op):
    """What the model's weights were as integers they are in the quantised network, gate by gate."""
    made = quantised(op)
    net = from_onnx(made)
    x = np.random.default_rng(0).normal(0, 0.5, (4, 5, 3))
    qnet = quantize(net, x)
    assert (qnet.input, qnet.denses[-1].output) == (QFormat(8, 6), QFormat(8, 4))
    stored = {entry.name: onnx.numpy_helper.to_array(entry).astype(int) for entry in made.graph.initializer}
    cell, dense = qnet.cells[0], qnet.denses[0]
    assert (cell.weight_ih_raw == by_gate(stored["Wi"], op)).all()
    assert (cell.weight_hh_raw == by_gate(stored["Ri"][0], op)).all()
    assert (dense.weight_raw == stored["Ki"].T).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sw": 0.01}, "scale 0.00999999978 of W of LSTM node that gives 'Y' must be a power of two"),
        ({"sx": 0.3}, "scale 0.300000012 of QuantizeLinear node that gives 'xqq' must be a power of two"),
        ({"sk": 3.0}, "scale 3 of the weights of MatMul node that gives 'a' must be a power of two"),
        (
            {"gates": (-7, -7, -6, -6), "sr": 2.0**-3},
            None,
        ),
    ],
)
def test_scales(changes, message):
    if message is None:
        assert formats_of(quantised(**changes))
        return
    with pytest.raises(RnnhwError) as caught:
        from_onnx(quantised(**changes))
    assert str(caught.value) == message


def test_scales_within_a_gate():
    made = quantised("RNN", gates=(-7,))
    entry = next(entry for entry in made.graph.initializer if entry.name == "sw")
    array = onnx.numpy_helper.to_array(entry).copy()
    array[2] = 0.25
    entry.CopyFrom(onnx.numpy_helper.from_array(array, "sw"))
    with pytest.raises(RnnhwError) as caught:
        from_onnx(made)
    assert str(caught.value) == (
        "W of RNN node that gives 'Y' must have one scale for each gate or one for all, not 0.0078125 beside 0.25"
    )


@pytest.mark.parametrize(
    ("zero", "message"),
    [
        (
            np.array(3, np.int8),
            "QuantizeLinear node that gives 'xqq' must have the zero point 0, not 3 (scale 0.015625)",
        ),
        (
            np.array(0, np.uint8),
            "QuantizeLinear node that gives 'xqq' is not supported: its integers must be signed ones, not uint8",
        ),
    ],
)
def test_zero_points(zero, message):
    made = quantised()
    entry = next(entry for entry in made.graph.initializer if entry.name == "z")
    entry.CopyFrom(onnx.numpy_helper.from_array(zero, "z"))
    with pytest.raises(RnnhwError) as caught:
        from_onnx(made)
    assert str(caught.value) == message


def test_two_scales_of_one_pair():
    made = quantised()
    made.graph.node[1].input[1] = "sw"
    with pytest.raises(RnnhwError) as caught:
        from_onnx(made)
    assert str(caught.value) == (
        "scale 0.0078125 of DequantizeLinear node that gives 'xq' must be that of its QuantizeLinear, 0.015625"
    )


def test_what_else_is_computed_in_integers():
    nodes = [node("DynamicQuantizeLinear", "x", "q s z"), node("DequantizeLinear", "q s z", "a")]
    nodes += [node("RNN", "a W R", "Y", hidden_size=4)]
    constants = {"W": np.ones((1, 4, 3), np.float32), "R": np.ones((1, 4, 4), np.float32)}
    made = model(nodes, {"x": ["t", "b", 3]}, {"Y": [None] * 4}, constants)
    with pytest.raises(RnnhwError) as caught:
        from_onnx(made)
    assert str(caught.value) == (
        "DynamicQuantizeLinear node that gives 'q' is not supported on what depends on the model's input"
    )
