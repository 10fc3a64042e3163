"""The layers of a network as modules, one behind the other."""

from functools import partial

import torch

from rnnhw.golden.state import initial_states, states_to_float
from rnnhw.network import MANY_TO_ONE, Dense

from .layers import TrainedDense, TrainedRecurrent
from .straight_through import ROUNDINGS, nearest, requantize


class TrainedChain(torch.nn.ModuleList):
    """All layers of a network.

    Parameters
    ----------
    net : Network
    """

    def __init__(self, net):
        super().__init__(
            TrainedDense(layer) if isinstance(layer, Dense) else TrainedRecurrent(layer) for layer in net.layers
        )
        self.source, self._recurrents = net, len(net.recurrents)

    def to_layers(self):
        """The float layers with the arrays as they are now."""
        return tuple(layer.to_layer() for layer in self)

    def adopt(self, formats):
        """Take the formats of a `QuantizedNetwork`."""
        before, self._to_x = formats.input, []
        rounding = ROUNDINGS[formats.config.rounding["y"]]
        for trained, layer in zip(self, formats.layers, strict=True):
            trained.adopt(layer, formats.of(layer))
            same = layer.x == before
            self._to_x.append(_unchanged if same else partial(requantize, form=layer.x, rounding=rounding))
            before = layer.output
        self.formats = formats

    def take_biases(self, formats):
        """Begin again with the biases of a `QuantizedNetwork`, which may be corrected."""
        for trained, layer in zip(self, formats.layers, strict=True):
            trained.take_biases(layer)

    def states(self, given, sequences, device):
        """The states of all cells before the first step: those that are given (or None), or their own."""
        array = given.detach().cpu().numpy() if isinstance(given, torch.Tensor) else given
        raw = initial_states(self.formats, array, sequences, raw=False)  # checks what is given
        values = torch.from_numpy(states_to_float(self.formats, raw)).to(device)
        if isinstance(given, torch.Tensor) and given.requires_grad:
            given = given.double()
            values = given + (values - given).detach()  # exact: both are within a factor of two, or one is zero
        return list(values.split([count for _, count in self.formats.state_formats], dim=1))

    def answers(self, x, lengths, states):
        """Answers to sequences, before the head; of one-to-many all steps, each fed with the one before.

        Parameters
        ----------
        x : torch.Tensor, shape (sequences, steps, inputs)
        lengths : torch.Tensor of int64, shape (sequences,)
        states : list of torch.Tensor, shape (sequences, units)

        Returns
        -------
        y : torch.Tensor, shape (sequences, outputs) if many-to-one, else (sequences, steps, outputs)
        states : list of torch.Tensor
        """
        form, rounding = self.formats.input, ROUNDINGS[self.formats.config.rounding["y"]]
        y, states = self.run(requantize(x.double(), form, nearest).transpose(0, 1), lengths, states)
        if self.source.mode == MANY_TO_ONE:
            return y, states
        answers = [y]
        for _ in range(1, self.source.steps or 1):
            y, states = self.run(requantize(y, form, rounding), lengths, states)
            answers.append(y)
        return torch.cat(answers).transpose(0, 1), states

    def run(self, value, lengths, states):
        """All layers over some steps, which come first in `value`; else as for `answers`."""
        alive = [None if step.all() else step[:, None] for step in inside(len(value), lengths).T]
        states, after, final = list(states), [], None
        layers = list(zip(self, self._to_x, strict=True))
        for layer, to_x in layers[: self._recurrents]:
            value, final, ended = layer.run(to_x(value), states, alive)
            after.extend(ended)
        if self.source.mode == MANY_TO_ONE:
            last = lengths - 1, torch.arange(len(lengths), device=value.device)
            value = final if self.source.reading == "final" else value[last]
        for layer, to_x in layers[self._recurrents :]:
            value = layer(to_x(value))
        return value, after


def inside(steps, lengths):
    """Which of so many steps belong to each sequence, shape (sequences, steps)."""
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


def _unchanged(value):
    return value
