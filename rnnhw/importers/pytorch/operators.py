"""What each PyTorch function does to traced values: by name, as methods, functions and exported operators have it."""

import torch

from rnnhw.importers.provenance import Provenance
from rnnhw.importers.pytorch.computed import COMPUTED
from rnnhw.importers.pytorch.tracing import Traced, ids_of, is_zero, plain, traced

# executed on ids as they are: the first argument is a tensor, or several, the others are numbers or indices
_MOVES = frozenset(
    """
    __getitem__ alias as_strided atleast_2d atleast_3d broadcast_to chunk clone column_stack concat concatenate cat
    contiguous detach diagonal_scatter dsplit dstack expand expand_as flatten flip fliplr flipud gather hsplit hstack
    index index_select lift_fresh_copy masked_select movedim moveaxis narrow narrow_copy permute permute_copy ravel
    repeat repeat_interleave reshape reshape_as roll rot90 row_stack select select_copy slice slice_copy split
    split_copy split_with_sizes squeeze squeeze_copy stack swapaxes swapdims t t_copy take_along_dim tensor_split tile
    transpose transpose_copy unbind unflatten unfold unsafe_chunk unsafe_split unsqueeze unsqueeze_copy view view_as
    view_copy _unsafe_view _reshape_alias vsplit vstack T.__get__ mT.__get__ H.__get__ mH.__get__ data.__get__
""".split()
)
# values stay what they are
_CASTS = frozenset(
    "to float double half bfloat16 type type_as cpu cuda _to_copy requires_grad_ _conj conj as_tensor".split()
)
# numbers about a tensor, not its values
_FACTS = frozenset(
    """
    size dim ndimension numel nelement stride storage_offset element_size is_contiguous get_device sym_size sym_numel
    sym_stride __len__ __hash__ is_same_size is_complex is_conj is_neg is_inference has_names data_ptr register_hook
    _assert_tensor_metadata __repr__ __format__
""".split()
)
_DROPOUTS = frozenset(
    """
    dropout dropout_ dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout feature_dropout native_dropout
""".split()
)
_REDUCTIONS = {
    "mean": "mean", "nanmean": "mean", "sum": "sum", "nansum": "sum", "max": "maximum", "amax": "maximum",
    "min": "minimum", "amin": "minimum", "median": "median", "prod": "product", "std": "standard deviation",
    "var": "variance", "logsumexp": "logsumexp", "cumsum": "running sum", "norm": "norm",
}  # fmt: skip
_INTEGERS = ("Long", "Int", "Byte", "Bool", "Short")
# understood for values, and ordinary arithmetic for zeros that a module made
_ARITHMETIC = frozenset(
    "linear matmul mm __matmul__ addmm add __add__ __radd__ sub mul relu softmax _softmax argmax".split()
)
_ZEROS = frozenset("zeros zeros_like new_zeros".split())


def name_of_function(func):
    """The name that messages and tables have for a function, a method, a property or an operator."""
    packet = getattr(func, "overloadpacket", None)
    if packet is not None:
        return packet.__name__
    name = getattr(func, "__name__", str(func))
    if name in ("__get__", "__set__"):
        return f"{getattr(func.__self__, '__name__', '')}.{name}"
    return name


def call(trace, func, args, kwargs):
    """Do what a function does, on ids where its arguments are traced."""
    name = name_of_function(func)
    found = list(traced_in((args, tuple(kwargs.values()))))
    if not found:
        return _constant(name, func, args, kwargs)
    zero = all(is_zero(tensor) for tensor in found) and not name.endswith("_") and "out" not in kwargs
    if zero and name in _ARITHMETIC:
        return func(*_zeros_for(trace, args), **_zeros_for(trace, kwargs))
    if name in COMPUTED:
        return _bound(trace, name, COMPUTED[name], args, kwargs)
    if name in _MOVES:
        return _moved(trace, name, func, args, kwargs)
    if name in _CASTS:
        return _cast(trace, name, args, kwargs)
    if name in _DROPOUTS:
        return _dropout(trace, name, args, kwargs)
    if name in _FACTS or name.endswith(".__get__"):
        return _fact(trace, name, func, args, kwargs)
    if zero:
        return func(*_zeros_for(trace, args), **_zeros_for(trace, kwargs))
    raise trace.refusal(_named(trace, name, args, kwargs))


def traced_in(value):
    """All traced tensors in nested arguments."""
    if isinstance(value, Traced):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from traced_in(part)
    elif isinstance(value, dict):
        yield from traced_in(tuple(value.values()))


