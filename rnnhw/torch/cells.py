"""The recurrent cells as modules; each equation is that of docs/arithmetic.md."""

import torch
from torch.nn import functional

from rnnhw.errors import RnnhwError

from .activation_unit import ActivationUnit
from .layer import TrainedLayer, check_products
from .straight_through import ROUNDINGS, requantize

#: Fraction bits at which the sum of a GRU's candidate is still exact wherever it does not saturate.
SUM_FRACTION = 49


class TrainedCell(TrainedLayer):
    """One direction of one recurrent layer."""

    def adopt(self, cell, network):
        """Take formats.

        Parameters
        ----------
        cell : QuantizedCell
        network : QuantizedNetwork
            Whose table, widths and rounding hold for the cell.
        """
        self.quantized, self.units = cell, cell.hidden_size
        self.roundings = {role: ROUNDINGS[mode] for role, mode in network.config.rounding.items()}
        gates, binary = len(cell.gates), network.config.weight_bits == 1
        x_shift, h_shift = cell.shifts
        bits = max(cell.x.width + x_shift, cell.h.width + h_shift)
        check_products(cell.name, cell.input_size + cell.hidden_size, cell.weight_ih[0].width, bits)
        self.set_grid("weight_ih", cell.weight_ih, gates * self.units, binary)
        self.set_grid("weight_hh", cell.weight_hh, gates * self.units, binary)
        self.set_bias_grid("bias", [cell.accumulator_frac(gate) for gate in range(gates)])

    def prepared(self):
        """What `advance` needs of the parameters, rounded once a sequence."""
        return (self.rounded("weight_hh").T,)

    def advance(self, projected, states, weights):
        """One step: new states from sums with the input, shape (sequences, rows), and old states."""
        raise NotImplementedError

    def run(self, x, states, alive, backward):
        """Walk over the steps.

        Parameters
        ----------
        x : torch.Tensor, shape (steps, sequences, inputs)
        states : tuple of torch.Tensor, shape (sequences, units)
        alive : list of torch.Tensor of bool, shape (sequences, 1), or None
            By step, the sequences that it belongs to; None is all of them.
        backward : bool

        Returns
        -------
        outputs : torch.Tensor, shape (steps, sequences, units)
        states : tuple of torch.Tensor
        """
        projected = functional.linear(x, self.rounded("weight_ih"), self.rounded("bias")).unbind(0)
        weights, outputs = self.prepared(), [None] * len(x)
        for step in reversed(range(len(x))) if backward else range(len(x)):
            after = self.advance(projected[step], states, weights)
            outputs[step] = after[0]
            if alive[step] is not None:
                after = [torch.where(alive[step], new, old) for new, old in zip(after, states, strict=True)]
            states = after
        return torch.stack(outputs), states


class TrainedLSTM(TrainedCell):
    """``c' = R(f c + i g)``, ``h' = R(o tanh(R(c')))``."""

    def __init__(self, cell):
        super().__init__(cell, cell.tensors)

    def adopt(self, cell, network):
        super().adopt(cell, network)
        self.gates = ActivationUnit(network, "ssts", self.units)
        self.tanh = ActivationUnit(network, "t", self.units)

    def advance(self, projected, states, weights):
        h, c = states
        i, f, g, o = self.gates(torch.addmm(projected, h, *weights)).chunk(4, dim=1)
        c = requantize(f * c + i * g, self.quantized.c, self.roundings["c"])
        return requantize(o * self.tanh(c), self.quantized.h, self.roundings["h"]), c


class TrainedGRU(TrainedCell):
    """``h' = R(n + z (h - n))``, with the reset after or before the candidate's product."""

    def __init__(self, cell):
        super().__init__(cell, tuple(key for key in cell.tensors if key != "bias_hn" or cell.reset_after))

    def adopt(self, cell, network):
        super().adopt(cell, network)
        self.gates = ActivationUnit(network, "ss", self.units)
        self.tanh = ActivationUnit(network, "t", self.units)
        if cell.reset_after:
            self.set_bias_grid("bias_hn", [cell.accumulator_frac(2)])
            frac = network.config.activation_bits + cell.p.frac
            if frac > SUM_FRACTION:
                raise RnnhwError(
                    f"gate n of {cell.name} adds up {frac} fraction bits, training holds {SUM_FRACTION}: "
                    "its state's product is too small for these widths"
                )

    def prepared(self):
        weight = self.rounded("weight_hh").T
        if not self.quantized.reset_after:
            return weight[:, : 2 * self.units], weight[:, 2 * self.units :]
        bias = self.rounded("bias_hn")
        return weight, torch.cat([bias.new_zeros(2 * self.units), bias])

    def advance(self, projected, states, weights):
        (h,), split = states, 2 * self.units
        candidate = projected[:, split:]
        if self.quantized.reset_after:
            weight, bias = weights
            products = torch.addmm(bias, h, weight)
            r, z = self.gates(projected[:, :split] + products[:, :split]).chunk(2, dim=1)
            p = requantize(products[:, split:], self.quantized.p, self.roundings["c"])
            n = self.tanh(candidate + r * p)
        else:
            of_gates, of_candidate = weights
            r, z = self.gates(torch.addmm(projected[:, :split], h, of_gates)).chunk(2, dim=1)
            s = requantize(r * h, self.quantized.h, self.roundings["h"])
            n = self.tanh(torch.addmm(candidate, s, of_candidate))
        return (requantize(n + z * (h - n), self.quantized.h, self.roundings["h"]),)


class TrainedRNN(TrainedCell):
    """``h' = tanh(R(a))``, or ``h' = max(0, R(a))``."""

    def __init__(self, cell):
        super().__init__(cell, cell.tensors)

    def adopt(self, cell, network):
        super().adopt(cell, network)
        self.tanh = None if cell.activation == "relu" else ActivationUnit(network, "t", self.units)

    def advance(self, projected, states, weights):
        sums = torch.addmm(projected, states[0], *weights)
        if self.tanh is not None:
            return (self.tanh(sums),)
        return (torch.relu(requantize(sums, self.quantized.h, self.roundings["h"])),)
