"""What pruning saves in memory: sparse matrices with all that says where their elements stand."""

from dataclasses import asdict, dataclass

from rnnhw.analysis.shapes import CellShape, Shape

#: Shares of the weights that are cut.
SHARES = (0.5, 0.75, 0.9)
#: Bytes of a row's beginning in compressed sparse rows.
POINTER = 4

#: Bytes in each form, by matrices of `rows` and `columns` with `kept` weights.
FORMULAE = {
    "dense": "p w",
    "bitmap": "sum(w kept + rows columns / 8) + w biases",
    "sparse rows": "sum((w + 2 or 4) kept + 4 (rows + 1)) + w biases",
}


@dataclass(frozen=True)
class Pruned:
    """A network of whose weights a share is zero.

    Parameters
    ----------
    share : float
        Of each matrix; those of least magnitude (Han et al. 2015). Biases stay.
    weights, kept : int
        Weights in all, and those that are not zero.
    rows_bytes : int
        Stored as compressed sparse rows: each weight with its column (2 bytes up to 65,536 columns, else 4), and 4
        bytes where each row begins; biases as they are.
    bitmap_bytes : int
        Stored as one bit for each place and the weights that are not zero; biases as they are.
    dense_bytes : int
        Stored with their zeros.
    """

    share: float
    weights: int
    kept: int
    rows_bytes: int
    bitmap_bytes: int
    dense_bytes: int

    @property
    def stored(self) -> int:
        """Bytes in the form that takes least: zeros and all if nothing else does."""
        return min(self.rows_bytes, self.bitmap_bytes, self.dense_bytes)

    @property
    def form(self) -> str:
        """Its name."""
        forms = {"dense": self.dense_bytes, "bitmap": self.bitmap_bytes, "sparse rows": self.rows_bytes}
        return min(forms, key=forms.get)

    def data(self) -> dict:
        """As plain data."""
        return asdict(self) | {"stored": self.stored, "form": self.form}


def matrices(shape: Shape) -> list[tuple[int, int]]:
    """Rows and columns of all weights."""
    found = [sizes for cell in shape.cells for sizes in _of_cell(cell)]
    return found + [(dense.outputs, dense.inputs) for dense in shape.denses]


def _of_cell(cell: CellShape) -> list[tuple[int, int]]:
    rows = cell.gates * cell.hidden
    projection = [(cell.projection, cell.hidden)] if cell.projection else []
    return [(rows, cell.inputs), (rows, cell.outputs), *projection]


def pruned(shape: Shape, share: float, size: int) -> Pruned:
    """What is stored of a network of whose weights a share is cut, in each matrix.

    Parameters
    ----------
    shape : Shape
    share : float
        0..1; in a matrix of n elements floor(share n) become zero.
    size : int
        Bytes of a number.
    """
    weights = kept = positions = bitmap = 0
    for rows, columns in matrices(shape):
        left = rows * columns - int(share * rows * columns)
        weights, kept = weights + rows * columns, kept + left
        positions += left * (2 if columns <= 1 << 16 else 4) + POINTER * (rows + 1)
        bitmap += -(-rows * columns // 8)
    biases = size * (shape.parameters - weights)
    return Pruned(
        share=share,
        weights=weights,
        kept=kept,
        rows_bytes=biases + size * kept + positions,
        bitmap_bytes=biases + size * kept + bitmap,
        dense_bytes=size * shape.parameters,
    )
