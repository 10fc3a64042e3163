"""One walk through a graph: constants are computed, ids are moved, layers are met."""

import numpy as np
from onnx import helper

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.glue import MOVED, PASSED, SHAPES, computed, move, passed
from rnnhw.importers.onnx.graph import read_tensor
from rnnhw.importers.onnx.linear import PRODUCTS, activate, add, product
from rnnhw.importers.onnx.nodes import OWN_DOMAINS, attribute, evaluate, title
from rnnhw.importers.onnx.quantised import dequantise, dequantised, quantise
from rnnhw.importers.onnx.recurrent import RECURRENT, check_told, recurrent
from rnnhw.importers.onnx.values import STATES, Constant, Numbered

_ACTIVATIONS = ("Relu", "Softmax", "ArgMax")
_QUANTISED = ("QuantizeLinear", "DequantizeLinear")


class Trace:
    """The values of a graph for one example.

    Parameters
    ----------
    graph : Graph
    values : dict of str to Constant or Numbered
        The graph's inputs.
    provenance : Provenance or None
        None: only up to the first layer.

    Members
    -------
    values : dict of str to Constant or Numbered
    nodes : list of onnx.NodeProto
        Those that were met, in order, branches that were taken included.
    layers : list of LayerUse
    denses : list
        Of each dense layer its weights' format, or None.
    formats : list of (numpy.ndarray, QFormat)
        Ids that are rounded to a format.
    """

    def __init__(self, graph, values, provenance=None):
        self.graph, self.provenance = graph, provenance
        self.values = {name: Constant(array) for name, array in graph.constants.items()} | values
        self.nodes, self.layers, self.denses, self.formats = [], [], [], []
        self._dense_ids = []

    def run(self, names):
        """Walk to the values with these names."""
        for node in self.graph.needed(names)[0]:
            self._step(node)

    def _step(self, node):
        if node.domain not in OWN_DOMAINS:
            raise RnnhwError(f"{title(node)} is not supported: it is of domain {node.domain!r}, not one of ONNX's own")
        for name in node.input:
            if name and name not in self.values:
                raise RnnhwError(f"{title(node)} takes {name!r}, which cannot go into the first recurrent layer")
        inputs = [self.values[name] if name else None for name in node.input]
        if node.op_type == "If":
            return self._branch(node, inputs[0])
        self.nodes.append(node)
        known = all(value is None or isinstance(value, Constant) for value in inputs)
        outputs = self._constants(node, inputs) if known else self._moved(node, inputs)
        self.values.update({name: value for name, value in zip(node.output, outputs, strict=False) if name})
        return None

    def _branch(self, node, condition):
        """The branch of an If that is taken."""
        if not isinstance(condition, Constant):
            raise RnnhwError(f"{title(node)} is not supported: its condition depends on the input")
        branch = attribute(node, "then_branch" if bool(condition.array) else "else_branch")
        self.values |= {entry.name: Constant(read_tensor(entry)) for entry in branch.initializer}
        for inner in branch.node:
            self._step(inner)
        for name, output in zip(node.output, branch.output, strict=True):
            self._step(helper.make_node("Identity", [output.name], [name]))

    def _constants(self, node, inputs):
        if node.op_type == "DequantizeLinear":
            return [dequantised(node, inputs, self.graph.opset)]
        return computed(node, inputs, self.graph.opset)

    def _moved(self, node, inputs):
        """What a node gives that takes ids."""
        kind = node.op_type
        between = any(isinstance(value, Numbered) and value.scale is not None for value in inputs)
        if between and kind not in (*MOVED, *SHAPES, "DequantizeLinear"):
            raise RnnhwError(f"{title(node)} is not supported between QuantizeLinear and DequantizeLinear")
        if kind in MOVED:
            return move(node, inputs, self.graph.opset)
        if kind in SHAPES:
            return [Constant(array) for array in evaluate(node, [inputs[0].ids], self.graph.opset)]
        if kind in PASSED:
            return passed(node, inputs)
        if kind in _QUANTISED:
            return [self._quantised(node, inputs)]
        return self._layer(node, inputs)

    def _quantised(self, node, inputs):
        if node.op_type == "QuantizeLinear":
            return quantise(node, inputs)
        value, found = dequantise(node, inputs)
        self.formats.append((value.ids, found))
        return value

    def _layer(self, node, inputs):
        """What a layer gives, or what stands behind one."""
        kind = node.op_type
        if kind not in (*RECURRENT, *PRODUCTS, "Add", *_ACTIVATIONS):
            raise RnnhwError(f"{title(node)} is not supported on what depends on the model's input")
        for name, value in zip(node.input, inputs, strict=True):
            check_told(name, value, title(node))
            if isinstance(value, Numbered) and kind not in RECURRENT and value.ids.min(initial=0) <= STATES:
                raise RnnhwError(f"{title(node)} takes initial states ({name!r}), which only recurrent layers may")
        if self.provenance is None:
            raise RnnhwError(f"{title(node)} must not take the model's input: recurrent layers come first")
        if kind in RECURRENT:
            outputs, use = recurrent(node, inputs, self.provenance)
            self.layers.append(use)
            return outputs
        if kind in PRODUCTS:
            output, weights = product(node, inputs, self.provenance)
            self.denses.append(weights)
            self._dense_ids.append([output.ids])
            return [output]
        if kind == "Add":
            self._check_not_rounded(node, inputs)
            output = add(node, inputs, self.provenance)
        else:
            output = activate(node, inputs, self.provenance, self.graph.opset)
        if kind in ("Add", "Relu"):
            self._same_dense(inputs, output)
        return [output]

    def _check_not_rounded(self, node, inputs):
        """Refuse a bias behind sums that are rounded: here it stands in front."""
        for value in inputs:
            rounded = isinstance(value, Numbered) and any(np.isin(value.ids, ids).all() for ids, _ in self.formats)
            if rounded and any(isinstance(other, Constant) and other.array.any() for other in inputs):
                raise RnnhwError(f"{title(node)} is not supported behind a QuantizeLinear: bias first, then rounding")

    def _same_dense(self, inputs, output):
        """Remember that ids belong to the dense layer whose ids they were made of."""
        behind = next(value.ids for value in inputs if isinstance(value, Numbered))
        self._dense_ids[self.dense_of(behind)].append(output.ids)

    def dense_of(self, ids):
        """Number of the dense layer whose outputs `ids` are, None if there is none."""
        for at, group in enumerate(self._dense_ids):
            if any(np.isin(ids, one).all() for one in group):
                return at
        return None
