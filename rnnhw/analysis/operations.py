"""Operations of a network: products of matrices exactly as PyTorch counts them, and what is done element by element.

All counts are of one sequence; a batch of B takes B times as many. A multiply-accumulate is two FLOPs.
"""

from dataclasses import dataclass

from rnnhw.analysis.shapes import CellShape, DenseShape, Shape

#: FLOPs of a multiply-accumulate.
FLOPS_PER_MAC = 2


@dataclass(frozen=True)
class Elementwise:
    """Operations on single elements, besides the products of matrices.

    Parameters
    ----------
    activations : int
        Sigmoids, hyperbolic tangents and relus, each as one operation.
    products, additions : int
        Additions of both sums (W x and U h) and of biases included.
    """

    activations: int
    products: int
    additions: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.activations + self.products + self.additions

    def __add__(self, other: "Elementwise") -> "Elementwise":
        return Elementwise(
            self.activations + other.activations, self.products + other.products, self.additions + other.additions
        )

    def __mul__(self, times: int) -> "Elementwise":
        return Elementwise(self.activations * times, self.products * times, self.additions * times)


#: Of a unit and step: activations, products, additions besides those of W x + U h and of biases.
#: LSTM: c' = f c + i g, h' = o tanh(c'). GRU: r p or r h, h' = n + z (h - n).
CELL_UPDATES = {"lstm": (5, 3, 1), "gru": (3, 2, 2), "rnn": (1, 0, 0)}


def evaluations(shape: Shape, steps: int) -> int:
    """How often the dense layers run in a sequence: once in "many-to-one", else at every step."""
    return 1 if shape.mode == "many-to-one" else steps


def forward_macs(shape: Shape, steps: int) -> int:
    """Multiply-accumulates of the matrix products of a forward pass over one sequence: one a weight and use."""
    cells = sum(cell.macs for cell in shape.cells)
    return steps * cells + evaluations(shape, steps) * sum(dense.macs for dense in shape.denses)


def step_macs(shape: Shape) -> int:
    """Multiply-accumulates of one step; in "many-to-one" without the dense layers, which come once a sequence."""
    return sum(cell.macs for cell in shape.cells) + (0 if shape.mode == "many-to-one" else dense_macs(shape))


def dense_macs(shape: Shape) -> int:
    """Multiply-accumulates of the dense layers, once."""
    return sum(dense.macs for dense in shape.denses)


def backward_macs(shape: Shape, steps: int) -> int:
    """Multiply-accumulates of the matrix products of backpropagation through one sequence.

    Those of PyTorch, to the last one: each weight matrix takes a product for its own gradient at every use, and one
    for the gradient of what it was multiplied with, where that is wanted. It is not for the first layer's input and
    for the initial state (W of layer 0: none; U: one less than there are steps). A GRU with the reset before
    multiplies U_n with r h, whose gradient is wanted at the first step too, as r has been learned.
    """
    cells = sum(cell_backward_macs(cell, steps) for cell in shape.cells)
    return cells + evaluations(shape, steps) * 2 * dense_macs(shape)


def cell_backward_macs(cell: CellShape, steps: int) -> int:
    """Multiply-accumulates backwards through so many steps of a cell, from the first one of a sequence or window on."""
    rows = cell.gates * cell.hidden
    to_input = 0 if cell.layer == 0 else steps * rows * cell.inputs
    to_state = (steps - 1) * rows * cell.outputs
    if cell.kind == "gru" and not cell.reset_after:
        to_state += cell.hidden * cell.hidden
    to_projected = steps * cell.projection * cell.hidden
    return steps * cell.weights + to_input + to_state + to_projected


def step_elementwise(cell: CellShape) -> Elementwise:
    """Element-wise operations of one step of a cell, forward.

    Per unit an LSTM has 5 activations, 3 products and 1 addition, a GRU 3, 2 and 2, an RNN 1, 0 and 0. For each
    row of the matrices comes the addition of W x and U h (in a GRU with the reset after for row n that of W x and
    r p), and each element of each bias vector is one addition.
    """
    activations, products, additions = (count * cell.hidden for count in CELL_UPDATES[cell.kind])
    return Elementwise(activations, products, additions + cell.gates * cell.hidden + cell.bias_parameters)


def dense_elementwise(dense: DenseShape) -> Elementwise:
    """Element-wise operations of a dense layer, forward: its biases, and its relu."""
    return Elementwise(dense.outputs * dense.relu, 0, dense.outputs * dense.bias)


def forward_elementwise(shape: Shape, steps: int) -> Elementwise:
    """Element-wise operations of a forward pass over one sequence."""
    total = Elementwise(0, 0, 0)
    for cell in shape.cells:
        total += step_elementwise(cell) * steps
    for dense in shape.denses:
        total += dense_elementwise(dense) * evaluations(shape, steps)
    return total
