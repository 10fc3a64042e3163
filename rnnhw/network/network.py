"""A network: LSTM layers, then dense layers, and what a sequence is answered with."""

from dataclasses import dataclass
from itertools import pairwise

from rnnhw.errors import RnnhwError
from rnnhw.network.batch import check_batch
from rnnhw.network.layers import LSTM, Dense
from rnnhw.network.reference import run_layers

#: One answer a sequence, at its last step.
MANY_TO_ONE = "many-to-one"
#: One answer a step.
MANY_TO_MANY = "many-to-many"
#: What the mode of a network may be.
MODES = (MANY_TO_ONE, MANY_TO_MANY)


def check_mode(mode):
    """Return `mode` if it is one of `MODES`, else raise RnnhwError."""
    if mode not in MODES:
        raise RnnhwError(f"mode must be {MANY_TO_ONE!r} or {MANY_TO_MANY!r}, not {mode!r}")
    return mode


@dataclass(frozen=True, repr=False)
class Network:
    """A trained recurrent network, in float64.

    Parameters
    ----------
    layers : sequence of LSTM and Dense
        One or more LSTM, then zero or more Dense; each takes what the one before gives. Kept as a tuple.
    mode : {"many-to-one", "many-to-many"}
        Whether a sequence is answered once, at its last step, or at every step.
    name : str
        For people and file names; not empty.

    Raises
    ------
    RnnhwError
        No LSTM, an LSTM after a Dense, sizes that do not chain, a layer name used twice, or an unknown mode.
    TypeError
        A layer of another type, or a name that is not a str.
    """

    layers: tuple
    mode: str
    name: str = "network"

    def __post_init__(self):
        object.__setattr__(self, "layers", tuple(self.layers))
        check_mode(self.mode)
        if not isinstance(self.name, str):
            raise TypeError(f"network name must be a str, not {type(self.name).__name__}")
        if not self.name.strip() or not self.name.isprintable():
            raise RnnhwError(f"network name must be one line of printable text, not {self.name!r}")
        _check_chain(self.layers)

    __hash__ = None

    def __repr__(self):
        sizes = " -> ".join(str(size) for size in (self.input_size, *(layer.output_size for layer in self.layers)))
        return f"<Network {self.name}: {sizes}, {self.mode}>"

    @property
    def input_size(self):
        """Elements of the input of one step."""
        return self.layers[0].input_size

    @property
    def output_size(self):
        """Elements of one answer."""
        return self.layers[-1].output_size

    def describe(self):
        """What the network consists of, as plain data for tables and JSON.

        Returns
        -------
        list of dict
            One a layer, with "name", "kind" ("lstm", "dense"), "inputs", "outputs", "activation" (None
            for an LSTM), "parameters" (numbers held, the two biases of PyTorch's LSTM as one), "macs"
            (multiply-accumulates of one evaluation) and "evaluated" ("every step", "last step").
        """
        every = {"lstm": "every step", "dense": "last step" if self.mode == MANY_TO_ONE else "every step"}
        return [
            {
                "name": layer.name,
                "kind": layer.kind,
                "inputs": layer.input_size,
                "outputs": layer.output_size,
                "activation": getattr(layer, "activation", None),
                "parameters": layer.parameters,
                "macs": layer.macs,
                "evaluated": every[layer.kind],
            }
            for layer in self.layers
        ]

    def run(self, x, lengths=None, trace=False):
        """The float64 reference.

        Parameters
        ----------
        x : array_like, shape (sequences, steps, inputs)
        lengths : array_like of int, shape (sequences,), or None
            Steps of each sequence that count; None means all.
        trace : bool
            Whether to return the intermediates too.

        Returns
        -------
        y : numpy.ndarray of float64
            Many-to-one: (sequences, outputs), the answer at each sequence's own last step. Many-to-many:
            (sequences, steps, outputs), zeros past a sequence's length.
        trace : dict
            Only with `trace`. `trace["mask"]` is a bool array (sequences, steps), true where a step
            counts. `trace[layer.name]` is a dict of arrays: for an LSTM "x", "h", "c" and the
            pre-activations "z_i", "z_f", "z_g", "z_o", each (sequences, steps, units); for a dense layer
            its input "x" and its sums "y" before the activation, (sequences, units) if many-to-one, else
            (sequences, steps, units). Steps that do not count hold zeros.

        Raises
        ------
        RnnhwError
            A batch that `check_batch` refuses.
        """
        x, lengths = check_batch(x, lengths, self.input_size)
        y, records = run_layers(self.layers, x, lengths, self.mode == MANY_TO_ONE, trace)
        return (y, records) if trace else y


def _check_chain(layers):
    """Refuse anything but one or more LSTM, then zero or more Dense, with sizes that chain and own names."""
    for at, layer in enumerate(layers):
        if not isinstance(layer, LSTM | Dense):
            raise TypeError(f"layers[{at}] must be an LSTM or a Dense, not {type(layer).__name__}")
    if not layers or not isinstance(layers[0], LSTM):
        raise RnnhwError("a network must begin with an LSTM layer")
    for before, layer in pairwise(layers):
        if isinstance(layer, LSTM) and not isinstance(before, LSTM):
            raise RnnhwError(f"LSTM {layer.name!r} must not follow Dense {before.name!r}: LSTM layers come first")
        if layer.input_size != before.output_size:
            raise RnnhwError(
                f"layer {layer.name!r} must take the {before.output_size} outputs of {before.name!r}, "
                f"but has {layer.input_size} inputs"
            )
    names = [layer.name for layer in layers]
    for name in names:
        if names.count(name) > 1:
            raise RnnhwError(f"layer name {name!r} is used {names.count(name)} times; each must be its own")
