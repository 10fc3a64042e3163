"""From the tensors of a PyTorch state dict to a Network.

A state dict says which numbers there are, not what is done with them: whether a sequence is answered once
or at every step, in which order modules run, and whether a relu stands behind a linear layer. What the
shapes leave open comes from an argument or from the file's metadata; it is never guessed.
"""

from collections.abc import Mapping
from dataclasses import replace

from rnnhw.errors import RnnhwError
from rnnhw.network.network import Network
from rnnhw.network.options import MANY_TO_MANY, MANY_TO_ONE, check_mode
from rnnhw.network.order import find_order, read_order
from rnnhw.network.torch_tensors import dense_layer, group_tensors, lstm_layers


def from_state_dict(tensors, *, mode=None, layers=None, metadata=None, name=None):
    """Build a network from tensors that are named as PyTorch names them.

    Understood are `nn.LSTM` (`weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0` and further layer
    numbers; the biases may be absent) and `nn.Linear` (`weight`, `bias`), each behind any prefix such as
    `lstm.` or `model.rnn.`.

    Parameters
    ----------
    tensors : mapping of str to numpy.ndarray
        Floating point arrays.
    mode : {"many-to-one", "many-to-many"}, optional
        Needed unless the metadata has it.
    layers : str or sequence of str, optional
        Prefixes of the modules in the order in which they run, with "relu" behind a linear layer that has
        one: "lstm,fc1,relu,fc2". Needed where the shapes leave the order open, and with several linear
        layers.
    metadata : mapping of str to str, optional
        May hold "mode", "layers" (with commas) and "name", for what is not given as an argument; other
        keys are ignored. A `mode` that contradicts it is refused.
    name : str, optional
        Name of the network.

    Returns
    -------
    Network
        Layers named lstm0, lstm1 ... and dense0, dense1 ...; a lone linear layer without `layers` is
        taken as linear.

    Raises
    ------
    RnnhwError
        A tensor that is not understood or not usable, by its name, or a fact that is missing, with how to
        give it.
    """
    if not isinstance(tensors, Mapping):
        raise TypeError(f"tensors must be a mapping of names to arrays, not {type(tensors).__name__}")
    facts = {} if metadata is None else metadata
    mode = agreed_mode(mode, facts.get("mode"))
    recurrent, linear = group_tensors(tensors)
    lstms = {prefix: lstm_layers(prefix, members) for prefix, members in recurrent.items()}
    denses = {prefix: dense_layer(prefix, members) for prefix, members in linear.items()}
    layers = facts.get("layers") if layers is None else layers
    if layers is None:
        order, relu = find_order(lstms, denses), set()
    else:
        order, relu = read_order(layers, list(lstms), list(denses))
    if mode is None:
        raise RnnhwError(
            "a state dict does not tell how a sequence is answered: "
            f"give mode={MANY_TO_ONE!r} or mode={MANY_TO_MANY!r} (--mode on the command line)"
        )
    chain = []
    for prefix in order:
        if prefix in lstms:
            chain += lstms[prefix]
        else:
            chain.append(replace(denses[prefix], activation="relu" if prefix in relu else "linear"))
    return Network(number_layers(chain), mode, facts.get("name", "network") if name is None else name)


def agreed_mode(given, stored):
    """The mode that the caller gave, or else the one stored in a file; None if there is neither.

    Raises
    ------
    RnnhwError
        An unknown mode, or two that differ.
    """
    for mode in (given, stored):
        if mode is not None:
            check_mode(mode)
    if given is not None and stored is not None and given != stored:
        raise RnnhwError(f"mode {given!r} contradicts the file, which says {stored!r}")
    return stored if given is None else given


def number_layers(layers):
    """Name layers lstm0, lstm1 ... and dense0, dense1 ... in their order."""
    counts, named = {"lstm": 0, "dense": 0}, []
    for layer in layers:
        named.append(replace(layer, name=f"{layer.kind}{counts[layer.kind]}"))
        counts[layer.kind] += 1
    return named
