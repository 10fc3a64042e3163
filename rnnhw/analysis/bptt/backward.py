"""The backward pass through a whole network: gradients of all weights, in full or truncated through time."""

import numpy as np

from rnnhw.analysis.bptt.checks import checked_batch, checked_targets, traced
from rnnhw.analysis.bptt.loss import loss_gradient
from rnnhw.analysis.bptt.tape import Tape, read_tapes
from rnnhw.errors import RnnhwError
from rnnhw.network import MANY_TO_ONE

#: Gradients by the names of layer and array: "lstm0.weight_ih".
Gradients = dict[str, np.ndarray]


class Pass:
    """One forward pass, and as many backward ones as are asked for.

    Parameters
    ----------
    net : Network
        Many-to-one or many-to-many.
    x : array_like, shape (sequences, steps, inputs)
    lengths : array_like of int, shape (sequences,), or None
    y : array_like
        Classes (integers: cross-entropy) or real numbers (mean squared error), see
        `rnnhw.analysis.bptt.checks.checked_targets`.

    Raises
    ------
    RnnhwError
        A mode, a batch or targets that do not suit, or states that leave the range of floats.

    Attributes
    ----------
    loss : float
    """

    def __init__(self, net, x, lengths, y):
        x, lengths = checked_batch(net, x, lengths)
        y = checked_targets(net, y, lengths, x.shape[1])
        trace = traced(net, x, lengths)
        self.net, self.lengths, self.steps = net, lengths, x.shape[1]
        self._trace, self._tapes = trace, read_tapes(net, trace)
        answers = trace[net.denses[-1].name]["y"] if net.denses else self._outputs()
        if net.denses and net.denses[-1].activation == "relu":
            answers = np.maximum(answers, 0.0)
        with np.errstate(over="ignore"):
            self.loss, self._at_answers = loss_gradient(net, answers, y, lengths)

    def gradients(self, truncation: int | None = None) -> Gradients:
        """Gradients of the loss at all weights and biases; initial states are taken as constants.

        Parameters
        ----------
        truncation : int, optional
            Steps that a gradient goes back: each cell's state is detached every so many steps, counted from the
            end of the sequence. All steps without it.

        Raises
        ------
        RnnhwError
            Gradients that leave the range of floats.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # what becomes infinite or NaN is refused below
            found = self._gradients(truncation)
        for name, gradient in found.items():
            if not np.isfinite(gradient).all():
                raise RnnhwError(f"the gradient of {name} leaves the range of floats: it explodes")
        return found

    def _gradients(self, truncation) -> Gradients:
        found, gradient = {}, self._at_answers
        for dense in reversed(self.net.denses):
            gradient = _back_through_dense(dense, self._trace[dense.name], gradient, found)
        steps = self._by_step(gradient)
        tapes = list(self._tapes)
        for layer in reversed(self.net.recurrents):
            below, end = 0.0, layer.output_size
            for cell in reversed(layer.cells):
                tape, begin = tapes.pop(), end - cell.hidden_size
                below = below + _back_through_time(tape, steps[..., begin:end], truncation, found)
                end = begin
            steps = below
        return found

    def _outputs(self):
        """What a network without dense layers answers with."""
        whole = np.concatenate([self._trace[cell.name]["h"] for cell in self.net.recurrents[-1].cells], axis=2)
        if self.net.mode != MANY_TO_ONE:
            return whole
        return np.take_along_axis(whole, self._readings(), axis=1)[:, 0]

    def _readings(self):
        """The step at which each output of the last recurrent layer is read, (sequences, 1, outputs)."""
        layer, last = self.net.recurrents[-1], (self.lengths - 1)[:, None, None]
        first = self.net.reading == "final"
        return np.concatenate(
            [
                np.broadcast_to(0 if first and backward else last, (len(last), 1, cell.hidden_size))
                for cell, backward in zip(layer.cells, layer.backwards, strict=True)
            ],
            axis=2,
        )

    def _by_step(self, gradient):
        """The gradient at the outputs of the last recurrent layer, by time step."""
        if self.net.mode != MANY_TO_ONE:
            return gradient
        steps = np.zeros((len(gradient), self.steps, gradient.shape[1]))
        np.put_along_axis(steps, self._readings(), gradient[:, None], axis=1)
        return steps


def _back_through_dense(dense, trace, gradient, found: Gradients):
    """Gradients at the weights into `found`; returns that at the layer's input."""
    if dense.activation == "relu":
        gradient = gradient * (trace["y"] > 0.0)
    flat = gradient.reshape(-1, dense.output_size)
    found[f"{dense.name}.weight"] = flat.T @ trace["x"].reshape(-1, dense.input_size)
    found[f"{dense.name}.bias"] = flat.sum(axis=0)
    return gradient @ dense.weight


def _back_through_time(tape: Tape, steps, truncation, found: Gradients):
    """Gradients at a cell's weights into `found`; returns that at its inputs, by time step."""
    cell, given = tape.cell, tape.gather(steps)
    sequences, count, hidden = given.shape
    carried = np.zeros((sequences, cell.state_size))
    of_input, of_state = (np.zeros((sequences, count, len(cell.bias))) for _ in range(2))
    last = int(np.flatnonzero(given.any(axis=(0, 2))).max(initial=0))  # nothing comes in from further back
    for k in range(count):
        if truncation is not None and k % truncation == 0:
            if k > last:
                break
            carried[:] = 0.0
        carried[:, :hidden] += given[:, k]
        carried, of_input[:, k], of_state[:, k] = tape.rule.pull(cell, tape.at(k), carried)
        carried *= tape.valid[:, k, None]
    of_input *= tape.valid[..., None]
    of_state *= tape.valid[..., None]
    found |= {f"{cell.name}.{key}": value for key, value in _at_weights(tape, of_input, of_state).items()}
    return tape.scatter(of_input @ cell.weight_ih)


def _at_weights(tape: Tape, of_input, of_state) -> Gradients:
    """Gradients at a cell's arrays from those at its sums."""
    cell, rows = tape.cell, of_input.shape[2]
    of_input, of_state = of_input.reshape(-1, rows), of_state.reshape(-1, rows)
    h = tape.h.reshape(-1, cell.hidden_size)
    found = {
        "weight_ih": of_input.T @ tape.x.reshape(-1, cell.input_size),
        "weight_hh": of_state.T @ h,
        "bias": of_input.sum(axis=0),
    }
    if cell.kind == "gru":
        split = 2 * cell.hidden_size
        if cell.reset_after:
            found["bias_hn"] = of_state[:, split:].sum(axis=0)
        else:
            r = tape.factors["r"].reshape(-1, cell.hidden_size)
            found["weight_hh"][split:] = of_state[:, split:].T @ (r * h)
    return found
