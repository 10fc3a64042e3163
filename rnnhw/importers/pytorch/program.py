"""A graph of torch.export as a module that calls its operators one after the other: it can be run and traced."""

import operator

import torch

from rnnhw.errors import RnnhwError
from rnnhw.importers.pytorch.archive import DTYPES

# operators that may be given texts; of all others a text could be a file name
_TEXTS = frozenset("pad gelu div scatter_reduce searchsorted linalg_norm norm".split())
# checks of the exporter
_CHECKS = frozenset(
    """
    _assert_scalar _assert_async _assert_tensor_metadata sym_constrain_range sym_constrain_range_for_size
    _guards_fn
""".split()
)
_PYTHON = frozenset("add sub mul floordiv mod neg eq ne lt le gt ge getitem pow and_ or_ not_".split())


def make_program(document, tensors):
    """The module of an exported program.

    Parameters
    ----------
    document : dict
    tensors : dict of str to torch.Tensor
        As `read_archive` gives them.

    Returns
    -------
    Program
        With a child for each module that the graph knows of, under the same path.

    Raises
    ------
    RnnhwError
        An operator or a feature that is not supported, by its name.
    """
    graph, signature = (document["graph_module"][key] for key in ("graph", "signature"))
    program = Program()
    inputs, names = [], {}
    for spec in signature["input_specs"]:
        ((kind, content),) = spec.items()
        if kind == "user_input" and "as_tensor" in content["arg"]:
            inputs.append(content["arg"]["as_tensor"]["name"])
        elif kind in _STORED:
            names[content["arg"]["name"]] = content[_STORED[kind]]
        elif kind == "user_input":
            ((what, _),) = content["arg"].items()
            if what != "as_none":
                raise RnnhwError(f"its input {what.removeprefix('as_')} is no tensor, which is not supported")
        elif kind != "constant_input":
            raise RnnhwError(f"its graph has a {kind.replace('_', ' ')}, which is not supported")
    outputs = []
    for spec in signature["output_specs"]:
        ((kind, content),) = spec.items()
        if kind != "user_output":
            raise RnnhwError(f"its graph has a {kind.replace('_', ' ')}, which is not supported")
        outputs.append(content["arg"])
    for node in graph["nodes"]:
        path, kind = _module_of(node)
        program.scope(path, kind)
        program.steps.append((path, _operator(node), node))
    for key in names.values():
        program.store(key, tensors[key])
    program.inputs, program.names, program.outputs = inputs, names, outputs
    return program


_STORED = {"parameter": "parameter_name", "buffer": "buffer_name", "tensor_constant": "tensor_constant_name"}


class Scope(torch.nn.Module):
    """A module that the exported one had: what ran inside it runs inside this one."""

    def forward(self, function, args, kwargs):
        """Call an operator."""
        return function(*args, **kwargs)


class Program(torch.nn.Module):
    """The operators of a graph, in order."""

    def __init__(self):
        super().__init__()
        self.steps, self.inputs, self.names, self.outputs = [], [], {}, []

    def scope(self, path, kind=None):
        """The child at a path, made if there is none yet; `kind` is the name of its class."""
        at = self
        for part in filter(None, path.split(".")):
            if part not in at._modules:
                at.add_module(part, Scope())
            at = at._modules[part]
        if kind and type(at) is Scope:
            at.__class__ = type(kind, (Scope,), {})
        return at

    def store(self, key, tensor):
        """Put a tensor where the exported module had it."""
        path, _, name = key.rpartition(".")
        at = self.scope(path)
        if isinstance(tensor, torch.nn.Parameter):
            at.register_parameter(name, tensor)
        else:
            at.register_buffer(name, tensor)

    def forward(self, *inputs):
        """What the exported module returned: a tensor, or a tuple of them."""
        stored = dict(self.named_parameters(remove_duplicate=False)) | dict(self.named_buffers(remove_duplicate=False))
        values = {name: stored[key] for name, key in self.names.items()}
        values |= dict(zip(self.inputs, inputs, strict=True))
        dtype = next((tensor.dtype for tensor in stored.values() if tensor.is_floating_point()), torch.float32)
        for path, function, node in self.steps:
            if function is None:
                continue
            args, kwargs = _arguments(node, values, dtype)
            scope = self.get_submodule(path)
            result = function(*args, **kwargs) if scope is self else scope(function, args, kwargs)
            _keep(node["outputs"], result, values)
        found = tuple(_decoded(output, values, dtype) for output in self.outputs)
        return found[0] if len(found) == 1 else found


