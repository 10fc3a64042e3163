"""Recurrent modules as they are called: their cells from the weights given, and the ids that they make."""

import re
from dataclasses import dataclass, replace

import numpy as np
import torch

from rnnhw.errors import RnnhwError
from rnnhw.importers.provenance import Provenance
from rnnhw.importers.pytorch.cells import Conventions, recurrent_layers
from rnnhw.importers.pytorch.packed import unpacked
from rnnhw.importers.pytorch.tensors import float_array
from rnnhw.importers.pytorch.tracing import PENDING, STATES, Traced, WrongLayout, is_pending, plain, traced

_PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
#: Id of a final state that a sequence shorter than the batch has after running on over its padding.
PADDED_ON = (1 << 62) - 1
PADDED_ON_TEXT = (
    "the final state of sequences that ran on over their padding "
    "(use pack_padded_sequence, or take the output at lengths - 1)"
)


@dataclass(frozen=True)
class Call:
    """How a recurrent function was called.

    Parameters
    ----------
    input : torch.Tensor
    batch_sizes : torch.Tensor or None
        Of packed sequences.
    states : tuple of torch.Tensor
        h, and c of an LSTM.
    weights : list of torch.Tensor
    biases, bidirectional, batch_first : bool
    layers : int
    """

    input: torch.Tensor
    batch_sizes: torch.Tensor | None
    states: tuple
    weights: list
    biases: bool
    layers: int
    bidirectional: bool
    batch_first: bool

    @classmethod
    def of(cls, trace, name, args):
        """Read the arguments, which differ for packed sequences; refuses a dropout that is active."""
        packed = not isinstance(args[3], bool)
        data, *sizes = args[: 2 if packed else 1]
        states, weights, biases, layers, dropout, train, bidirectional, *layout = args[2 if packed else 1 :]
        if train and dropout and layers > 1:
            raise trace.refusal(f"a dropout of {dropout:g} between the layers of {name}, active because of train=True")
        states = tuple(states) if isinstance(states, tuple | list) else (states,)
        return cls(
            data, sizes[0] if packed else None, states, list(weights), biases, layers, bidirectional, bool(*layout)
        )


def _run(trace, name, args, conventions=None):
    """The ids of outputs and of each final state, in PyTorch's shapes."""
    call = Call.of(trace, name, args)
    if not isinstance(call.input, Traced):
        raise RnnhwError(f"{trace.where} runs over constants, not over the module's input")
    ids = _sequences(call)
    check_layout(trace, ids)
    _check_padding(trace, call)
    finals = []
    layers = _layers(trace, call, conventions or Conventions())
    for number, layer in enumerate(layers):
        cells = [_started(trace, cell, call, number * len(layer.cells) + k) for k, cell in enumerate(layer.cells)]
        ids, states = told(trace, cells, ids)
        finals += states
    if call.batch_sizes is None and (trace.lengths < trace.provenance.steps).any():
        finals = [[_padded_on(trace, part) for part in states] for states in finals]
    parts = [np.stack(part) for part in zip(*finals, strict=True)]
    return (traced(_as_called(call, ids)), *(traced(part) for part in parts))


def told(trace, cells, ids):
    """Ids of a layer's outputs, and for each cell those of its final states; not yet known if its input is not."""
    bare = tuple(cell for cell, _ in cells)
    if is_pending(ids):
        h = trace.fresh((*ids.shape[:2], sum(cell.hidden_size for cell in bare)))
        return h, [[trace.fresh((ids.shape[0], cell.hidden_size)) for _ in cell.initial_fields] for cell in bare]
    h, finals = trace.provenance.recurrent(bare, np.ascontiguousarray(ids))
    trace.places.note(h)
    trace.initial += [part for _, parts in cells for part in parts]
    return h, finals


def _sequences(call):
    """Ids of the input as (sequences, steps, features)."""
    ids = plain(call.input)
    if call.batch_sizes is not None:
        return unpacked(ids, call.batch_sizes)[0].numpy()
    return (ids if call.batch_first else ids.transpose(0, 1)).numpy()


def _as_called(call, h):
    """Outputs in the form of the input."""
    if call.batch_sizes is None:
        return np.ascontiguousarray(h if call.batch_first else h.swapaxes(0, 1))
    lengths = unpacked(plain(call.input), call.batch_sizes)[1]
    return torch._VF._pack_padded_sequence(torch.from_numpy(np.ascontiguousarray(h)), lengths, True)[0]


