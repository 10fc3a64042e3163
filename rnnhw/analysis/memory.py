"""What is kept in memory, in numbers (not bytes)."""

from rnnhw.analysis.operations import evaluations
from rnnhw.analysis.shapes import CellShape, Shape

#: Numbers that a unit's gates leave for the backward pass, besides h: i f g o c of an LSTM, r z n of a GRU (and p =
#: U_n h + b of one with the reset after).
KEPT_GATES = {"lstm": 5, "gru": 3, "rnn": 0}


def kept_elements(cell: CellShape) -> int:
    """Numbers that a cell has to keep of one step of one sequence, so that gradients can be computed.

    LSTM: i, f, g, o, c' and h', 6 H, or 5 H + P with a projection; tanh(c') and, with a projection, o tanh(c') are
    computed anew. GRU: r, z, n, h', and p = U_n h + b with the reset after: 5 H; with the reset before 4 H, as r h
    is computed anew. RNN: h', H (tanh' = 1 - h'^2, relu' = [h' > 0]). The old state is the new one of the step
    before, the input is what the layer below keeps.
    """
    extra = cell.kind == "gru" and cell.reset_after
    return (KEPT_GATES[cell.kind] + extra) * cell.hidden + cell.outputs


def activation_elements(shape: Shape, steps: int) -> int:
    """Numbers that backpropagation through `steps` steps of one sequence has to keep.

    Parameters
    ----------
    shape : Shape
    steps : int
        Steps that gradients go back: the sequence's, or those of a truncation.

    Returns
    -------
    int
        The inputs of all steps, `kept_elements` of each cell and step, and what each dense layer gives, as often as
        it runs. A batch of B keeps B times as many. The initial state (zeros) and gradients are not among them.
    """
    recurrent = steps * (shape.inputs + sum(kept_elements(cell) for cell in shape.cells))
    return recurrent + evaluations(shape, steps) * sum(dense.outputs for dense in shape.denses)


def buffer_elements(shape: Shape, steps: int) -> int:
    """Numbers that go in and out of layers while one sequence is run without training.

    The most that a layer takes and gives: of one step, or, if a layer goes backwards, of the whole sequence, since
    such a layer begins at the last step.
    """
    whole = steps if any(cell.backward for cell in shape.cells) else 1
    layers = (row[0].inputs + sum(cell.outputs for cell in row) for row in shape.rows)
    dense = max((dense.inputs + dense.outputs for dense in shape.denses), default=0)
    return max(whole * max(layers), dense)
