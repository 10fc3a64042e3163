"""A network: recurrent layers, then dense layers, and what a sequence is answered with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.batch import check_batch, check_state
from rnnhw.network.chain import Chain, check_chain
from rnnhw.network.describe import answering, describe
from rnnhw.network.formats import check_formats
from rnnhw.network.layers import WHOLE
from rnnhw.network.options import ONE_TO_MANY, ONE_TO_ONE, OPTIONS, check_clip, check_feedback, check_options
from rnnhw.network.reference import run_network


@dataclass(frozen=True, repr=False)
class Network(Chain):
    """A trained recurrent network, in float64.

    Parameters
    ----------
    layers : sequence of LSTM, GRU, RNN, Bidirectional, Reversed and Dense
        One or more recurrent layers, of any kinds, then zero or more Dense; each takes what the one before
        gives. Kept as a tuple.
    mode : {"one-to-one", "one-to-many", "many-to-one", "many-to-many"}
        One-to-one: every sequence has one step. One-to-many: one step is given, then every answer is the
        next input. Many-to-one: a sequence is answered once, at its last step. Many-to-many: at every step.
    name : str
        For people and file names; not empty.
    steps : int, optional
        Answers of a one-to-many network, and only there.
    reading : {"final", "last-step"}
        What a many-to-one network takes of its last recurrent layer if that is a Bidirectional or Reversed:
        each direction's state after its own last step (for a backward one that is the sequence's first), or
        the output at the sequence's last step.
    head : {"none", "argmax", "softmax"}
        Done to the last layer's outputs. Argmax answers with the index of the largest, the lowest of equals.
    sigmoid : {"logistic", "hard", "hard-0.2"}
        Hard ones: clip(a / 6 + 1/2) and clip(a / 5 + 1/2) to 0..1. For all cells.
    tanh : {"tanh", "hard"}
        Hard: clip(a) to -1..1. For all cells.
    clip : float, optional
        Pre-activations beyond +-clip count as +-clip, before the sigmoid and the tanh of GRU and tanh RNN cells;
        networks with an LSTM or a relu RNN have none.
    formats : mapping of str to QFormat
        Formats that `rnnhw.quantize` has to keep, of a model that was quantised already: "input", and
        "<cell>.weight_ih", "<cell>.weight_hh" (one for all gates or a tuple of one a gate), "<cell>.h",
        "<dense>.weight", "<dense>.y". The float reference knows nothing of them.

    Raises
    ------
    RnnhwError
        No recurrent layer, one after a Dense, sizes that do not chain, a name used twice, or options that
        are unknown or contradict each other.
    TypeError
        A layer of another type, a name that is not a str, or steps that are not an int.
    """

    layers: tuple
    mode: str
    name: str = "network"
    steps: int | None = None
    reading: str = "final"
    head: str = "none"
    sigmoid: str = "logistic"
    tanh: str = "tanh"
    clip: float | None = None
    formats: Mapping = field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "layers", tuple(self.layers))
        check_options(self.mode, self.steps, self.reading, self.head, self.sigmoid, self.tanh)
        if self.steps is not None:
            object.__setattr__(self, "steps", int(self.steps))
        if not isinstance(self.name, str):
            raise TypeError(f"network name must be a str, not {type(self.name).__name__}")
        if not self.name.strip() or not self.name.isprintable():
            raise RnnhwError(f"network name must be one line of printable text, not {self.name!r}")
        check_chain(self.layers)
        check_clip(self.clip, self.cells)
        if self.clip is not None:
            object.__setattr__(self, "clip", float(self.clip))
        object.__setattr__(self, "formats", check_formats(self.layers, self.formats))
        if self.mode == ONE_TO_MANY:
            both = (layer.name for layer in self.layers if isinstance(layer, WHOLE))
            check_feedback(self.input_size, self.output_size, next(both, None))

    __hash__ = None

    def __repr__(self):
        sizes = " -> ".join(str(size) for size in (self.input_size, *(layer.output_size for layer in self.layers)))
        return f"<Network {self.name}: {sizes}, {answering(self)}>"

    @property
    def options(self):
        """What the network is told besides its layers and name, by the names of the parameters."""
        return {key: getattr(self, key) for key in ("mode", *OPTIONS)}

    @property
    def output_size(self):
        """Elements of one answer: 1 with an argmax."""
        return 1 if self.head == "argmax" else self.result_size

    def describe(self):
        """What the network consists of, as plain data for tables and JSON.

        Returns
        -------
        list of dict
            One a layer, and one a cell for a Bidirectional, with "name", "kind" ("lstm", "gru", "rnn",
            "dense"), "direction" ("forward", "backward"; None for a dense layer), "inputs", "outputs",
            "activation" (None for an LSTM or a GRU), "parameters" (numbers held, of two biases that are only
            used as their sum the sum), "macs" (multiply-accumulates of one evaluation) and "evaluated"
            ("every step", "last step").
        """
        return describe(self)

    def run(self, x, lengths=None, trace=False, initial_state=None, return_state=False):
        """The float64 reference.

        Parameters
        ----------
        x : array_like, shape (sequences, steps, inputs)
            One step a sequence for one-to-one and one-to-many.
        lengths : array_like of int, shape (sequences,), or None
            Steps of each sequence that count; None means all.
        trace : bool
            Whether to return the intermediates too.
        initial_state : array_like, shape (sequences, state_size), or None
            Replaces the constant initial states, flat in the order of `cells`. A backward cell starts from
            its part at the sequence's last step.
        return_state : bool
            Whether to return the state after the sequence too; a backward cell's is that after step 0.

        Returns
        -------
        y : numpy.ndarray of float64
            Many-to-one: (sequences, outputs), the answer at each sequence's own last step. Otherwise
            (sequences, steps, outputs), zeros past a sequence's length.
        final_state : numpy.ndarray of float64, shape (sequences, state_size)
            Only with `return_state`.
        trace : dict
            Only with `trace`. `trace["mask"]` is a bool array (sequences, steps), true where a step counts.
            `trace[cell.name]` is a dict of arrays (sequences, steps, units), indexed by time step in either
            direction: "x", "h", and for an LSTM "c" and the pre-activations "z_i", "z_f", "z_g", "z_o"; for
            a GRU "z_r", "z_z", "z_n" and, with the reset after, "p" (U_n h + bias_hn); for an RNN "z".
            `trace[dense.name]` has its input "x" and its sums "y" before the activation, (sequences, units)
            if many-to-one, else (sequences, steps, units). Steps that do not count hold zeros.

        Raises
        ------
        RnnhwError
            A batch or state that `check_batch` or `check_state` refuses.
        """
        x, lengths = check_batch(x, lengths, self.input_size, one_step=self.mode in (ONE_TO_ONE, ONE_TO_MANY))
        if initial_state is None:
            state = np.tile(self.initial, (len(x), 1))
        else:
            state = check_state(initial_state, len(x), self.state_size)
        y, final, records = run_network(self, x, lengths, state, trace)
        answer = (y, *((final,) if return_state else ()), *((records,) if trace else ()))
        return answer if len(answer) > 1 else y
