"""What all recurrent cells in integers have in common: products, the walk over the steps, the trace."""

from collections.abc import Iterator

import numpy as np

from rnnhw.quantize import QuantizedCell, QuantizedNetwork

from .activation_unit import lookup
from .mac_array import ExactProduct
from .trace import Point, Trace

BLOCK_ELEMENTS = 1 << 23  # sums of the input's products that are held at a time


class GoldenCell:
    """A cell whose `advance` a kind of cell has to bring.

    Parameters
    ----------
    cell : QuantizedCell
    network : QuantizedNetwork
        Whose table and rounding modes are used.
    trace : Trace or None
    """

    def __init__(self, cell: QuantizedCell, network: QuantizedNetwork, trace: Trace | None):
        self.cell, self.trace = cell, trace
        x_shift, self.h_shift = cell.shifts
        self.input_product = ExactProduct(cell.weight_ih_raw, x_shift, cell.accumulator_bound)
        self._sigmoid, self._tanh, self._zero = lookup(network.table)
        self.z_sigmoid, self.z_tanh = network.preactivations
        self.rounding, self.gate_frac = network.config.rounding, network.config.activation_bits

    def point(self, name: str, target, role: str) -> Point:
        """A requantisation point of this cell."""
        return Point(self.cell.name, name, target, self.rounding[role], self.trace)

    def state_product(self, rows=slice(None)) -> ExactProduct:
        """The product of some rows of the recurrent weights with h (or what stands in its place)."""
        return ExactProduct(self.cell.weight_hh_raw[rows], self.h_shift, self.cell.accumulator_bound)

    def sigmoid(self, z_raw: np.ndarray) -> np.ndarray:
        """Sigmoid by the table."""
        return self._sigmoid[z_raw + self._zero]

    def tanh(self, z_raw: np.ndarray) -> np.ndarray:
        """Tanh by the table."""
        return self._tanh[z_raw + self._zero]

    def advance(self, projected: np.ndarray, states: list, alive: np.ndarray) -> tuple[list, dict]:
        """One step of all sequences.

        Parameters
        ----------
        projected : ndarray, shape (sequences, G*H)
            Exact products with this step's input.
        states : list of ndarray of int64, shape (sequences, H)
            h, and what other states the cell has.
        alive : ndarray of bool, shape (sequences,)
            The sequences to which the step belongs; only these are counted.

        Returns
        -------
        states : list of ndarray
        signals : dict of str to ndarray
            What the trace keeps beside h.
        """
        raise NotImplementedError

    def run(self, x_raw: np.ndarray, state_raw: np.ndarray, valid: np.ndarray, at: int, steps: int, backward: bool):
        """Walk over some steps of all sequences.

        Parameters
        ----------
        x_raw : ndarray of int64, shape (sequences, steps here, inputs)
        state_raw : ndarray of int64, shape (sequences, state_size)
            Before the first step, which for a backward cell is each sequence's last one.
        valid : ndarray of bool, shape (sequences, steps here)
            At other steps the state stays as it is.
        at, steps : int
            Which step is the first one here, and how many there are in all, for the trace.
        backward : bool

        Returns
        -------
        outputs : ndarray of int64, shape (sequences, steps here, H)
            h by time step; anything where a step is not valid.
        state_raw : ndarray of int64, shape (sequences, state_size)
        """
        states = np.split(state_raw, len(self.cell.state_formats), axis=1)
        outputs = np.empty((*x_raw.shape[:2], self.cell.hidden_size), np.int64)
        for step, projected in self._projections(x_raw, backward):
            alive = valid[:, step]
            after, signals = self.advance(projected, states, alive)
            outputs[:, step] = after[0]
            if self.trace is not None:
                for name, value in {**signals, "h": after[0]}.items():
                    self.trace.put(self.cell.name, name, (slice(None), at + step), steps, value)
            if not alive.all():
                after = [np.where(alive[:, None], new, old) for new, old in zip(after, states, strict=True)]
            states = after
        return outputs, np.concatenate(states, axis=1)

    def _projections(self, x_raw: np.ndarray, backward: bool) -> Iterator[tuple[int, np.ndarray]]:
        """Each step with its products with the input, which are made for many steps at once."""
        sequences, steps, _ = x_raw.shape
        block = max(1, BLOCK_ELEMENTS // (sequences * len(self.cell.weight_ih_raw)))
        order = np.arange(steps)[::-1] if backward else np.arange(steps)
        for begin in range(0, steps, block):
            chosen = order[begin : begin + block]
            projected = self.input_product(x_raw[:, chosen])
            for index, step in enumerate(chosen.tolist()):
                yield step, projected[:, index]
