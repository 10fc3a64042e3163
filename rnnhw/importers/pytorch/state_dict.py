"""From the tensors of a PyTorch state dict to a Network.

A state dict says which numbers there are, not what is done with them: how a sequence is answered, in which
order modules run, and whether a relu stands behind a linear layer. What the shapes leave open comes from an
argument or from the file's metadata; it is never guessed.
"""

from collections.abc import Mapping
from dataclasses import replace

from rnnhw.errors import RnnhwError
from rnnhw.importers.facts import CONVENTIONS, collect_facts
from rnnhw.importers.pytorch.cells import Conventions, recurrent_layers
from rnnhw.importers.pytorch.order import find_order, read_order
from rnnhw.importers.pytorch.tensors import dense_layer, group_tensors
from rnnhw.network.layer_checks import listed
from rnnhw.network.layers import Bidirectional, Dense
from rnnhw.network.naming import number_layers
from rnnhw.network.network import Network
from rnnhw.network.options import MANY_TO_ONE, MODES, OPTIONS, READINGS, agreed_mode


def from_state_dict(tensors, *, mode=None, layers=None, metadata=None, name=None, **facts):
    """Build a network from tensors that are named as PyTorch names them.

    Understood are `nn.LSTM`, `nn.GRU` and `nn.RNN` (`weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
    `bias_hh_l0`, further layer numbers, and `_reverse` behind them; the biases may be absent) and `nn.Linear`
    (`weight`, `bias`), each behind any prefix such as `lstm.` or `model.rnn.`.

    Parameters
    ----------
    tensors : mapping of str to numpy.ndarray
        Floating point arrays.
    mode : {"one-to-one", "one-to-many", "many-to-one", "many-to-many"}, optional
        Needed unless the metadata has it.
    layers : str or sequence of str, optional
        Prefixes of the modules in the order in which they run, with "relu" behind a linear layer that has
        one: "lstm,fc1,relu,fc2". Needed where the shapes leave the order open, and with several linear
        layers.
    metadata : mapping of str to str, optional
        May hold "mode", "layers" (with commas), "name" and any of the facts, for what is not given as an
        argument; other keys are ignored. A `mode` that contradicts it is refused.
    name : str, optional
        Name of the network.
    steps, reading, head, sigmoid, tanh, clip : optional
        As for `Network`. The reading is needed if a many-to-one network ends its recurrent layers with a
        bidirectional one.
    nonlinearity : {"tanh", "relu"}, optional
        Of all `nn.RNN`; needed if there is one.
    update_gate : {"keep", "take"}, optional
        Whether z of all GRUs multiplies the old state, as PyTorch has it, or the candidate:
        h' = (1 - z) h + z n. Such a model is brought to the former.
    reset_after : bool, optional
        Whether r of all GRUs multiplies the product of U_n and h with its bias, as PyTorch has it, or h.

    Returns
    -------
    Network
        Layers named by kind and number: lstm0, gru0, lstm1 ..., dense0, dense1 ...; of a bidirectional lstm0
        the cells are lstm0_forward and lstm0_backward. A lone linear layer without `layers` is taken as
        linear.

    Raises
    ------
    RnnhwError
        A tensor that is not understood or not usable, by its name, or a fact that is missing, with how to
        give it.
    """
    if not isinstance(tensors, Mapping):
        raise TypeError(f"tensors must be a mapping of names to arrays, not {type(tensors).__name__}")
    metadata = {} if metadata is None else metadata
    mode = agreed_mode(mode, metadata.get("mode"))
    facts = collect_facts(facts, metadata)
    recurrent, linear = group_tensors(tensors)
    conventions = Conventions(**{key: facts[key] for key in CONVENTIONS if key in facts})
    modules = {prefix: recurrent_layers(prefix, members, conventions) for prefix, members in recurrent.items()}
    _check_conventions(facts, modules)
    denses = {prefix: dense_layer(prefix, members) for prefix, members in linear.items()}
    chain = _chain(modules, denses, metadata.get("layers") if layers is None else layers)
    if mode is None:
        raise RnnhwError(
            "a state dict does not tell how a sequence is answered: "
            f"give mode={listed(MODES)} (--mode on the command line)"
        )
    _check_reading(chain, mode, facts)
    options = {key: facts[key] for key in OPTIONS if key in facts}
    return Network(number_layers(chain), mode, metadata.get("name", "network") if name is None else name, **options)


def _chain(modules, denses, layers):
    """All layers in the order in which they run."""
    if layers is None:
        order, relu = find_order(modules, denses), set()
    else:
        order, relu = read_order(layers, list(modules), list(denses))
    chain = []
    for prefix in order:
        if prefix in modules:
            chain += modules[prefix]
        else:
            chain.append(replace(denses[prefix], activation="relu" if prefix in relu else "linear"))
    return chain


def _check_conventions(facts, modules):
    """Refuse a convention of cells that are not there."""
    kinds = {cell.kind for layers in modules.values() for layer in layers for cell in layer.cells}
    for key, kind in (("nonlinearity", "rnn"), ("update_gate", "gru"), ("reset_after", "gru")):
        if key in facts and kind not in kinds:
            raise RnnhwError(f"{key} has no effect: there is no nn.{kind.upper()}")


def _check_reading(chain, mode, facts):
    """Ask for what a many-to-one network takes of a bidirectional layer."""
    last = [layer for layer in chain if not isinstance(layer, Dense)][-1:]
    if mode == MANY_TO_ONE and "reading" not in facts and last and isinstance(last[0], Bidirectional):
        raise RnnhwError(
            "a state dict does not tell what is taken of its bidirectional layer, "
            f"each direction's final state or the output of the last step: give reading={listed(READINGS)}"
        )
