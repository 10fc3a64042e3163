"""How long a piece of work takes at best, by the roofline model, and what it moves.

Williams, Waterman and Patterson, "Roofline: an insightful visual performance model for multicore architectures",
CACM 52(4), 2009: the attainable rate is the lesser of the peak rate and of bandwidth times arithmetic intensity.
"""

from dataclasses import dataclass

from rnnhw.analysis.figure import SOURCES
from rnnhw.analysis.memory import kept_elements
from rnnhw.analysis.operations import FLOPS_PER_MAC, backward_macs, evaluations, forward_macs
from rnnhw.analysis.processor import Processor
from rnnhw.analysis.shapes import Shape
from rnnhw.analysis.workload import Workload

#: Seconds of a phase.
TIME = "max(FLOPs / peak, bytes / bandwidth) / efficiency"
#: Bytes of a forward pass and of a training step; parameters once, and not T times, if they stay in the cache.
FORWARD = "w (T p_cells + R p_dense + B (T sum(I + 2 S) + R sum(in + out)))"
TRAINING = "w (2 (T p_cells + R p_dense) + B (T sum(2 I + 3 S + 2 K) + 2 R sum(in + out)) + p (4 + 2 s))"


@dataclass(frozen=True)
class Phase:
    """A piece of work under a roofline.

    Parameters
    ----------
    name : str
    flops, bytes : int
        What is computed in products of matrices, and what goes between processor and memory.
    precision : str
    processor : Processor or None
    alone : bool
        Whether it is one sequence, with the efficiency of these.
    moved : str
        The formula of `bytes`, in the letters of docs/calculator.md.
    """

    name: str
    flops: int
    bytes: int
    precision: str
    processor: Processor | None = None
    alone: bool = False
    moved: str = FORWARD

    @property
    def intensity(self) -> float:
        """Arithmetic intensity, FLOPs a byte."""
        return self.flops / self.bytes

    @property
    def bound(self) -> str | None:
        """What it waits for: "compute" or "bandwidth"."""
        if self.processor is None:
            return None
        return "compute" if self._attainable == self.processor.peak(self.precision) else "bandwidth"

    @property
    def _attainable(self) -> float:
        rate = self.processor.bandwidth_gbs * 1e9
        return min(self.processor.peak(self.precision), rate * self.intensity)

    @property
    def attainable_gflops(self) -> float | None:
        """min(peak, bandwidth x intensity), in GFLOP/s."""
        return None if self.processor is None else self._attainable / 1e9

    @property
    def efficiency(self) -> float | None:
        """Share of it that is assumed to be reached."""
        if self.processor is None:
            return None
        return (self.alone and self.processor.efficiency_alone) or self.processor.efficiency

    @property
    def seconds(self) -> float | None:
        """FLOPs / attainable rate / efficiency, that is max(FLOPs / peak, bytes / bandwidth) / efficiency."""
        return None if self.processor is None else self.flops / self._attainable / self.efficiency

    def data(self) -> dict:
        """As plain data."""
        return {
            "name": self.name,
            "formula": TIME,
            "bytes_formula": self.moved,
            "source": SOURCES["roofline"],
            "flops": self.flops,
            "bytes": self.bytes,
            "intensity_flops_per_byte": self.intensity,
            "bound": self.bound,
            "attainable_gflops": self.attainable_gflops,
            "efficiency": self.efficiency,
            "seconds": self.seconds,
        }


def _reads(shape: Shape, steps: int, kept: bool) -> int:
    """Parameters read in one pass: those of cells at every step, or once if they are kept."""
    cells = sum(cell.parameters for cell in shape.cells)
    denses = sum(dense.parameters for dense in shape.denses)
    return cells + denses if kept else steps * cells + evaluations(shape, steps) * denses


def forward_bytes(shape: Shape, workload: Workload, batch: int, processor: Processor | None = None) -> int:
    """Bytes moved by a forward pass without training.

    T steps read all parameters of the cells (step t + 1 needs h_t), once if they stay in the cache; each cell reads
    its input and state and writes its state; dense layers read their input and write their output.
    """
    kept = processor is not None and processor.keeps(shape.parameters * workload.bytes)
    step = sum(cell.inputs + 2 * cell.state for cell in shape.cells)
    dense = sum(dense.inputs + dense.outputs for dense in shape.denses)
    moved = workload.steps * step + evaluations(shape, workload.steps) * dense
    return workload.bytes * (_reads(shape, workload.steps, kept) + batch * moved)


def training_bytes(shape: Shape, workload: Workload, batch: int, processor: Processor | None = None) -> int:
    """Bytes moved by a training step: forward, backward, and the optimiser.

    Forward as without training, with what is kept for the backward pass written instead of the state alone.
    Backward reads the parameters once more, what was kept and the inputs, and reads and writes the gradient of the
    state. Gradients of parameters are written and read once, parameters and what the optimiser keeps are each read
    and written once.
    """
    steps = workload.steps
    kept = processor is not None and processor.keeps(shape.parameters * workload.bytes)
    forward = sum(cell.inputs + cell.state + kept_elements(cell) for cell in shape.cells)
    backward = sum(cell.inputs + 2 * cell.state + kept_elements(cell) for cell in shape.cells)
    dense = 2 * sum(dense.inputs + dense.outputs for dense in shape.denses)
    moved = steps * (forward + backward) + evaluations(shape, steps) * dense
    update = shape.parameters * (4 + 2 * workload.optimiser_numbers)
    return workload.bytes * (2 * _reads(shape, steps, kept) + batch * moved + update)


def forward_phase(name: str, shape: Shape, workload: Workload, batch: int, processor: Processor | None) -> Phase:
    """A forward pass of a batch."""
    flops = FLOPS_PER_MAC * batch * forward_macs(shape, workload.steps)
    moved = forward_bytes(shape, workload, batch, processor)
    return Phase(name, flops, moved, workload.precision, processor, batch == 1)


def training_phase(shape: Shape, workload: Workload, batch: int, processor: Processor | None) -> Phase:
    """A training step on a batch."""
    macs = forward_macs(shape, workload.steps) + backward_macs(shape, workload.steps)
    moved = training_bytes(shape, workload, batch, processor)
    return Phase("training step", FLOPS_PER_MAC * batch * macs, moved, workload.precision, processor, False, TRAINING)
