"""The same network otherwise: of another cell, shorter, with fewer layers, in fewer bits, pruned."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from math import ceil

from rnnhw.analysis.architecture import Architecture
from rnnhw.analysis.calculation import Calculation, calculate, sized
from rnnhw.analysis.figure import SOURCES
from rnnhw.analysis.processor import Processor
from rnnhw.analysis.pruning import FORMULAE, SHARES, Pruned, pruned
from rnnhw.analysis.shapes import CellShape, Shape
from rnnhw.analysis.workload import Workload

#: Widths that parameters are stored in, besides those of the workload.
WIDTHS = (16, 8, 4)


def side_by_side(
    shape: Shape | Architecture, workload: Workload, processor: Processor | None = None
) -> dict[str, Calculation]:
    """RNN, LSTM and GRU of the same size.

    All cells become of the one kind; options of a kind (relu, reset before, projection) stay where cells have it.

    Parameters
    ----------
    shape : Shape or Architecture
    workload : Workload
    processor : Processor, optional

    Returns
    -------
    dict of str to Calculation
        By kind of cell: "rnn", "lstm", "gru".
    """
    whole = sized(shape)
    found = {}
    for kind in ("rnn", "lstm", "gru"):
        rows = [[_as_kind(cell, kind) for cell in row] for row in whole.rows]
        found[kind] = calculate(_chained(rows, whole), workload, processor)
    return found


def _as_kind(cell: CellShape, kind: str) -> CellShape:
    if cell.kind == kind:
        return cell
    name = cell.name.replace(cell.kind, kind, 1)
    return replace(cell, kind=kind, name=name, activation="tanh", reset_after=True, projection=0)


def _chained(rows: Iterable[Iterable[CellShape]], whole: Shape) -> Shape:
    """Layers, and a network's dense ones behind them: with inputs as what is below gives them."""
    cells, inputs = [], whole.inputs
    for row in rows:
        row = [replace(cell, inputs=inputs) for cell in row]
        inputs = sum(cell.outputs for cell in row)
        cells += row
    first = [replace(dense, inputs=inputs) for dense in whole.denses[:1]]
    return Shape(tuple(cells), (*first, *whole.denses[1:]), whole.mode)


@dataclass(frozen=True)
class Saving:
    """What a change saves.

    Parameters
    ----------
    group : {"as it is", "sequence length", "layers", "bit-width", "pruning"}
    name : str
        What is changed.
    stored_bytes : int
        Parameters as they are stored.
    formula, source : str
        Of these bytes.
    training_bytes : int or None
        Memory to train; None where training is as it is.
    forward_flops, training_flops : int or None
        Of a batch; None where they are as they are.
    epoch_seconds : float or None
        None without a processor, and where it is as it is.
    pruned : Pruned or None
        How a pruned network is stored.
    """

    group: str
    name: str
    stored_bytes: int
    formula: str = "p w"
    source: str = SOURCES["count"]
    training_bytes: int | None = None
    forward_flops: int | None = None
    training_flops: int | None = None
    epoch_seconds: float | None = None
    pruned: Pruned | None = None

    def data(self) -> dict:
        """As plain data."""
        return asdict(self) | {"pruned": None if self.pruned is None else self.pruned.data()}


def savings(shape: Shape | Architecture, workload: Workload, processor: Processor | None = None) -> tuple[Saving, ...]:
    """What shorter sequences, fewer layers, narrower numbers and pruning save; first comes the network as it is.

    Parameters
    ----------
    shape : Shape or Architecture
    workload : Workload
    processor : Processor, optional

    Returns
    -------
    tuple of Saving
    """
    whole = sized(shape)
    rows = [_row("as it is", "", whole, workload, processor)]
    for steps in _less(workload.steps, workload.steps // 2, workload.steps // 4):
        changed = Workload(**workload.model_dump() | {"steps": steps})
        rows.append(_row("sequence length", f"{steps} steps", whole, changed, processor))
    for layers in _less(whole.layers, whole.layers - 1, whole.layers // 2, 1):
        fewer = _chained(whole.rows[:layers], whole)
        rows.append(_row("layers", f"{layers} layer{'s' * (layers > 1)}", fewer, workload, processor))
    rows += [
        Saving("bit-width", f"{bits} bits", ceil(whole.parameters * bits / 8), f"p {bits} / 8")
        for bits in WIDTHS
        if bits < 8 * workload.bytes
    ]
    for share in SHARES:
        sparse = pruned(whole, share, workload.bytes)
        formula, source = FORMULAE[sparse.form], SOURCES["pruning"]
        rows.append(Saving("pruning", f"{100 * share:g} % cut", sparse.stored, formula, source, pruned=sparse))
    return tuple(rows)


def _less(than: int, *counts: int) -> list[int]:
    """Those that are less, once each, the largest first."""
    return sorted({count for count in counts if 0 < count < than}, reverse=True)


def _row(group: str, name: str, shape: Shape, workload: Workload, processor: Processor | None) -> Saving:
    found = calculate(shape, workload, processor)
    return Saving(
        group,
        name,
        found.memory.parameters.value,
        training_bytes=found.memory.training.value,
        forward_flops=found.work.forward_flops.value,
        training_flops=found.work.training_flops.value,
        epoch_seconds=None if found.time is None else found.time.epoch.value,
    )
