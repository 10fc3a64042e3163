"""Memory, operations and time of backpropagation through time, in full and truncated."""

from dataclasses import dataclass

from rnnhw.analysis.calculation import calculate
from rnnhw.analysis.memory import activation_elements
from rnnhw.analysis.operations import (
    FLOPS_PER_MAC,
    backward_macs,
    cell_backward_macs,
    dense_macs,
    evaluations,
    forward_macs,
)
from rnnhw.analysis.processor import Processor
from rnnhw.analysis.shapes import Shape
from rnnhw.analysis.workload import Workload


@dataclass(frozen=True)
class Cost:
    """What training takes with gradients that go back `steps` steps.

    Parameters
    ----------
    steps : int
        K, of a sequence's T.
    activations : int
        Bytes kept for the backward pass of a batch: of K steps.
    forward, backward : int
        FLOPs of the matrix products for a batch.
    epoch, training : float or None
        Seconds of one and of all epochs; estimates, None without a processor.
    """

    steps: int
    activations: int
    forward: int
    backward: int
    epoch: float | None
    training: float | None

    def data(self) -> dict:
        """As plain data."""
        return {
            "steps": self.steps,
            "activation_bytes": self.activations,
            "forward_flops": self.forward,
            "backward_flops": self.backward,
            "epoch_seconds": self.epoch,
            "training_seconds": self.training,
        }


def cost(shape: Shape, workload: Workload, processor: Processor | None, steps: int) -> Cost:
    """What training takes with a truncation.

    Windows of K steps do not overlap, so that an answer at every step costs what it does without truncation, but for
    the products at the windows' borders. With one answer at the end only the last window has gradients at all, and
    below a layer of both directions the first one, too. A layer that goes backwards begins at the last step: there all
    windows have to be kept. Of a layer of both directions the final states are the answer.

    Parameters
    ----------
    shape : Shape
    workload : Workload
    processor : Processor or None
    steps : int
        K; no truncation if it is ``workload.steps``.
    """
    whole, batch = workload.steps, workload.batch
    backwards = any(cell.backward for cell in shape.cells)
    kept = activation_elements(shape, whole if backwards else steps)
    forward, backward = forward_macs(shape, whole), _backward(shape, whole, steps)
    time = calculate(shape, workload, processor).time
    share = (forward + backward) / (forward + backward_macs(shape, whole))
    return Cost(
        steps=steps,
        activations=workload.bytes * batch * kept,
        forward=FLOPS_PER_MAC * batch * forward,
        backward=FLOPS_PER_MAC * batch * backward,
        epoch=None if time is None else time.epoch.value * share,
        training=None if time is None else time.training.value * share,
    )


def _backward(shape: Shape, whole: int, steps: int) -> int:
    """Multiply-accumulates backwards through all windows of a sequence that have gradients.

    From the last layer down: where gradients arrive at a layer's outputs, which steps of which windows they reach in
    each of its cells, and so where they arrive at the layer below.
    """
    once = shape.mode == "many-to-one"
    macs = evaluations(shape, whole) * 2 * dense_macs(shape)
    arrived = None if once else set(range(whole))
    for layer in reversed(range(shape.layers)):
        below = set()
        for cell in (cell for cell in shape.cells if cell.layer == layer):
            ends = {whole - 1} if arrived is None else _turned(arrived, whole) if cell.backward else arrived
            for first, last in _reached(ends, whole, steps):
                macs += cell_backward_macs(cell, last - first + 1)
                span = set(range(first, last + 1))
                below |= _turned(span, whole) if cell.backward else span
        arrived = below
    return macs


def _turned(places: set[int], whole: int) -> set[int]:
    """Steps of a sequence as a backward cell counts them, or the other way round."""
    return {whole - 1 - place for place in places}


def _reached(ends: set[int], whole: int, steps: int):
    """First and last step that gradients reach in each window; windows are counted from the end."""
    for last in range(whole - 1, -1, -steps):
        first = max(0, last - steps + 1)
        within = [place for place in range(first, last + 1) if place in ends]
        if within:
            yield first, within[-1]
