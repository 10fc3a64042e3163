"""Recurrent nodes on numbers: run by ONNX's reference implementation, or by ONNX Runtime.

The reference implementation passes over lengths, clips and activations; where a node has these, it is not used.
"""

import numpy as np
from onnx import TensorProto, helper

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.nodes import attribute, evaluate, title

# attributes that the reference implementation heeds, and those that it does not
_HEEDED = ("direction", "linear_before_reset")
_IGNORED = ("activations", "activation_alpha", "activation_beta", "clip")
_USUAL = {"RNN": {"tanh"}, "LSTM": {"sigmoid", "tanh"}, "GRU": {"sigmoid", "tanh"}}


def in_float64(node, lengths, steps):
    """Whether the reference implementation computes what a node says."""
    names = {name.lower() for name in attribute(node, "activations") or ()}
    told = lengths is not None and (np.asarray(lengths) != steps).any()
    return not told and attribute(node, "clip") is None and names <= _USUAL[node.op_type]


def run_recurrent(node, inputs, opset):
    """Y, Y_h and Y_c of a recurrent node.

    Parameters
    ----------
    node : onnx.NodeProto
    inputs : list of numpy.ndarray or None
        Numbers as float64.
    opset : int

    Raises
    ------
    RnnhwError
        A node that only ONNX Runtime can run, where that is not installed.
    """
    batch_first = attribute(node, "layout", 0) == 1
    inputs = [*inputs, *[None] * (8 - len(inputs))]
    x, lengths, states = inputs[0], inputs[4], inputs[5:7]
    if batch_first:
        x, *states = (array if array is None else np.swapaxes(array, 0, 1) for array in (x, *states))
    inputs = [x, *inputs[1:4], lengths, *states, None][: 7 if node.op_type == "LSTM" else 6]
    found = _reference(node, inputs, opset) if in_float64(node, lengths, len(x)) else _runtime(node, inputs, opset)
    if batch_first:
        y, *states = found
        found = [y.transpose(2, 0, 1, 3), *(np.swapaxes(state, 0, 1) for state in states)]
    return found


def _bare(node, inputs, attributes):
    """The node alone, with names of its own."""
    names = [f"input{at}" if array is not None else "" for at, array in enumerate(inputs)]
    outputs = ["Y", "Y_h", *(["Y_c"] if node.op_type == "LSTM" else [])]
    kept = {name: attribute(node, name) for name in attributes if attribute(node, name) is not None}
    return helper.make_node(node.op_type, names, outputs, hidden_size=inputs[2].shape[2], **kept)


def _reference(node, inputs, opset):
    inputs = [array if at != 4 else None for at, array in enumerate(inputs)]
    return evaluate(_bare(node, inputs, _HEEDED), inputs, opset)


def _runtime(node, inputs, opset):
    try:
        import onnxruntime
    except ImportError as error:
        raise RnnhwError(f"{title(node)} can only be checked with ONNX Runtime: pip install 'rnnhw[onnx]'") from error
    bare = _bare(node, inputs, (*_HEEDED, *_IGNORED))
    kinds = [TensorProto.INT32 if at == 4 else TensorProto.FLOAT for at in range(len(inputs))]
    feeds = {
        name: np.asarray(array, dtype=np.int32 if at == 4 else np.float32)
        for at, (name, array) in enumerate(zip(bare.input, inputs, strict=True))
        if name
    }
    given = [
        helper.make_tensor_value_info(name, kinds[at], feeds[name].shape) for at, name in enumerate(bare.input) if name
    ]
    taken = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in bare.output]
    model = helper.make_model(
        helper.make_graph([bare], "node", given, taken), opset_imports=[helper.make_opsetid("", min(opset, 14))]
    )
    model.ir_version = 8
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return [array.astype(np.float64) for array in session.run(None, feeds)]
    except Exception as error:  # its own kinds of errors, several lines each
        raise RnnhwError(f"{title(node)} cannot be checked: ONNX Runtime says {str(error).splitlines()[0]}") from error
