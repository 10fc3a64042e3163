"""Networks as a framework would begin to train them: drawn with a seed."""

import numpy as np

from rnnhw.analysis.architecture import Architecture
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import choice
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Dense, Network

FRAMEWORKS = ("pytorch", "keras")
#: Numbers that are drawn, at most: 512 MB of them.
LARGEST = 1 << 26


def initial_network(architecture: Architecture, seed: int = 0, framework: str = "pytorch") -> Network:
    """A network of an architecture with a framework's default initialisation.

    PyTorch draws all weights and biases of a cell from U(-1/sqrt(H), 1/sqrt(H)), and those of a dense layer from
    U(-1/sqrt(I), 1/sqrt(I)) (`RNNBase.reset_parameters`, `Linear.reset_parameters`). Keras draws kernels from
    U(-sqrt(6/(in + out)), ...) (Glorot & Bengio 2010), recurrent kernels as an orthogonal matrix over all gates
    (Saxe et al. 2014), and begins with zero biases but for the LSTM's forget gate, which has 1 (Jozefowicz et al.
    2015).

    Parameters
    ----------
    architecture : Architecture
        Without a projection, which `Network` does not have.
    seed : int
    framework : {"pytorch", "keras"}

    Returns
    -------
    Network
        In float64.

    Raises
    ------
    RnnhwError
        An architecture with a projection or more than `LARGEST` parameters, or another framework.
    """
    choice("framework", framework, FRAMEWORKS)
    if architecture.projection:
        raise RnnhwError("projection must be 0 here: networks have no projected LSTMs")
    if architecture.shape.parameters > LARGEST:
        raise RnnhwError(f"parameters must be at most {LARGEST:,} to be drawn, not {architecture.shape.parameters:,}")
    draw = (_PyTorch if framework == "pytorch" else _Keras)(np.random.default_rng(seed), architecture.biases)
    shape, layers = architecture.shape, []
    for at in range(shape.layers):
        cells = [_cell(draw, cell) for cell in shape.cells if cell.layer == at]
        layers.append(cells[0] if len(cells) == 1 else Bidirectional(*cells, name=f"bidirectional{at}"))
    for dense in shape.denses:
        layers.append(Dense(*draw.dense(dense.inputs, dense.outputs), name=dense.name))
    return Network(layers, mode=architecture.mode, name=architecture.cell)


def other_cells(architecture: Architecture) -> dict[str, Architecture]:
    """RNN, LSTM and GRU of the same sizes, by their kinds; what only one of them has stays with that one.

    Parameters
    ----------
    architecture : Architecture
    """
    sizes = architecture.model_dump(exclude={"cell", "activation", "reset_after", "projection"})
    return {
        kind: architecture if kind == architecture.cell else Architecture(cell=kind, **sizes)
        for kind in ("rnn", "lstm", "gru")
    }


def _cell(draw, cell):
    weight_ih, weight_hh, bias, second = draw.cell(cell)
    if cell.kind == "gru":
        last = slice(2 * cell.hidden, None)
        bias = bias.copy()
        bias[: 2 * cell.hidden] += second[: 2 * cell.hidden]
        if not cell.reset_after:
            bias[last] += second[last]
            second = np.zeros_like(second)
        return GRU(weight_ih, weight_hh, bias, second[last], cell.reset_after, name=cell.name)
    if cell.kind == "lstm":
        return LSTM(weight_ih, weight_hh, bias + second, name=cell.name)
    return RNN(weight_ih, weight_hh, bias + second, cell.activation, name=cell.name)


class _PyTorch:
    """Uniform within 1 / sqrt(H), and of dense layers within 1 / sqrt(inputs)."""

    def __init__(self, rng, biases: int):
        self.rng, self.biases = rng, biases

    def _uniform(self, bound: float, *shape) -> np.ndarray:
        return self.rng.uniform(-bound, bound, shape)

    def cell(self, cell):
        """Weights of input and state, and both biases."""
        rows, bound = cell.gates * cell.hidden, cell.hidden**-0.5
        weights = self._uniform(bound, rows, cell.inputs), self._uniform(bound, rows, cell.hidden)
        first, second = (self._uniform(bound * (self.biases > at), rows) for at in range(2))
        return *weights, first, second

    def dense(self, inputs: int, outputs: int):
        """Weights and biases."""
        bound = inputs**-0.5
        return self._uniform(bound, outputs, inputs), self._uniform(bound * (self.biases > 0), outputs)


class _Keras:
    """Glorot's uniform kernels, orthogonal recurrent ones, no biases but the forget gate's."""

    def __init__(self, rng, biases: int):
        self.rng, self.biases = rng, biases

    def _glorot(self, rows: int, columns: int) -> np.ndarray:
        bound = (6 / (rows + columns)) ** 0.5
        return self.rng.uniform(-bound, bound, (rows, columns))

    def cell(self, cell):
        """Weights of input and state, and both biases."""
        rows = cell.gates * cell.hidden
        q, r = np.linalg.qr(self.rng.standard_normal((rows, cell.hidden)))
        bias = np.zeros(rows)
        if cell.kind == "lstm" and self.biases:
            bias[cell.hidden : 2 * cell.hidden] = 1
        return self._glorot(rows, cell.inputs), q * np.sign(np.diag(r)), bias, np.zeros(rows)

    def dense(self, inputs: int, outputs: int):
        """Weights and biases."""
        return self._glorot(outputs, inputs), np.zeros(outputs)
