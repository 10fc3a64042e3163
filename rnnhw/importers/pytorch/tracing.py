"""Running a module on numbered values instead of floats, to see what it does with them.

While a `Trace` is active, every PyTorch function that the module calls comes here first. What moves values about is
executed on their ids; recurrent layers, linear layers and activations are told to the `Provenance`; everything else
that touches a value is refused by its name. What the module computes from its parameters alone is computed as always.
"""

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from rnnhw.errors import RnnhwError
from rnnhw.importers.provenance import Provenance
from rnnhw.importers.pytorch.places import Places

#: Ids from here on are initial states that the module is given.
STATES = 1 << 40
#: Ids from here on are values of cells in a loop whose steps are not yet all known.
PENDING = 1 << 50

ALLOWED = (
    "allowed are nn.RNN, nn.LSTM, nn.GRU and their cells, nn.Linear, relu, softmax, argmax, dropout in eval mode, "
    "and what only moves values (slices, transposes, reshapes ...)"
)


class Traced(torch.Tensor):
    """A tensor of ids that stands for one of floats."""

    __torch_function__ = torch._C._disabled_torch_function_impl


def traced(ids):
    """Ids as what a module takes for its values."""
    tensor = torch.from_numpy(ids) if isinstance(ids, np.ndarray) else ids
    return tensor.as_subclass(Traced)


def plain(tensor):
    """The ids of a traced tensor, or the tensor itself."""
    return tensor.as_subclass(torch.Tensor) if isinstance(tensor, Traced) else tensor


def is_zero(tensor):
    """Whether a traced tensor holds nothing but zeros."""
    return bool((plain(tensor) == Provenance.ZERO).all())


def ids_of(trace, value, name):
    """A traced tensor as it is, zeros as their ids; refuses other constants, which have none."""
    if isinstance(value, Traced):
        return value
    if isinstance(value, torch.Tensor):
        if not value.any():
            return traced(torch.full(value.shape, Provenance.ZERO, dtype=torch.int64))
    elif value == 0:
        return Provenance.ZERO
    raise trace.refusal(f"mixing values with constants other than zero ({name})")


class WrongLayout(Exception):
    """A recurrent layer takes the sequences for the steps: the input's first two axes are the other way round."""


class Trace(TorchFunctionMode):
    """One run of a module on ids.

    Parameters
    ----------
    module : torch.nn.Module
    provenance : Provenance
    dtype : torch.dtype
        What the module takes its values for.
    loops : Loops
        Cells that the module calls step by step.
    call : callable
        What is done for each function that the module calls: of the trace, the function and its arguments.
    """

    def __init__(self, module, provenance, dtype, loops, call):
        super().__init__()
        self._call = call
        self.provenance, self.dtype, self.loops = provenance, dtype, loops
        self.places = Places()
        self.lengths = provenance.lengths
        self.initial = []
        self._root = module
        self._paths = {id(part): path for path, part in module.named_modules()}
        self._names = {id(tensor): name for name, tensor in (*module.named_parameters(), *module.named_buffers())}
        self._stack = [module]
        self._pending = PENDING

    def run(self, arguments):
        """The module's answer to arguments of which some are traced."""
        before = torch.nn.modules.module.register_module_forward_pre_hook(lambda part, _: self._stack.append(part))
        behind = torch.nn.modules.module.register_module_forward_hook(lambda *_: self._leave())
        try:
            with self:
                return self._root(*arguments)
        finally:
            before.remove()
            behind.remove()

    def _leave(self):
        self._stack.pop()

    @property
    def path(self):
        """Path of the module that is running, "" for the one that was given."""
        return next(self._paths[id(part)] for part in reversed(self._stack) if id(part) in self._paths)

    @property
    def where(self):
        """The module that is running, for messages."""
        part = next(part for part in reversed(self._stack) if id(part) in self._paths)
        kind = type(part).__name__
        return f"module {self.path!r} ({kind})" if self.path else f"the module ({kind})"

    def refusal(self, what):
        """The error that says what the running module does."""
        return RnnhwError(f"{self.where}: {what} is not supported; {ALLOWED}")

    def name_of(self, tensor, otherwise):
        """Name of a parameter, if the tensor is one."""
        return self._names.get(id(tensor), f"{self.path}.{otherwise}" if self.path else otherwise)

    def fresh(self, shape):
        """Ids of values that are not known yet."""
        size = int(np.prod(shape))
        self._pending += size
        return np.arange(self._pending - size, self._pending, dtype=np.int64).reshape(shape)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return self._call(self, func, args, {} if kwargs is None else kwargs)


def is_pending(ids):
    """Whether values are among the ids that are not known yet."""
    return bool((ids >= PENDING).any())
