"""What computes with traced values and is understood: linear layers, activations, padding, filling."""

import numpy as np
import torch
from torch.nn import functional

from rnnhw.importers.provenance import Provenance
from rnnhw.importers.pytorch.loops import gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell
from rnnhw.importers.pytorch.packed import _pack_padded_sequence, _pad_packed_sequence
from rnnhw.importers.pytorch.recurrent import PADDED_ON, PADDED_ON_TEXT, gru, lstm, rnn_relu, rnn_tanh
from rnnhw.importers.pytorch.tensors import float_array
from rnnhw.importers.pytorch.tracing import Traced, ids_of, is_pending, plain, traced


def _told(trace, input, size, tell):
    """What the provenance makes of ids, (..., size); ids that are not known yet if those given are not."""
    ids = plain(input).numpy()
    if (ids == PADDED_ON).any():
        raise trace.refusal(PADDED_ON_TEXT)
    if is_pending(ids):
        return traced(trace.fresh((*ids.shape[:-1], size)))
    result = tell(ids)
    trace.places.follow(result, ids)
    return traced(result)


def linear(trace, input, weight, bias=None):
    """A linear layer; what takes no traced values is a constant."""
    if not isinstance(input, Traced) or isinstance(weight, Traced) or isinstance(bias, Traced):
        raise trace.refusal("using values as the weights of a linear layer")
    weights = _array(trace, weight, "weight")
    biases = None if bias is None else _array(trace, bias, "bias")
    name = trace.name_of(weight, "weight").rpartition(".")[0] or trace.path or "linear"
    return _told(trace, input, len(weights), lambda ids: trace.provenance.dense(weights, biases, ids, name))


def _array(trace, tensor, key):
    """A constant as a float64 array that holds finite numbers."""
    return float_array(trace.name_of(tensor, key), tensor.detach().to("cpu", torch.float64).numpy())


def matmul(trace, input, other):
    """A product with a constant matrix is a linear layer."""
    if not isinstance(input, Traced) or isinstance(other, Traced):
        raise trace.refusal("the product of a matrix with values (matmul)")
    if other.ndim != 2:
        raise trace.refusal(f"a matmul with a constant of {other.ndim} axes")
    return linear(trace, input, other.T)


def addmm(trace, input, mat1, mat2, *, beta=1, alpha=1):
    """A linear layer as PyTorch's older exports write it."""
    if beta != 1 or alpha != 1:
        raise trace.refusal("addmm with beta or alpha")
    return add(trace, matmul(trace, mat1, mat2), input)


def add(trace, input, other, *, alpha=1):
    """A sum with a constant is a bias."""
    if not isinstance(input, Traced):
        input, other = other, input
    if alpha != 1:
        raise trace.refusal("add with alpha")
    if isinstance(other, Traced):
        one, two = torch.broadcast_tensors(plain(input), plain(other))
        zero = Provenance.ZERO
        if ((one != zero) & (two != zero)).any():
            raise trace.refusal("a sum of values (add)")
        return traced(torch.where(one == zero, two, one))
    constant = torch.as_tensor(other, dtype=torch.float64).detach().cpu()
    ids = plain(input).numpy()
    if torch.broadcast_shapes(ids.shape, constant.shape) != ids.shape:
        raise trace.refusal(f"the sum of values with a constant of shape {tuple(constant.shape)} (add)")
    if not constant.any():
        return input
    spread = np.broadcast_to(constant.numpy(), ids.shape).reshape(-1, ids.shape[-1])
    if (spread != spread[0]).any():
        raise trace.refusal("the sum of values with a constant that differs by step or sequence (add)")
    return _told(trace, input, ids.shape[-1], lambda ids: trace.provenance.add(ids, spread[0]))


def add_(trace, input, other, *, alpha=1):
    """A sum in place."""
    return _in_place(input, add(trace, input, other, alpha=alpha))


def sub(trace, input, other, *, alpha=1):
    """The same with the constant negated."""
    if not isinstance(input, Traced) or isinstance(other, Traced):
        raise trace.refusal("a difference of values (sub)")
    return add(trace, input, -torch.as_tensor(other, dtype=torch.float64), alpha=alpha)


def mul(trace, input, other):
    """A mask of zeros and ones; other factors are refused."""
    if not isinstance(input, Traced):
        input, other = other, input
    if isinstance(other, Traced):
        raise trace.refusal("a product of values (mul)")
    factor = torch.as_tensor(other)
    if ((factor != 0) & (factor != 1)).any():
        raise trace.refusal("mul with other factors than zero and one")
    return traced(torch.where(factor != 0, plain(input), Provenance.ZERO))


def isnan(trace, input):
    """Values are finite numbers."""
    return torch.zeros(input.shape, dtype=torch.bool)


def isinf(trace, input):
    """The same."""
    return isnan(trace, input)


def isfinite(trace, input):
    """The same."""
    return ~isnan(trace, input)


def relu(trace, input, inplace=False):
    """The activation that a linear layer may have."""
    result = _activated(trace, input, "relu")
    return _in_place(input, result) if inplace else result