def check_layout(trace, ids):
    """Raise `WrongLayout` if the first axis of (sequences, steps, features) counts steps."""
    sequence, step = trace.places.of(ids[:, :1, :1])
    if (step != step[0]).any() and (sequence == sequence[0]).all():
        raise WrongLayout(trace.where)


def _check_padding(trace, call):
    short = (trace.lengths < trace.provenance.steps).any()
    if call.bidirectional and call.batch_sizes is None and short:
        raise RnnhwError(
            f"{trace.where} goes backwards over the padding of shorter sequences: use pack_padded_sequence"
        )


def _padded_on(trace, part):
    """A final state where the sequence filled the batch, else one that nobody can use."""
    return np.where((trace.lengths < trace.provenance.steps)[:, None], PADDED_ON, part)


def _layers(trace, call, conventions):
    """The layers of a recurrent module from its flat list of weights."""
    directions, parts = 1 + call.bidirectional, _PARTS[: 4 if call.biases else 2]
    if len(call.weights) != call.layers * directions * len(parts):
        raise RnnhwError(f"{trace.where} is not supported: proj_size={call.weights[-1].shape[0]}")
    members = {}
    for number in range(call.layers):
        for reverse in range(directions):
            for part in parts:
                tensor = call.weights[len(members)]
                members[part, number, bool(reverse)] = member(trace, tensor, f"{part}_l{number}{'_reverse' * reverse}")
    return recurrent_layers(trace.path, members, conventions)


def member(trace, tensor, part):
    """Name and float64 array of a weight."""
    name = trace.name_of(tensor, part)
    return name, float_array(name, tensor.detach().to("cpu", torch.float64).numpy())


def named(trace, cell, alone=True):
    """The cell under the path of its module, for messages; with a name behind it if it is not the only one there."""
    path = re.sub(r"\W", "_", trace.path)
    if not path:
        return cell
    path = path if path[0].isalpha() else f"layer{path}"
    return replace(cell, name=path if alone else f"{path}_{cell.name}")


def _started(trace, cell, call, number):
    """A cell with its initial state, and where each part of it comes from, see `Trace.initial`."""
    states = [traced(plain(part)[number]) if isinstance(part, Traced) else part[number] for part in call.states]
    return started(trace, named(trace, cell, call.layers == 1 and not call.bidirectional), states)


def started(trace, cell, states):
    """The same from a list of states, (sequences, units) each.

    Returns
    -------
    cell : LSTM, GRU or RNN
        With the states that are constant and not zero.
    list of numpy.ndarray
        For each part of the state its ids (sequences, units), or constants (units,).
    """
    parts = []
    for field, state in zip(cell.initial_fields, states, strict=True):
        what = f"initial state {field} of {trace.where}"
        if not state.is_floating_point() and not isinstance(state, Traced):
            state = traced(state)  # ids that a wrapper took for another tensor (torch.autograd.Variable)
        if isinstance(state, Traced):
            ids = plain(state).numpy()
            if (ids == Provenance.ZERO).all():
                parts.append(np.zeros(cell.hidden_size))
            elif ((ids >= STATES) & (ids < PENDING)).all() and ids.shape[0] == trace.provenance.sequences:
                parts.append(ids.copy())
            else:
                raise RnnhwError(f"{what} is made of other layers' values; it may be zeros, a constant or an argument")
            continue
        state = state.detach().to("cpu", torch.float64).numpy()
        if (state != state[:1]).any():
            raise RnnhwError(f"{what} is another constant for each sequence; it must be the same for all")
        parts.append(state[0])
        if state[0].any():
            cell = replace(cell, **{field: float_array(f"{field} of {trace.where}", state[0])})
    return cell, parts


def lstm(trace, *args):
    """nn.LSTM."""
    return _run(trace, "nn.LSTM", args)


def gru(trace, *args):
    """nn.GRU."""
    return _run(trace, "nn.GRU", args)


def rnn_tanh(trace, *args):
    """nn.RNN with a tanh."""
    return _run(trace, "nn.RNN", args, Conventions(nonlinearity="tanh"))


def rnn_relu(trace, *args):
    """nn.RNN with a relu."""
    return _run(trace, "nn.RNN", args, Conventions(nonlinearity="relu"))
