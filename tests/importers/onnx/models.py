"""ONNX models made node by node; importing it skips where onnx is missing."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}
FLOAT, DOUBLE, HALF = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16
INT32, INT64 = TensorProto.INT32, TensorProto.INT64
DTYPES = {FLOAT: np.float32, DOUBLE: np.float64, HALF: np.float16}


def node(kind, inputs, outputs, name="", **attributes):
    """A node; inputs and outputs as one text with blanks between them, "_" for what is left out."""
    names = [["" if part == "_" else part for part in texts.split()] for texts in (inputs, outputs)]
    return helper.make_node(kind, *names, name=name, **attributes)


def model(nodes, inputs, outputs, constants=None, opset=17, kind=FLOAT):
    """A model; inputs and outputs are names with their sizes, or with (type, sizes)."""

    def infos(entries):
        typed = {name: sizes if isinstance(sizes, tuple) else (kind, sizes) for name, sizes in entries.items()}
        return [helper.make_tensor_value_info(name, *entry) for name, entry in typed.items()]

    initializers = [
        array if isinstance(array, TensorProto) else numpy_helper.from_array(np.asarray(array), name)
        for name, array in (constants or {}).items()
    ]
    graph = helper.make_graph(nodes, "graph", infos(inputs), infos(outputs), initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 8
    return made


def weights(op, seed=0, inputs=3, hidden=4, directions=1, kind=FLOAT, biased=True, suffix="", scale=0.7):
    """W, R and B of a node, by their names."""
    rng = np.random.default_rng(seed)
    rows = GATES[op] * hidden
    shapes = {"W": (directions, rows, inputs), "R": (directions, rows, hidden), "B": (directions, 2 * rows)}
    arrays = {name: (rng.normal(size=shape) * scale).astype(DTYPES[kind]) for name, shape in shapes.items()}
    return {name + suffix: array for name, array in arrays.items() if biased or name != "B"}


def single(op, outputs="Y", layout=0, directions=1, kind=FLOAT, opset=17, lengths=False, extra=None, **attributes):
    """A model of one recurrent node, its input x with open sizes; `extra` has further constants of the node."""
    if directions == 2:
        attributes.setdefault("direction", "bidirectional")
    if layout:
        attributes["layout"] = 1
    arrays = weights(op, directions=directions, kind=kind)
    names = ["W", "R", "B", "lengths" if lengths else "_"]
    extra = extra or {}
    names += [name if name in extra else "_" for name in ("initial_h", "initial_c", "P")]
    while names[-1] == "_":
        names.pop()
    sizes = {"x": ["batch", "steps", 3] if layout else ["steps", "batch", 3]}
    if lengths:
        sizes["lengths"] = (INT32, ["batch"])
    given = [node(op, " ".join(["x", *names]), outputs, name="cell", hidden_size=4, **attributes)]
    results = {name: [None] * (4 if name == "Y" else 3) for name in outputs.split() if name != "_"}
    return model(given, sizes, results, arrays | extra, opset, kind)


def runtime(made, feeds):
    """What ONNX Runtime answers."""
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def reference(made, feeds):
    """What ONNX's reference implementation answers."""
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(made).run(None, feeds)
