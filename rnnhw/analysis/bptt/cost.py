"""Memory, operations and time of backpropagation through time, in full and truncated."""

from dataclasses import dataclass

from rnnhw.analysis.calculation import calculate
from rnnhw.analysis.memory import activation_elements
from rnnhw.analysis.operations import FLOPS_PER_MAC, backward_macs, forward_macs
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
    the products at the windows' borders. With one answer at the end only the last window has gradients at all. A
    layer that goes backwards begins at the last step: there all windows have to be kept.

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
    """Multiply-accumulates backwards through all windows of a sequence that have gradients."""
    if shape.mode == "many-to-one":
        return backward_macs(shape, steps)
    windows, rest = divmod(whole, steps)
    return windows * backward_macs(shape, steps) + (backward_macs(shape, rest) if rest else 0)