def _mapped(value, change):
    """Nested arguments with each tensor changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if type(value) in (tuple, list) or isinstance(value, torch.Size):
        return type(value)(_mapped(part, change) for part in value)
    if isinstance(value, tuple):  # what PyTorch returns under names
        return tuple(_mapped(part, change) for part in value)
    if isinstance(value, dict):
        return {key: _mapped(part, change) for key, part in value.items()}
    return value


def _constant(name, func, args, kwargs):
    """A function of no traced values. New zeros are traced, since a module may fill them with traced values."""
    if name == "sort":  # so that sequences of equal lengths keep their order
        kwargs = {**kwargs, "stable": True}
        if args and len(args) > 1:
            names = ("dim", "descending")
            args, kwargs = args[:1], kwargs | dict(zip(names, args[1:], strict=False))
    result = func(*args, **kwargs)
    if name in _ZEROS and isinstance(result, torch.Tensor) and result.is_floating_point():
        return traced(torch.full(result.shape, Provenance.ZERO, dtype=torch.int64))
    return result


def _zeros_for(trace, value):
    return _mapped(value, lambda t: torch.zeros(t.shape, dtype=trace.dtype) if isinstance(t, Traced) else t)


def _bound(trace, name, handler, args, kwargs):
    """Call what handles a function; one that has further arguments than it knows is refused."""
    try:
        return handler(trace, *args, **kwargs)
    except TypeError as error:
        if "argument" not in str(error) or handler.__name__ not in str(error):
            raise
        raise trace.refusal(f"{name} with arguments that are not understood") from error


def _moved(trace, name, func, args, kwargs):
    """Execute what moves values on their ids."""
    if not args:
        key = next(key for key in kwargs if key in ("input", "self", "tensors"))
        args, kwargs = (kwargs[key],), {other: value for other, value in kwargs.items() if other != key}
    operand, *others = args
    if not name.endswith("_as") and any(True for _ in traced_in((tuple(others), kwargs))):
        raise trace.refusal(f"using values as indices ({name.strip('_')})")
    if isinstance(operand, tuple | list):
        operand = [ids_of(trace, part, name) for part in operand]
    elif not isinstance(operand, Traced):  # a constant in the form of a traced tensor
        return func(operand, *_mapped(others, plain), **_mapped(kwargs, plain))
    return _mapped(func(_mapped(operand, plain), *_mapped(others, plain), **_mapped(kwargs, plain)), traced)


def _cast(trace, name, args, kwargs):
    """Values in another precision or on another device are the same values."""
    for value in (*args[1:], *kwargs.values()):
        kind = value if isinstance(value, Traced) else getattr(value, "dtype", value)
        integer = isinstance(kind, torch.dtype) and not kind.is_floating_point
        if integer or (isinstance(kind, str) and any(part in kind for part in _INTEGERS)):
            raise trace.refusal(f"rounding values to {kind} ({name})")
    (operand,) = list(traced_in(args[:1])) or [None]
    if operand is None:  # another tensor is brought to the form of a traced one
        return args[0].to(trace.dtype)
    return operand


def _dropout(trace, name, args, kwargs):
    """Dropout does nothing in eval mode; one that does is refused."""
    names = ("input", "p", "train" if "train" in kwargs else "training")
    given = dict(zip(names, args, strict=False)) | kwargs
    probability = given.get("p", 0.5)
    active = given.get("training", given.get("train", not name.startswith("native")))
    if active and probability:
        raise trace.refusal(f"{name} that is active in eval mode too (give it training=self.training)")
    return given["input"]


def _fact(trace, name, func, args, kwargs):
    """What is no value: sizes, strides, the dtype that is meant."""
    if name == "dtype.__get__":
        return trace.dtype
    result = func(*_mapped(args, plain), **_mapped(kwargs, plain))
    if isinstance(result, torch.Tensor):
        raise trace.refusal(f"{name.removesuffix('.__get__')} of values")
    return result


def _named(trace, name, args, kwargs):
    """What an unknown function does, in words."""
    if name in _REDUCTIONS and isinstance(args[0], Traced) and isinstance(args[0], torch.Tensor):
        axis = kwargs.get("dim", kwargs.get("axis", args[1] if len(args) > 1 else None))
        axes = (axis,) if isinstance(axis, int) else axis
        if isinstance(axes, tuple | list) and len(axes) == 1 and isinstance(axes[0], int):
            return f"the {_REDUCTIONS[name]} over the {trace.places.along(plain(args[0]).numpy(), axes[0])}"
        return f"the {_REDUCTIONS[name]}"
    plainer = name.strip("_") if name.startswith("__") else name
    if plainer in ("bool", "item", "tolist", "numpy", "array", "eq", "lt", "gt", "le", "ge", "ne"):
        return f"{plainer} of values, on which what is computed may then depend,"
    return plainer
