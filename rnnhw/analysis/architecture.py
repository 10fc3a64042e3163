"""What is analysed: a recurrent network by its sizes, without weights."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rnnhw.analysis.shapes import CellShape, DenseShape, Shape
from rnnhw.errors import RnnhwError
from rnnhw.network import Network
from rnnhw.validation import Options

#: Sizes beyond this are typing errors.
LARGEST = 1 << 20


class Architecture(Options):
    """A stack of equal recurrent layers and a dense head, by its sizes.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
    inputs : int
        Elements of the input of one step.
    hidden : int
        Units of each cell, H.
    layers : int
        Recurrent layers, one on the other.
    bidirectional : bool
        Whether each layer has a second cell that goes backwards; the next layer takes the outputs of both.
    outputs : int
        Units of a dense layer behind the last recurrent one; 0 for none.
    mode : {"many-to-one", "many-to-many"}
        Whether the dense layer runs once, behind the last step, or at every step.
    biases : {2, 1, 0}
        Bias vectors of a cell: two as PyTorch has them (Keras's GRU too), one where only their sum counts (Keras's
        LSTM and SimpleRNN), or none. A GRU with the reset after needs the candidate's second one also with 1.
        The dense layer has one unless it is 0.
    activation : {"tanh", "relu"}
        Of a plain RNN.
    reset_after : bool
        Of a GRU: whether r multiplies U_n h + b (PyTorch, Keras's default), or h itself.
    projection : int
        Of an LSTM: elements of h after PyTorch's `proj_size`; 0 for none.

    Raises
    ------
    RnnhwError
        A size out of range, or an option that the cell does not have.
    """

    cell: Literal["lstm", "gru", "rnn"] = "lstm"
    inputs: Annotated[int, Field(ge=1, le=LARGEST)] = 1
    hidden: Annotated[int, Field(ge=1, le=LARGEST)] = 64
    layers: Annotated[int, Field(ge=1, le=1024)] = 1
    bidirectional: bool = False
    outputs: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    mode: Literal["many-to-one", "many-to-many"] = "many-to-one"
    biases: Literal[2, 1, 0] = 2
    activation: Literal["tanh", "relu"] = "tanh"
    reset_after: bool = True
    projection: Annotated[int, Field(ge=0, le=LARGEST)] = 0

    @model_validator(mode="after")
    def _cell_has(self):
        for name, cell, usual in (
            ("activation", "rnn", "tanh"),
            ("reset_after", "gru", True),
            ("projection", "lstm", 0),
        ):
            value = getattr(self, name)
            if value != usual and self.cell != cell:
                raise RnnhwError(f"{name} is an option of the {cell.upper()}, not of the {self.cell.upper()}")
        if self.projection >= self.hidden:
            raise RnnhwError(f"projection must be less than the {self.hidden} hidden units, not {self.projection}")
        return self

    @property
    def shape(self) -> Shape:
        """All cells and dense layers with their sizes."""
        cells, inputs = [], self.inputs
        for layer in range(self.layers):
            row = [self._cell(layer, inputs, backward) for backward in (False, True)[: 1 + self.bidirectional]]
            inputs = sum(cell.outputs for cell in row)
            cells += row
        denses = (DenseShape("fc0", inputs, self.outputs, self.biases > 0),) if self.outputs else ()
        return Shape(tuple(cells), denses, self.mode)

    def _cell(self, layer: int, inputs: int, backward: bool) -> CellShape:
        return CellShape(
            name=f"{self.cell}{layer}" + "_backward" * backward,
            kind=self.cell,
            layer=layer,
            inputs=inputs,
            hidden=self.hidden,
            biases=self.biases,
            backward=backward,
            activation=self.activation,
            reset_after=self.reset_after,
            projection=self.projection,
        )

    def __str__(self):
        both = "bidirectional " if self.bidirectional else ""
        relu = "relu " if self.activation == "relu" else ""
        more = [] if self.reset_after else ["reset before"]
        more += [f"projected to {self.projection}"] if self.projection else []
        more += [f"{self.inputs:,} input" + "s" * (self.inputs > 1)]
        more += [f"{self.outputs:,} output" + "s" * (self.outputs > 1)] if self.outputs else []
        return f"{self.layers} x {self.hidden} {both}{relu}{self.cell.upper()}, {', '.join(more)}"


def shape_of(net: Network, biases: int = 1) -> Shape:
    """The sizes of a network.

    Parameters
    ----------
    net : Network
    biases : {2, 1, 0}
        As of `Architecture`: a network holds one bias, the sum of the framework's two.
    """
    cells = [
        CellShape(
            name=cell.name,
            kind=cell.kind,
            layer=at,
            inputs=cell.input_size,
            hidden=cell.hidden_size,
            biases=biases,
            backward=backward,
            activation=getattr(cell, "activation", "tanh"),
            reset_after=getattr(cell, "reset_after", True),
        )
        for at, layer in enumerate(net.recurrents)
        for cell, backward in zip(layer.cells, layer.backwards, strict=True)
    ]
    denses = [
        DenseShape(dense.name, dense.input_size, dense.output_size, biases > 0, dense.activation == "relu")
        for dense in net.denses
    ]
    return Shape(tuple(cells), tuple(denses), net.mode)
