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
from rnnhw.importers.pytorch.operators import call, traced_in
from rnnhw.importers.pytorch.recurrent import PADDED_ON, PADDED_ON_TEXT
from rnnhw.importers.pytorch.tracing import STATES, Trace, Traced, plain, traced
from rnnhw.importers.tolerances import TOLERANCE, TOLERANCE_FLOAT32


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
            if hasattr(part, "_orig_mod"):
                raise RnnhwError(f"module {path!r} is compiled (torch.compile): give the module that it was made of")
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
        except RnnhwError:
            raise
        except Exception as error:
            raise RnnhwError(f"the module cannot run the example: {_said(error)}") from error

    def _use_copy(self):
        self.module = copy.deepcopy(self.module).to("cpu", torch.float64)
        self.dtype, self.device, self.tolerance = torch.float64, torch.device("cpu"), TOLERANCE
        self._try()

    def _try(self):
        """Run the example as it was given."""
        first = self.example.layouts()[0]
        y = next(_leaves(self.run(self.example.batch(first), first)))
        if y.is_floating_point() and y.dtype != torch.float64:
            self.tolerance = TOLERANCE_FLOAT32

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
            run, kept = self._trace(sequences, steps, first, lengths, loops)
            if not loops.next(run.provenance.lengths):
                break
        if kept and not self._forgets(run, (sequences, steps, first, lengths, loops)):
            raise RnnhwError(f"the module keeps {kept} from call to call, and what it computes depends on it")
        return run

    def _forgets(self, run, arguments):
        """Whether a second call does the same as the first one did."""
        try:
            again, _ = self._trace(*arguments, calls=2)
        except RnnhwError:
            return False
        pairs = ((run.answer, again.answer), *zip(run.initial, again.initial, strict=True))
        return all(np.array_equal(one, two) for one, two in pairs)

    def _trace(self, sequences, steps, first, lengths, loops, calls=1):
        """The last of some calls on ids, and the name of something that the module keeps of them."""
        own = self.example.resized(first, sequences, steps, torch.empty)
        lengths = own.lengths if lengths is None else lengths
        states, at = [], STATES
        for state in own.states:
            states.append(torch.arange(at, at + state.numel()).reshape(state.shape))
            at += state.numel()
        with _at_rest(self.module, self.dtype):
            for _ in range(calls):
                loops.begin()
                provenance = Provenance(sequences, steps, lengths)
                ids = provenance.input(own.x.shape[2])
                trace = Trace(self.module, provenance, self.dtype, loops, call)
                trace.places.note(ids)
                batch = Batch(torch.from_numpy(ids), lengths, tuple(states))
                answer = trace.run(self.example.arguments(batch, first, lambda tensor: traced(tensor.clone())))
            kept = _kept(self.module)
        return TracedRun(provenance, *_answer(answer), trace.initial), kept


def _kept(module):
    """Name of an attribute in which a module keeps values, None if there is none."""
    for path, part in module.named_modules():
        for key, value in vars(part).items():
            inner = value.items() if key == "_buffers" else [(key, value)]
            for name, kept in inner:
                if next(traced_in(kept), None) is not None:
                    return repr(f"{path}.{name}" if path else name)
    return None


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
    states = [plain(other).numpy() for other in others]
    if any((each == PADDED_ON).any() for each in (ids, *states)):
        raise RnnhwError(f"the module returns {PADDED_ON_TEXT}, which is not supported")
    return ids, states


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
    """Eval mode, no gradients, `dtype` as the default; all as it was afterwards, attributes included."""
    before = [(part, dict(vars(part)), dict(part._buffers)) for part in module.modules()]
    default = torch.get_default_dtype()
    try:
        module.eval()
        torch.set_default_dtype(dtype)
        with torch.no_grad():
            yield
    finally:
        torch.set_default_dtype(default)
        for part, attributes, buffers in before:
            for key in set(vars(part)) - set(attributes):
                del vars(part)[key]
            vars(part).update(attributes)
            part._buffers.update(buffers)


def _said(error):
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"
