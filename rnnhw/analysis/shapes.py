"""Sizes of cells and dense layers, and what follows from them alone: parameters, state, matrix products."""

from dataclasses import dataclass
from itertools import groupby

#: Rows of a cell's matrices, in units of H.
GATES = {"rnn": 1, "lstm": 4, "gru": 3}


@dataclass(frozen=True)
class CellShape:
    """A recurrent cell by its sizes.

    Parameters
    ----------
    name : str
    kind : {"rnn", "lstm", "gru"}
    layer : int
        Number of its layer; both cells of a bidirectional layer have the same.
    inputs, hidden : int
        I and H.
    biases : {2, 1, 0}
        Bias vectors, see `rnnhw.analysis.Architecture`.
    backward : bool
        Whether it goes from the last step to the first.
    activation : {"tanh", "relu"}
        Of a plain RNN.
    reset_after : bool
        Of a GRU.
    projection : int
        Of an LSTM: elements of h, P; 0 for none.
    """

    name: str
    kind: str
    layer: int
    inputs: int
    hidden: int
    biases: int = 2
    backward: bool = False
    activation: str = "tanh"
    reset_after: bool = True
    projection: int = 0

    @property
    def gates(self) -> int:
        """Rows of the matrices in units of H, G: 4 of an LSTM, 3 of a GRU, 1 of an RNN."""
        return GATES[self.kind]

    @property
    def outputs(self) -> int:
        """Elements of h: H, or P with a projection."""
        return self.projection or self.hidden

    @property
    def weights(self) -> int:
        """G H (I + H); with a projection G H (I + P) + P H."""
        return self.gates * self.hidden * (self.inputs + self.outputs) + self.projection * self.hidden

    @property
    def bias_parameters(self) -> int:
        """G H for each bias vector; with one, a GRU with the reset after has H more, of the candidate's second."""
        extra = self.hidden if (self.kind, self.biases, self.reset_after) == ("gru", 1, True) else 0
        return self.biases * self.gates * self.hidden + extra

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.weights + self.bias_parameters

    @property
    def formula(self) -> str:
        """Parameters in letters: weights, then each bias vector."""
        rows = f"{self.gates}H" if self.gates > 1 else "H"
        weights = f"{rows} (I + P) + P H" if self.projection else f"{rows} (I + H)"
        biases = ("", f" + {rows}", f" + 2 x {rows}")[self.biases]
        rest = self.bias_parameters - self.biases * self.gates * self.hidden
        return weights + biases + (" + H" if rest else "")

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the matrix products of one step: one for each weight."""
        return self.weights

    @property
    def state(self) -> int:
        """Elements kept from step to step: h, and of an LSTM c."""
        return self.outputs + (self.hidden if self.kind == "lstm" else 0)


@dataclass(frozen=True)
class DenseShape:
    """A dense layer by its sizes."""

    name: str
    inputs: int
    outputs: int
    bias: bool = True
    relu: bool = False

    @property
    def parameters(self) -> int:
        """Outputs times inputs, and the biases."""
        return self.outputs * (self.inputs + self.bias)

    @property
    def formula(self) -> str:
        """Parameters in letters."""
        return "O (I + 1)" if self.bias else "O I"

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one evaluation: one for each weight."""
        return self.outputs * self.inputs


@dataclass(frozen=True)
class Shape:
    """A network by its sizes.

    Parameters
    ----------
    cells : tuple of CellShape
        By layers, of a bidirectional one the forward cell first.
    denses : tuple of DenseShape
    mode : str
        As of `rnnhw.network.Network`: in "many-to-one" the dense layers run once a sequence, else at every step.
    """

    cells: tuple[CellShape, ...]
    denses: tuple[DenseShape, ...]
    mode: str

    @property
    def inputs(self) -> int:
        """Elements of the input of one step."""
        return self.cells[0].inputs

    @property
    def rows(self) -> tuple[tuple[CellShape, ...], ...]:
        """The cells of each recurrent layer."""
        return tuple(tuple(row) for _, row in groupby(self.cells, key=lambda cell: cell.layer))

    @property
    def layers(self) -> int:
        """Recurrent layers."""
        return 1 + self.cells[-1].layer

    @property
    def outputs(self) -> int:
        """Elements of an answer."""
        if self.denses:
            return self.denses[-1].outputs
        return sum(cell.outputs for cell in self.rows[-1])

    @property
    def parameters(self) -> int:
        """Numbers that training learns."""
        return sum(part.parameters for part in (*self.cells, *self.denses))

    @property
    def state(self) -> int:
        """Elements of the state of one sequence."""
        return sum(cell.state for cell in self.cells)
