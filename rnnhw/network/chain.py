"""Layers that run one behind the other: what follows from their order, and the check of it."""

from functools import cached_property
from itertools import pairwise

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.layers import RECURRENT, Dense


class Chain:
    """What is known of a network from its `layers` alone."""

    @property
    def recurrents(self):
        """The recurrent layers, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, RECURRENT))

    @property
    def denses(self):
        """The dense layers, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, Dense))

    @property
    def cells(self):
        """All cells in the order of the state: by layers, of a Bidirectional the forward one first."""
        return tuple(cell for layer in self.layers for cell in layer.cells)

    @property
    def state_size(self):
        """Elements of the whole state: for each of `cells` h, and for an LSTM c behind it."""
        return sum(cell.state_size for cell in self.cells)

    @cached_property
    def initial(self):
        """The constant initial state, flat, of shape (state_size,)."""
        initial = np.concatenate([cell.initial for cell in self.cells])
        initial.setflags(write=False)
        return initial

    @property
    def input_size(self):
        """Elements of the input of one step."""
        return self.layers[0].input_size

    @property
    def result_size(self):
        """Outputs of the last layer, before the head."""
        return self.layers[-1].output_size


def check_chain(layers):
    """Refuse anything but one or more recurrent layers, then Dense ones, with sizes that chain and own names."""
    for at, layer in enumerate(layers):
        if not isinstance(layer, (*RECURRENT, Dense)):
            kinds = "an LSTM, GRU, RNN, Bidirectional, Reversed or Dense"
            raise TypeError(f"layers[{at}] must be {kinds}, not {type(layer).__name__}")
    if not layers or isinstance(layers[0], Dense):
        raise RnnhwError("a network must begin with a recurrent layer")
    for before, layer in pairwise(layers):
        if isinstance(before, Dense) and not isinstance(layer, Dense):
            kind = type(layer).__name__
            raise RnnhwError(
                f"{kind} {layer.name!r} must not follow Dense {before.name!r}: recurrent layers come first"
            )
        if layer.input_size != before.output_size:
            raise RnnhwError(
                f"layer {layer.name!r} must take the {before.output_size} outputs of {before.name!r}, "
                f"but has {layer.input_size} inputs"
            )
    names = [part.name for layer in layers for part in (layer, *(cell for cell in layer.cells if cell is not layer))]
    for name in names:
        if names.count(name) > 1:
            raise RnnhwError(f"layer name {name!r} is used {names.count(name)} times; each must be its own")
