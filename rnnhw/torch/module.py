"""The quantised network as a module that can be trained."""

import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from rnnhw.errors import RnnhwError
from rnnhw.network import MANY_TO_MANY, ONE_TO_MANY, ONE_TO_ONE, check_batch
from rnnhw.quantize import load_quantized, quantize, quantized_bytes

from .chain import TrainedChain, inside
from .heads import head


class QuantizedModule(torch.nn.Module):
    """A network whose forward pass is golden's, bit for bit, and whose gradients go straight through the rounding.

    Made by `rnnhw.torch.prepare`. Its parameters are the float weights of a `Network` (``layers.0.cells.0.weight_ih``),
    in float64; what it computes with are these weights rounded to the formats that `rnnhw.quantize` chose, which
    stay as they are until `recalibrate`. Everything that it returns is a float64 tensor that holds exactly the
    values of golden's integers.

    Parameters
    ----------
    net : Network
        Whose weights training begins with.
    config : Quantization
    """

    def __init__(self, net, config):
        super().__init__()
        self.source, self.config, self.formats = net, config, None
        self.layers = TrainedChain(net)

    def extra_repr(self):
        """One line on what it is."""
        return repr(self.formats) if self.formats is not None else f"{self.source!r}, not calibrated"

    def recalibrate(self, x, lengths=None):
        """Choose formats anew, for the weights as they are now.

        The first time biases take up the correction, if there is one; after that training does.

        Parameters
        ----------
        x : torch.Tensor or ndarray, shape (sequences, steps, inputs)
            Typical inputs.
        lengths : torch.Tensor or ndarray of int, shape (sequences,), optional
        """
        formats = quantize(self.to_network(), _array(x), _array(lengths), **self.config.model_dump())
        first = self.formats is None
        self._adopt(formats)
        if first and self.config.bias_correction:
            self.layers.take_biases(formats)

    def to_network(self):
        """The float network with the weights as they are now, not rounded."""
        return replace(self.source, layers=self.layers.to_layers())

    def export(self):
        """The quantised network: its golden `run` gives what this module's forward gives, bit for bit.

        Returns
        -------
        QuantizedNetwork
        """
        return self._calibrated().with_weights(self.to_network())

    def forward(self, x, lengths=None, *, initial_state=None, return_state=False, logits=None):
        """Answers to sequences.

        Parameters
        ----------
        x : torch.Tensor, shape (sequences, steps, inputs)
            The first one in training mode calibrates, if nothing did before.
        lengths : torch.Tensor of int, shape (sequences,), optional
        initial_state : torch.Tensor, shape (sequences, state_size), optional
            In place of the cells' own initial states, such as the `detach`ed state of the chunk before.
        return_state : bool
            Also return the state after each sequence.
        logits : bool, optional
            Return the last layer's outputs instead of what the network's head (softmax, argmax) makes of them;
            None does so in training mode only.

        Returns
        -------
        torch.Tensor of float64, or a tuple of it and the state
            (sequences, outputs) for many-to-one, else (sequences, steps, outputs), zero past a sequence's end.
        """
        one_step = self.source.mode in (ONE_TO_ONE, ONE_TO_MANY)
        checked, counts = check_batch(_array(x), _array(lengths), self.source.input_size, one_step)
        if self.formats is None and self.training:
            self.recalibrate(checked, counts)
        formats = self._calibrated()
        x = x if isinstance(x, torch.Tensor) else torch.from_numpy(checked)
        lengths = torch.from_numpy(counts).to(x.device)
        y, states = self.layers.answers(x, lengths, self.layers.states(initial_state, len(x), x.device))
        if not (self.training if logits is None else logits):
            y = head(y, formats)
        if self.source.mode == MANY_TO_MANY:
            y = torch.where(inside(y.shape[1], lengths)[..., None], y, 0.0)
        return (y, torch.cat(states, dim=1)) if return_state else y

    def get_extra_state(self):
        """The formats, for `state_dict`: the bytes of a quantised network's file."""
        if self.formats is None:
            return torch.zeros(0, dtype=torch.uint8)
        return torch.frombuffer(bytearray(quantized_bytes(self.formats)), dtype=torch.uint8)

    def set_extra_state(self, state):
        """Take the formats of a `state_dict`."""
        if not len(state):
            self.formats = None
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "formats.rnnq"
            path.write_bytes(bytes(state.cpu().numpy()))
            self._adopt(load_quantized(path).with_weights(self.to_network()))  # checks that they belong together

    def _adopt(self, formats):
        self.layers.adopt(formats)
        self.formats = formats

    def _calibrated(self):
        if self.formats is None:
            raise RnnhwError("the module is not calibrated: give prepare calibration data, or run a batch in train()")
        return self.formats


def _array(values):
    """A tensor as an array, anything else as it is."""
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else values