def _module_of(node):
    """Path and class of the module that an operator was called in."""
    stack = node.get("metadata", {}).get("nn_module_stack", "")
    last = stack.rpartition(";")[2].split(",")
    if len(last) != 3 or not last[1] or not all(part.isidentifier() or part.isdigit() for part in last[1].split(".")):
        return "", None
    kind = last[2].rpartition(".")[2]
    return last[1], kind if kind.isidentifier() else None


def _operator(node):
    """The function that a node calls, None for a check of the exporter's."""
    target = node["target"]
    space, _, name = target.rpartition(".")
    if space == "_operator" and name in _PYTHON:
        return getattr(operator, name)
    parts = target.split(".")
    if parts[:3] == ["torch", "ops", "aten"] and len(parts) == 5:
        if parts[3] in _CHECKS:
            return None
        packet = getattr(torch.ops.aten, parts[3], None)
        if packet is not None and parts[4] in packet.overloads():
            if parts[3] not in _TEXTS and any("as_string" in entry["arg"] for entry in node["inputs"]):
                raise RnnhwError(f"operator {target} with a text is not supported")
            return getattr(packet, parts[4])
    raise RnnhwError(f"operator {target} is not supported, only those of torch.ops.aten are")


def _arguments(node, values, dtype):
    """Arguments of a node, those by name apart."""
    args, kwargs = [], {}
    for entry in node["inputs"]:
        if "as_device" in entry["arg"] or "as_layout" in entry["arg"] or "as_memory_format" in entry["arg"]:
            if entry.get("kind") == 2:
                continue
            value = None if "as_layout" in entry["arg"] else torch.device("cpu")
        else:
            value = _decoded(entry["arg"], values, dtype)
        if entry.get("kind") == 2:
            if entry["name"] != "pin_memory":
                kwargs[entry["name"]] = value
        else:
            args.append(value)
    return args, kwargs


def _decoded(argument, values, dtype):
    """The value of one argument; every floating point type is that of the weights."""
    ((kind, content),) = argument.items()
    if kind == "as_none":
        return None
    if kind in ("as_tensor", "as_optional_tensor", "as_sym_int", "as_sym_bool", "as_sym_float"):
        return _one(content, values)
    if kind in ("as_tensors", "as_optional_tensors", "as_sym_ints", "as_sym_bools", "as_sym_floats"):
        return [_one(part, values) for part in content]
    if kind == "as_scalar_type":
        known = DTYPES.get(content)
        return dtype if known is None or known.is_floating_point else known
    if kind in ("as_int", "as_ints", "as_float", "as_floats", "as_bool", "as_bools", "as_string", "as_int_lists"):
        return content
    raise RnnhwError(f"its graph has a {kind.removeprefix('as_').replace('_', ' ')}, which is not supported")


def _one(content, values):
    """What a name stands for, or a number that stands in its place."""
    if "name" in content:
        return values[content["name"]]
    ((kind, inner),) = content.items()
    if kind == "as_none":
        return None
    if kind == "as_name":
        return values[inner]
    return values[inner["name"]] if kind == "as_tensor" else inner


def _keep(outputs, result, values):
    """Store what an operator returned under the names that the graph has for it."""
    parts = [result] if len(outputs) == 1 else list(result)
    for output, part in zip(outputs, parts, strict=True):
        ((kind, content),) = output.items()
        if kind == "as_tensors":
            values |= {one["name"]: each for one, each in zip(content, part, strict=True)}
        elif kind != "as_none":
            values[content.get("name", content.get("as_name"))] = part
