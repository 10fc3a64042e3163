"""The arguments of a module's forward: checked, understood, and made anew in other sizes."""

from dataclasses import dataclass

import numpy as np
import torch

from rnnhw.errors import RnnhwError


@dataclass(frozen=True)
class Batch:
    """What one call of a module is given, independent of how the module wants it.

    Parameters
    ----------
    x : torch.Tensor, shape (sequences, steps, features)
    lengths : numpy.ndarray of int64, shape (sequences,), or None
    states : tuple of torch.Tensor
        Initial states, in the order in which they stand among the arguments.
    """

    x: torch.Tensor
    lengths: np.ndarray | None
    states: tuple

    @property
    def sequences(self):
        """Number of sequences."""
        return self.x.shape[0]

    @property
    def steps(self):
        """Steps of each sequence, padding included."""
        return self.x.shape[1]


class Example:
    """What the user gave: sequences, and perhaps lengths and initial states.

    Parameters
    ----------
    given : tensor or array_like, or tuple of arguments
        The first one is the sequences; of the others a vector of ints is taken as lengths, floating point as
        initial states, everything else is handed on as it is.
    """

    def __init__(self, given):
        if isinstance(given, torch.nn.utils.rnn.PackedSequence):
            raise RnnhwError("example must be a padded tensor: packed sequences are not supported")
        first, *self._rest = given if isinstance(given, tuple) else (given,)
        self.x = _sequences(first)
        self.states = []
        self.lengths, self._lengths_given = None, None
        self._rest = [self._understood(value, number) for number, value in enumerate(self._rest, 1)]

    def _understood(self, value, number):
        """An argument with its tensors replaced by places to fill: the lengths, a state's number, or as it is."""
        what = f"argument {number} of the example"
        if isinstance(value, tuple | list) and any(isinstance(part, torch.Tensor | np.ndarray) for part in value):
            return type(value)(self._understood(part, number) for part in value)
        if isinstance(value, list) and value and all(type(part) is int for part in value):
            return self._take_lengths(np.array(value), list, what)
        if isinstance(value, np.ndarray):
            value = torch.from_numpy(value)
        if not isinstance(value, torch.Tensor):
            return _Constant(value)
        if value.is_floating_point():
            self.states.append(value.detach().to("cpu", torch.float64))
            if not torch.isfinite(self.states[-1]).all():
                raise RnnhwError(f"{what} must be finite, but holds NaN or infinity")
            return _State(len(self.states) - 1)
        if value.ndim == 1 and not value.is_complex() and value.dtype != torch.bool:
            return self._take_lengths(value.cpu().numpy(), value.dtype, what)
        raise RnnhwError(
            f"{what} must be lengths (a vector of ints) or an initial state (floating point), "
            f"not {value.dtype} of shape {tuple(value.shape)}"
        )

    def _take_lengths(self, lengths, kind, what):
        if self.lengths is not None:
            raise RnnhwError(f"{what} is a second vector of ints; only one can be the lengths")
        if len(lengths) not in self.x.shape[:2]:
            raise RnnhwError(
                f"{what} must hold one length a sequence, not {len(lengths)} for an example of shape "
                f"{tuple(self.x.shape)}"
            )
        if lengths.min() < 1:
            raise RnnhwError(f"{what}: lengths must be at least 1, not {lengths.min()}")
        self.lengths = lengths.astype(np.int64)
        return _Lengths(kind)

    def layouts(self):
        """Whether the first axis counts the sequences (else the second): what is possible, the likelier first."""
        if self.lengths is None or self.x.shape[0] == self.x.shape[1]:
            return (True, False)
        return (self.x.shape[0] == len(self.lengths),)

    def batch(self, first):
        """The example itself, if its first axis counts the sequences (`first`), or its second does."""
        x = self.x if first else self.x.transpose(0, 1)
        return Batch(x, self.lengths, tuple(self.states))

    def resized(self, first, sequences, steps, make):
        """A batch of another size.

        Parameters
        ----------
        first : bool
        sequences, steps : int
        make : callable
            Shape -> tensor; called for x, then for each state in order.
        """
        own = self.batch(first)
        x = make((sequences, steps, own.x.shape[2]))
        lengths = None if own.lengths is None else np.maximum(2, steps - np.arange(sequences))
        return Batch(x, lengths, tuple(make(_resized(state, own.sequences, sequences)) for state in own.states))

    def arguments(self, batch, first, moved, device="cpu"):
        """What the module is called with; `moved` makes what it is given of each floating point tensor."""
        x = batch.x if first else batch.x.transpose(0, 1)
        return [moved(x), *(_filled(place, batch, moved, device) for place in self._rest)]


@dataclass(frozen=True)
class _Constant:
    value: object


@dataclass(frozen=True)
class _State:
    number: int


@dataclass(frozen=True)
class _Lengths:
    kind: object


def _filled(place, batch, moved, device):
    if isinstance(place, tuple | list):
        return type(place)(_filled(part, batch, moved, device) for part in place)
    if isinstance(place, _State):
        return moved(batch.states[place.number])
    if isinstance(place, _Lengths):
        return batch.lengths.tolist() if place.kind is list else torch.from_numpy(batch.lengths.copy()).to(place.kind)
    return place.value


def _resized(state, before, sequences):
    """Shape of a state for another number of sequences, which PyTorch counts along the last axis but one."""
    shape = list(state.shape)
    for axis in (-2, 0):
        if len(shape) > 1 and shape[axis] == before:
            shape[axis] = sequences
            return tuple(shape)
    raise RnnhwError(
        f"an initial state of the example must have {before} sequences along its last axis but one, "
        f"not shape {tuple(shape)}"
    )


def _sequences(x):
    """The sequences of an example as a float64 tensor with 3 axes, on the CPU."""
    if isinstance(x, torch.Tensor):
        x = x.detach().to("cpu", torch.float64) if x.is_floating_point() else x.detach().cpu()
    x = np.asarray(x)
    if x.dtype.kind not in "f":
        raise RnnhwError(f"example must be floating point, not dtype {x.dtype}")
    if x.ndim != 3:
        raise RnnhwError(f"example must have 3 axes (a batch of sequences), not shape {x.shape}")
    if x.size == 0:
        raise RnnhwError(f"example must not be empty, its shape is {x.shape}")
    if not np.isfinite(x).all():
        raise RnnhwError("example must be finite, but holds NaN or infinity")
    return torch.from_numpy(x.astype(np.float64))
