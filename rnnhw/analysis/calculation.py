"""All figures of one network and workload."""

from dataclasses import asdict, dataclass

from rnnhw.analysis.architecture import Architecture
from rnnhw.analysis.figure import SOURCES, Figure, Figures
from rnnhw.analysis.memory import activation_elements, buffer_elements
from rnnhw.analysis.operations import (
    FLOPS_PER_MAC,
    backward_macs,
    forward_elementwise,
    forward_macs,
    step_elementwise,
    step_macs,
)
from rnnhw.analysis.processor import Processor
from rnnhw.analysis.roofline import TIME, Phase, forward_phase, training_phase
from rnnhw.analysis.shapes import Shape
from rnnhw.analysis.workload import Workload


@dataclass(frozen=True)
class Memory(Figures):
    """Bytes in memory."""

    parameters: Figure
    state: Figure
    buffers: Figure
    inference: Figure
    activations: Figure
    gradients: Figure
    optimiser: Figure
    training: Figure


@dataclass(frozen=True)
class Work(Figures):
    """Operations; a step is one of one sequence, passes are of a batch."""

    step_macs: Figure
    step_flops: Figure
    step_elementwise: Figure
    forward_macs: Figure
    forward_flops: Figure
    forward_elementwise: Figure
    backward_flops: Figure
    training_flops: Figure
    epoch_flops: Figure


@dataclass(frozen=True)
class Time(Figures):
    """Seconds on a processor."""

    sequence: Figure
    forward: Figure
    training_step: Figure
    epoch: Figure
    training: Figure


@dataclass(frozen=True)
class Calculation:
    """What a network takes to be run and trained.

    Parameters
    ----------
    shape : Shape
    workload : Workload
    processor : Processor or None
    parameters : Figure
        Numbers that training learns.
    memory : Memory
    work : Work
    phases : tuple of Phase
        One sequence alone, a batch forward, a training step: intensity and roofline.
    time : Time or None
        None without a processor.
    """

    shape: Shape
    workload: Workload
    processor: Processor | None
    parameters: Figure
    memory: Memory
    work: Work
    phases: tuple[Phase, ...]
    time: Time | None

    def data(self) -> dict:
        """All figures as plain data."""
        return {
            "workload": self.workload.model_dump(),
            "processor": None if self.processor is None else self.processor.model_dump(),
            "layers": layer_rows(self.shape),
            "mode": self.shape.mode,
            "parameters": self.parameters.data(),
            "memory": self.memory.data(),
            "work": self.work.data(),
            "phases": [phase.data() for phase in self.phases],
            "time": None if self.time is None else self.time.data(),
        }


def calculate(shape: Shape | Architecture, workload: Workload, processor: Processor | None = None) -> Calculation:
    """All figures of a network.

    Parameters
    ----------
    shape : Shape or Architecture
        Sizes (`Architecture.shape`, or `shape_of` a network).
    workload : Workload
    processor : Processor, optional
        Without one there are no times.

    Returns
    -------
    Calculation

    Raises
    ------
    RnnhwError
        If the processor does not compute in the workload's precision.
    """
    shape = sized(shape)
    phases = (
        forward_phase("one sequence alone", shape, workload, 1, processor),
        forward_phase("batch forward", shape, workload, workload.batch, processor),
        training_phase(shape, workload, workload.batch, processor),
    )
    return Calculation(
        shape=shape,
        workload=workload,
        processor=processor,
        parameters=Figure(
            "parameters", shape.parameters, "", True, "p, sum over cells and dense layers", SOURCES["count"]
        ),
        memory=_memory(shape, workload),
        work=_work(shape, workload),
        phases=phases,
        time=None if processor is None else _time(shape, workload, processor, phases),
    )


def sized(shape: Shape | Architecture) -> Shape:
    """Sizes of what is described by them, or by an architecture."""
    return shape.shape if isinstance(shape, Architecture) else shape


