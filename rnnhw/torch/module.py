"""The quantised network as a module that can be trained."""

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from rnnhw.errors import RnnhwError
from rnnhw.golden.state import initial_states, states_to_float
from rnnhw.network import MANY_TO_ONE, ONE_TO_MANY, ONE_TO_ONE, Dense, check_batch
from rnnhw.quantize import load_quantized, quantize, quantized_bytes

from .heads import head
from .layers import TrainedDense, TrainedRecurrent
from .straight_through import ROUNDINGS, nearest, requantize


class QuantizedModule(torch.nn.Module):
    """A network whose forward pass is golden's, bit for bit, and whose gradients go straight through the rounding.

    Made by `rnnhw.torch.prepare`. Its parameters are the float weights of a `Network` (``layers.0.weight_ih``),
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
        self.layers = torch.nn.ModuleList(
            TrainedDense(layer) if isinstance(layer, Dense) else TrainedRecurrent(layer) for layer in net.layers
        )

    def extra_repr(self):
        """One line on what it is."""
        return repr(self.formats) if self.formats is not None else f"{self.source!r}, not calibrated"

    def recalibrate(self, x, lengths=None):
        """Choose formats anew, for the weights as they are now; biases take up the correction, if there is one.

        Parameters
        ----------
        x : torch.Tensor or ndarray, shape (sequences, steps, inputs)
            Typical inputs.
        lengths : torch.Tensor or ndarray of int, shape (sequences,), optional
        """
        formats = quantize(self.to_network(), _array(x), _array(lengths), **self.config.model_dump())
        self._adopt(formats)
        if self.config.bias_correction:
            for trained, layer in zip(self.layers, formats.layers, strict=True):
                trained.take_biases(layer)

    def to_network(self):
        """The float network with the weights as they are now, not rounded."""
        return replace(self.source, layers=tuple(layer.to_layer() for layer in self.layers))

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
        x = torch.as_tensor(x)
        one_step = self.source.mode in (ONE_TO_ONE, ONE_TO_MANY)
        _, lengths = check_batch(_array(x), _array(lengths), self.source.input_size, one_step)
        if self.formats is None and self.training:
            self.recalibrate(x, lengths)
        formats = self._calibrated()
        states = self._states(initial_state, len(x), x.device)
        value = requantize(x.double(), formats.input, nearest).transpose(0, 1)
        answers, again = [], self.source.steps or 1
        for step in range(again):
            if step:
                value = requantize(answers[-1], formats.input, ROUNDINGS[formats.config.rounding["y"]])
            y, states = self._walk(value, lengths, states)
            answers.append(y)
        y = answers[0] if again == 1 else torch.cat(answers)
        y = y if y.ndim == 2 else y.transpose(0, 1)
        keep = self.training if logits is None else logits
        y = self._answer(y, lengths, keep)
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
        """Take the formats of a quantised network."""
        before, self._to_x = formats.input, []
        rounding = ROUNDINGS[formats.config.rounding["y"]]
        for trained, layer in zip(self.layers, formats.layers, strict=True):
            trained.adopt(layer, formats.of(layer))
            same = layer.x == before
            self._to_x.append(_unchanged if same else partial(requantize, form=layer.x, rounding=rounding))
            before = layer.output
        self.formats = formats

    def _calibrated(self):
        if self.formats is None:
            raise RnnhwError("the module is not calibrated: give prepare calibration data, or run a batch in train()")
        return self.formats

    def _states(self, given, sequences, device):
        """State of each cell's parts before the first step."""
        raw = initial_states(self.formats, _array(given), sequences, raw=False)  # checks what is given
        values = torch.from_numpy(states_to_float(self.formats, raw)).to(device)
        parts = [count for _, count in self.formats.state_formats]
        if isinstance(given, torch.Tensor) and given.requires_grad:
            values = given.double() + (values - given.double()).detach()
        return list(values.split(parts, dim=1))

    def _walk(self, value, lengths, states):
        """All layers over some steps, steps first; the states of all cells."""
        steps = torch.arange(len(value))[:, None] < torch.from_numpy(lengths)
        alive = [None if step.all() else step[:, None].to(value.device) for step in steps]
        states, after, final = list(states), [], None
        layers = list(zip(self.layers, self._to_x, strict=True))
        count = len(self.source.recurrents)
        for layer, to_x in layers[:count]:
            value, final, ended = layer.run(to_x(value), states, alive)
            after.extend(ended)
        if self.source.mode == MANY_TO_ONE:
            last = torch.from_numpy(lengths - 1).to(value.device)
            value = final if self.source.reading == "final" else value[last, torch.arange(len(last))]
        for layer, to_x in layers[count:]:
            value = layer(to_x(value))
        return value, after

    def _answer(self, y, lengths, logits):
        """What leaves, zero past each sequence's end."""
        if not logits:
            y = head(y, self.formats)
        if y.ndim == 2:
            return y
        inside = torch.arange(y.shape[1]) < torch.from_numpy(lengths)[:, None]
        if self.source.mode == ONE_TO_MANY or inside.all():
            return y
        return torch.where(inside[..., None].to(y.device), y, 0.0)


def _unchanged(value):
    return value


def _array(values):
    """A tensor as an array, anything else as it is."""
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else values
