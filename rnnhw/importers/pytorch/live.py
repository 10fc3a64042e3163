"""A live module: run as it is, run on ids, and held against the network that was made of it."""

import copy
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from rnnhw.errors import RnnhwError
from rnnhw.importers.provenance import Provenance
from rnnhw.importers.pytorch.example import Batch
from rnnhw.importers.pytorch.loops import Loops
from rnnhw.importers.pytorch.recurrent import PADDED_ON, PADDED_ON_TEXT
from rnnhw.importers.pytorch.tracing import STATES, Trace, Traced, plain, traced

#: Largest difference that counts as equal when the module ran in float64, relative to its largest answer.
TOLERANCE = 1e-9
#: The same for a module that only runs in float32.
TOLERANCE_FLOAT32 = 1e-5


class Live:
    """A module that can be run: a copy in float64, or itself if that fails.

    Parameters
    ----------
    module : torch.nn.Module
        Left as it is.
    example : Example
        Something that it can run.
    """

    def __init__(self, module, example):
        module = getattr(module, "_orig_mod", module)  # what torch.compile wraps
        for path, part in module.named_modules():
            if isinstance(part, torch.jit.ScriptModule):
                raise RnnhwError(f"module {path!r} is compiled to TorchScript: give the module that it was made of")
            if any(torch.nn.parameter.is_lazy(parameter) for parameter in part.parameters(recurse=False)):
                kind = type(part).__name__
                raise RnnhwError(f"module {path!r} ({kind}) is lazy and has no parameters yet: run it once first")
        own = next(module.parameters(), torch.empty(0))
        self.module, self.dtype, self.device, self.tolerance = module, own.dtype, own.device, TOLERANCE_FLOAT32
        self.example = example
        try:
            try:
                self._use_copy()
            except Exception:  # the user's code: whatever it raises, it may still run as it is
                self.module, self.dtype, self.device = module, own.dtype, own.device
                self.tolerance = TOLERANCE_FLOAT32
                self._try()
        except Exception as error:
            raise RnnhwError(f"the module cannot run the example: {_said(error)}") from error

    def _use_copy(self):
        self.module = copy.deepcopy(self.module).to("cpu", torch.float64)
        self.dtype, self.device, self.tolerance = torch.float64, torch.device("cpu"), TOLERANCE
        self._try()

    def _try(self):
        """Run the example as it was given."""
        self.run(self.example.batch(self.example.layouts()[0]), self.example.layouts()[0])

    def run(self, batch, first):
        """What the module returns for a batch."""
        with _at_rest(self.module, self.dtype):
            return self.module(*self.example.arguments(batch, first, self._moved, self.device))

    def _moved(self, tensor):
        return tensor.to(self.device, self.dtype, copy=True).contiguous()

    def trace(self, sequences, steps, first, lengths=None):
        """Run the module on the ids of a batch of some size.

        Raises
        ------
        WrongLayout
            If `first` is wrong.
        """
        loops = Loops()
        while True:
            loops.begin()
            run = self._trace_once(sequences, steps, first, lengths, loops)
            if not loops.next():
                return run

    def _trace_once(self, sequences, steps, first, lengths, loops):
        own = self.example.resized(first, sequences, steps, torch.empty)
        lengths = own.lengths if lengths is None else lengths
        provenance = Provenance(sequences, steps, lengths)
        ids = provenance.input(own.x.shape[2])
        trace = Trace(self.module, provenance, self.dtype, loops)
        trace.places.note(ids)
        states, at = [], STATES
        for state in own.states:
            states.append(torch.arange(at, at + state.numel()).reshape(state.shape))
            at += state.numel()
        batch = Batch(torch.from_numpy(ids), lengths, tuple(states))
        with _at_rest(self.module, self.dtype):
            answer = trace.run(self.example.arguments(batch, first, lambda tensor: traced(tensor.clone())))
        return TracedRun(provenance, *_answer(answer), trace.initial)


@dataclass(frozen=True)
class TracedRun:
    """What a module did with ids.

    Parameters
    ----------
    provenance : Provenance
    answer : numpy.ndarray
        Ids.
    states : list of numpy.ndarray
        Ids of what it returned besides.
    initial : list of numpy.ndarray
        For each part of the state of each cell, in the order in which they ran: ids of arguments, (sequences,
        units), or constants, (units,).
    """

    provenance: Provenance
    answer: np.ndarray
    states: list
    initial: list

    def network(self, name):
        """The network that it is."""
        return self.provenance.network(self.answer, name, self.states)

    def initial_state(self, net, states):
        """The flat initial state of a network for the states that the module is given; None if it takes none."""
        if not states:
            return None
        values = np.concatenate([state.reshape(-1).numpy() for state in states])
        sequences = self.provenance.sequences
        parts = [np.tile(part, (sequences, 1)) if part.ndim == 1 else values[part - STATES] for part in self.initial]
        if sum(part.shape[1] for part in parts) != net.state_size:
            raise RnnhwError("the module runs recurrent layers that its answer does not depend on, from given states")
        return np.concatenate(parts, axis=1)


def _answer(returned):
    """Ids of the answer, and of what stands beside it."""
    first, *others = list(_leaves(returned))
    for leaf in (first, *others):
        if not isinstance(leaf, Traced):
            raise RnnhwError("the module must return what it computes of its input, not a constant")
    ids = plain(first).numpy()
    if (ids == PADDED_ON).any():
        raise RnnhwError(f"the module returns {PADDED_ON_TEXT}, which is not supported")
    return ids, [plain(other).numpy() for other in others]


def _leaves(returned):
    """The tensors of what a module returned: the answer, and perhaps states behind it."""
    if isinstance(returned, torch.nn.utils.rnn.PackedSequence):
        raise RnnhwError("the module must return a padded tensor, not a packed sequence: use pad_packed_sequence")
    if isinstance(returned, torch.Tensor):
        yield returned
    elif isinstance(returned, tuple | list) and returned:
        for part in returned:
            if part is not None:
                yield from _leaves(part)
    else:
        raise RnnhwError(f"the module must return one tensor, and perhaps states, not a {type(returned).__name__}")


def answer_of(returned):
    """The answer of a real run as a float64 array."""
    y = next(_leaves(returned))
    if y.is_complex() or y.dtype == torch.bool:
        raise RnnhwError(f"the module must return floating point, not {y.dtype}")
    y = y.detach().to("cpu", torch.float64).numpy()
    if y.size == 0 or not np.isfinite(y).all():
        raise RnnhwError("the module must answer the example with finite numbers")
    return y


@contextmanager
def _at_rest(module, dtype):
    """Eval mode, no gradients, `dtype` as the default; all as it was afterwards."""
    training = [(part, part.training) for part in module.modules()]
    default = torch.get_default_dtype()
    try:
        module.eval()
        torch.set_default_dtype(dtype)
        with torch.no_grad():
            yield
    finally:
        torch.set_default_dtype(default)
        for part, flag in training:
            part.training = flag


def _said(error):
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"
