"""The layers as modules: recurrent ones of one or two cells, and dense ones."""

from dataclasses import replace

import torch
from torch.nn import functional

from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Reversed

from .cells import TrainedGRU, TrainedLSTM, TrainedRNN
from .layer import TrainedLayer, check_products
from .straight_through import ROUNDINGS, requantize

_CELLS = {LSTM: TrainedLSTM, GRU: TrainedGRU, RNN: TrainedRNN}


class TrainedRecurrent(torch.nn.Module):
    """A recurrent layer.

    Parameters
    ----------
    layer : LSTM, GRU, RNN, Bidirectional or Reversed
    """

    def __init__(self, layer):
        super().__init__()
        self.source = layer
        self.cells = torch.nn.ModuleList(_CELLS[type(cell)](cell) for cell in layer.cells)

    @property
    def name(self):
        """Name of the layer."""
        return self.source.name

    def to_layer(self):
        """The layer with the arrays as they are now."""
        cells = [cell.to_layer() for cell in self.cells]
        parts = {Bidirectional: ("forward", "backward"), Reversed: ("cell",)}.get(type(self.source))
        return cells[0] if parts is None else replace(self.source, **dict(zip(parts, cells, strict=True)))

    def adopt(self, layer, network):
        """Take formats, those of a layer in integers and of the network that it stands in."""
        for trained, cell in zip(self.cells, layer.cells, strict=True):
            trained.adopt(cell, network)

    def take_biases(self, layer):
        """Begin again with the biases of the layer in integers."""
        for trained, cell in zip(self.cells, layer.cells, strict=True):
            trained.take_biases(cell)

    def run(self, x, states, alive):
        """All cells over all steps.

        Parameters
        ----------
        x : torch.Tensor, shape (steps, sequences, inputs)
        states : list of torch.Tensor, shape (sequences, units)
            The states of all cells from here on; those of this layer are taken out.
        alive : list
            As in `TrainedCell.run`.

        Returns
        -------
        outputs : torch.Tensor, shape (steps, sequences, outputs)
        final : torch.Tensor, shape (sequences, outputs)
            Each cell's own last h.
        states : list of torch.Tensor
        """
        outputs, finals, after = [], [], []
        for cell, backward in zip(self.cells, self.source.backwards, strict=True):
            count = len(cell.quantized.state_formats)
            given, states[:count] = tuple(states[:count]), []
            values, ended = cell.run(x, given, alive, backward)
            outputs.append(values)
            finals.append(ended[0])
            after.extend(ended)
        return torch.cat(outputs, dim=2), torch.cat(finals, dim=1), after


class TrainedDense(TrainedLayer):
    """``y = R(V x + b)``, then relu where the layer has one.

    Parameters
    ----------
    layer : Dense
    """

    def __init__(self, layer):
        super().__init__(layer, layer.tensors)

    def adopt(self, layer, network):
        """Take formats, those of a layer in integers and of the network that it stands in."""
        self.quantized = layer
        self.rounding = ROUNDINGS[network.config.rounding["y"]]
        check_products(layer.name, layer.input_size, layer.weight.width, layer.x.width)
        self.set_grid("weight", (layer.weight,), layer.output_size, network.config.weight_bits == 1)
        self.set_bias_grid("bias", [layer.accumulator_frac])

    def forward(self, x):
        """Outputs, shape (..., outputs)."""
        sums = functional.linear(x, self.rounded("weight"), self.rounded("bias"))
        y = requantize(sums, self.quantized.y, self.rounding)
        return torch.relu(y) if self.quantized.relu else y