def relu_(trace, input):
    """The same in place."""
    return relu(trace, input, inplace=True)


def _in_place(tensor, result):
    plain(tensor).copy_(plain(result))
    return tensor


def _activated(trace, input, kind, size=None):
    size = input.shape[-1] if size is None else size
    return _told(trace, input, size, lambda ids: trace.provenance.activate(ids, kind))


def softmax(trace, input, dim=None, _stacklevel=3, dtype=None):
    """A softmax along any axis; it must be that of the outputs."""
    if dim is None:
        dim = functional._get_softmax_dim("softmax", input.ndim, _stacklevel)
    turned = traced(plain(input).movedim(dim, -1))
    return traced(plain(_activated(trace, turned, "softmax")).movedim(-1, dim))


def _softmax(trace, input, dim, half_to_float=False):
    """The same, as exports in a lower form have it."""
    return softmax(trace, input, dim)


def log_softmax(trace, *args, **kwargs):
    """Not supported; what may stand instead is said."""
    raise trace.refusal("log_softmax (leave it out, or use softmax)")


def argmax(trace, input, dim=None, keepdim=False):
    """The index of the largest output."""
    if dim is None:
        raise trace.refusal("argmax without dim")
    turned = traced(plain(input).movedim(dim, -1))
    result = plain(_activated(trace, turned, "argmax", 1)).movedim(-1, dim)
    return traced(result if keepdim else result.squeeze(dim))


def __setitem__(trace, tensor, index, value):
    """Filling a tensor of zeros with values."""
    if not isinstance(tensor, Traced):
        raise trace.refusal("writing values into a tensor that is not made of zeros (use torch.stack)")
    if isinstance(index, Traced) or (isinstance(index, tuple) and any(isinstance(part, Traced) for part in index)):
        raise trace.refusal("using values as indices")
    plain(tensor)[index] = plain(ids_of(trace, value, "an assignment"))


def copy_(trace, tensor, value, non_blocking=False):
    """The same for a whole tensor."""
    __setitem__(trace, tensor, (...,), value)
    return tensor


def where(trace, condition, input, other):
    """Values of one or the other, where that depends on constants alone."""
    if isinstance(condition, Traced):
        raise trace.refusal("where with a condition on values")
    return traced(torch.where(condition, *(plain(ids_of(trace, part, "where")) for part in (input, other))))


def masked_fill(trace, input, mask, value):
    """Zeros where a constant mask says so."""
    if not isinstance(input, Traced) or isinstance(mask, Traced):
        raise trace.refusal("masked_fill with a mask of values")
    filled = ids_of(trace, value, "masked_fill")
    return traced(plain(input).masked_fill(mask, plain(filled) if isinstance(filled, Traced) else filled))


def masked_fill_(trace, input, mask, value):
    """The same in place."""
    return _in_place(input, masked_fill(trace, input, mask, value))


def pad(trace, input, pad, mode="constant", value=None):
    """Zeros in front of or behind values."""
    if mode != "constant":
        raise trace.refusal(f"pad with mode {mode!r}")
    ids_of(trace, 0.0 if value is None else value, "pad")
    return traced(functional.pad(plain(input), pad, value=Provenance.ZERO))


def constant_pad_nd(trace, input, pad, value=0):
    """The same, as exports have it."""
    return traced(functional.pad(plain(input), pad, value=ids_of(trace, value, "pad")))


def zeros_like(trace, input, **options):
    """New zeros in the form of traced values."""
    return traced(torch.full(input.shape, Provenance.ZERO, dtype=torch.int64))


def new_zeros(trace, input, *size, dtype=None, **options):
    """New zeros, or a constant of ints."""
    if dtype is not None and not dtype.is_floating_point:
        return plain(input).new_zeros(*size, dtype=dtype)
    return traced(plain(input).new_zeros(*size).fill_(Provenance.ZERO))


def new_ones(trace, input, *size, dtype=None, **options):
    """A constant, as a module may make one in the form of its values."""
    return plain(input).new_ones(*size, dtype=dtype or trace.dtype)


def new_full(trace, input, size, fill_value, *, dtype=None, **options):
    """The same."""
    return plain(input).new_full(size, fill_value, dtype=dtype or trace.dtype)


#: Function of each name; each takes the trace and then what PyTorch's takes.
COMPUTED = {
    function.__name__: function
    for function in (
        linear, matmul, addmm, add, add_, sub, mul, isnan, isinf, isfinite, relu, relu_, softmax, _softmax, log_softmax,
        argmax, __setitem__, copy_, where, masked_fill, masked_fill_, pad, constant_pad_nd, zeros_like, new_zeros,
        new_ones, new_full, _pack_padded_sequence, _pad_packed_sequence, lstm, gru, rnn_tanh, rnn_relu, lstm_cell,
        gru_cell, rnn_tanh_cell, rnn_relu_cell,
    )
} | {"mm": matmul, "__matmul__": matmul, "__add__": add, "__radd__": add, "__iadd__": add_}  # fmt: skip
