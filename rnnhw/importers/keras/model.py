"""From a model of Keras to a Network: its graph is walked with ids instead of values, then the answers compared."""

import warnings

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import KerasWarning, load_keras
from rnnhw.importers.keras.check import Reference, check
from rnnhw.importers.keras.graph import model_graph
from rnnhw.importers.keras.trace import Trace, sequence_input

#: Sizes (sequences, steps) of the examples; a model that fixes one of them has it in all.
SIZES = ((2, 5), (3, 7), (4, 12))
_SEED = 20260611


def from_keras(model, name=None):
    """Build the network that a model of Keras 3 computes.

    The model may be sequential or functional, with models inside it. It may hold SimpleRNN, LSTM, GRU and RNN
    of their cells, Bidirectional around them, Dense and TimeDistributed(Dense), and layers and operations that
    only move values or do nothing when a model is run. Which outputs of a layer are used is found out by walking
    the model's graph with numbers that say where a value comes from, in examples of several sizes. The network's
    answers, and the final states that the model returns besides, are then compared with those of a copy of the
    model in float32, which is the most that Keras computes in.

    Parameters
    ----------
    model : keras.Model
        Built; left as it is. Its first output is the answer; further ones must be final states. One input has
        the axes (sequences, steps, features); further ones must be initial states, which `Network.run` takes as
        `initial_state`.
    name : str, optional
        Name of the network; the model's if left out.

    Returns
    -------
    Network
        Many-to-one or many-to-many.

    Warns
    -----
    KerasWarning
        For stateful layers and for Masking, whose place here is taken by arguments of `Network.run`.

    Raises
    ------
    RnnhwError
        By its name: a layer, option or use that is not supported; or, with both numbers, an answer that differs.
    """
    keras = load_keras()
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a keras.Model, not {type(model).__name__}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Keras and its backend say of copies and of their own parts
        net, trace = _network(model, keras, model.name if name is None else name)
    _warn(trace)
    return net


def _network(model, keras, name):
    """The network, checked, and the trace of one example."""
    inputs, _ = model_graph(model, keras)
    shape = inputs[sequence_input(inputs)].shape
    sizes = [(_kept(shape[0], sequences), _kept(shape[1], steps)) for sequences, steps in SIZES]
    sizes = sizes[:1] if sizes[0][1] == sizes[1][1] else sizes
    traces = [_traced(model, keras, *size) for size in sizes]
    nets = [trace.network(name) for trace in traces]
    for size, net in zip(sizes[1:], nets[1:], strict=True):
        if (net.options, net.layers) != (nets[0].options, nets[0].layers):
            raise RnnhwError(
                f"the model uses its layers in another way for {sizes[0][1]} steps ({nets[0]!r}) than for "
                f"{size[1]} ({net!r})"
            )
    reference, rng = Reference(model, keras), np.random.default_rng(_SEED)
    for trace in traces:
        check(nets[0], trace, inputs, reference, rng)
    return nets[0], traces[0]


def _kept(fixed, size):
    """A size of an example: that which the model fixes, if the axes can then be told apart."""
    return size if fixed is None or fixed < 2 else fixed


def _traced(model, keras, sequences, steps):
    """A trace; with sequences of several lengths, if the model masks its input."""
    trace = Trace(model, keras, sequences, steps)
    if trace.masked is None:
        return trace
    return Trace(model, keras, sequences, steps, np.maximum(steps - 1 - 2 * np.arange(sequences), 2))


def _warn(trace):
    if trace.stateful:
        warnings.warn(
            f"{trace.stateful[0]} is stateful: here a run starts anew unless it is told where the one before ended, "
            "run(x, initial_state=..., return_state=True)",
            KerasWarning,
            stacklevel=3,
        )
    if trace.masked is not None:
        warnings.warn(
            f"the model skips steps whose inputs all are {trace.masked:g}: here give the lengths of the sequences, "
            "run(x, lengths=...), and no such step inside of one",
            KerasWarning,
            stacklevel=3,
        )