def layer_rows(shape: Shape) -> list[dict]:
    """Sizes and counts of each cell and dense layer."""
    rows = [asdict(cell) | {"outputs": cell.outputs} for cell in shape.cells]
    rows += [asdict(dense) | {"kind": "dense"} for dense in shape.denses]
    for row, part in zip(rows, (*shape.cells, *shape.denses), strict=True):
        row |= {"parameters": part.parameters, "formula": part.formula, "macs": part.macs}
    return rows


def _memory(shape: Shape, workload: Workload) -> Memory:
    size, batch, steps = workload.bytes, workload.batch, workload.steps

    def of(name: str, numbers: int, formula: str, source: str = "count") -> Figure:
        return Figure(name, size * numbers, "B", True, formula, SOURCES[source])

    weights, kept = shape.parameters, batch * activation_elements(shape, steps)
    state, buffers = batch * shape.state, batch * buffer_elements(shape, steps)
    whole = "T " if any(cell.backward for cell in shape.cells) else ""
    moments = workload.optimiser_numbers * weights
    return Memory(
        parameters=of("parameters", weights, "p w"),
        state=of("state", state, "S B w", "equations"),
        buffers=of("a layer's inputs and outputs", buffers, f"{whole}max(in + out) B w", "equations"),
        inference=of("to run, in all", weights + state + buffers, "the three above", "equations"),
        activations=of("activations kept for backward", kept, "A B w", "bptt"),
        gradients=of("gradients", weights, "p w", "bptt"),
        optimiser=of(f"optimiser ({workload.optimiser})", moments, f"{workload.optimiser_numbers} p w", "optimiser"),
        training=of(
            "to train, in all",
            2 * weights + kept + moments,
            "parameters + the three above",
            "bptt",
        ),
    )


def _work(shape: Shape, workload: Workload) -> Work:
    steps, batch = workload.steps, workload.batch
    once, forward, backward = step_macs(shape), forward_macs(shape, steps), backward_macs(shape, steps)
    element = sum(step_elementwise(cell).total for cell in shape.cells)

    def of(name: str, value: int, unit: str, formula: str) -> Figure:
        return Figure(name, value, unit, True, formula, SOURCES["equations" if unit == "op" else "count"])

    def flops(name: str, macs: int, formula: str) -> Figure:
        return of(name, FLOPS_PER_MAC * macs, "FLOP", formula)

    return Work(
        step_macs=of("a step", once, "MAC", "M, one a weight"),
        step_flops=flops("a step", once, "2 M"),
        step_elementwise=of("a step, element-wise", element, "op", "m, sum over cells"),
        forward_macs=of("forward", batch * forward, "MAC", "B (T M + R D)"),
        forward_flops=flops("forward", batch * forward, "2 B (T M + R D)"),
        forward_elementwise=of(
            "forward, element-wise",
            batch * forward_elementwise(shape, steps).total,
            "op",
            "B (T m + R d)",
        ),
        backward_flops=flops("backward", batch * backward, "2 B (weights + inputs + states)"),
        training_flops=flops("training step", batch * (forward + backward), "forward + backward"),
        epoch_flops=flops("training epoch", workload.samples * (forward + backward), "N (forward + backward) / B"),
    )


def _time(shape: Shape, workload: Workload, processor: Processor, phases: tuple[Phase, ...]) -> Time:
    full, rest = divmod(workload.samples, workload.batch)
    alone, forward, step = (phase.seconds for phase in phases)
    epoch = full * step + (training_phase(shape, workload, rest, processor).seconds if rest else 0.0)

    def of(name: str, seconds: float, formula: str = TIME) -> Figure:
        return Figure(name, seconds, "s", False, formula, SOURCES["roofline"])

    return Time(
        sequence=of("one sequence alone", alone),
        forward=of("a batch forward", forward),
        training_step=of("training step", step),
        epoch=of("training epoch", epoch, "N / B training steps"),
        training=of("training", workload.epochs * epoch, "E epochs"),
    )
