"""In which order the modules of a state dict run: the user's list, or found from the shapes."""

from itertools import islice

from rnnhw.errors import RnnhwError

_HOW = "give layers= with the modules in the order in which they run, such as layers={!r}"


def chains(sizes, start=None):
    """All orders in which every module takes what the one before gives.

    Parameters
    ----------
    sizes : dict of hashable to (int, int)
        Input and output size of each module.
    start : int or None
        What the first module must take; None means anything.

    Yields
    ------
    tuple
        Keys of `sizes` in an order that chains.
    """
    if not sizes:
        yield ()
    for key, (inputs, outputs) in sizes.items():
        if start in (None, inputs):
            rest = {other: size for other, size in sizes.items() if other != key}
            for tail in chains(rest, outputs):
                yield (key, *tail)


def find_order(recurrent, denses):
    """Order the modules by their shapes, if these leave no doubt.

    Parameters
    ----------
    recurrent : dict of str to list of layers
        Prefix of each recurrent module -> its layers.
    denses : dict of str to Dense
        Prefix of each nn.Linear -> its layer; at most one.

    Returns
    -------
    list of str
        Prefixes, recurrent modules first.

    Raises
    ------
    RnnhwError
        Several linear layers, no order that chains, more than one, or a linear layer that could as well
        stand before the recurrent modules.
    """
    example = ",".join([*recurrent, *_with_relu(denses)])
    if len(denses) > 1:
        raise RnnhwError(
            f"a state dict does not tell what stands between the linear layers {_listed(denses)}: "
            + _HOW.format(example)
        )
    sizes = {prefix: (layers[0].input_size, layers[-1].output_size) for prefix, layers in recurrent.items()}
    found = list(islice(chains(sizes), 2))
    if not found:
        raise RnnhwError(f"the sizes of the recurrent modules {_listed(recurrent)} do not chain in any order")
    if len(found) > 1:
        named = _listed(recurrent)
        raise RnnhwError(f"the recurrent modules {named} chain in more than one order: {_HOW.format(example)}")
    (order,) = found
    for prefix, dense in denses.items():
        if dense.input_size == sizes[order[0]][0] == sizes[order[-1]][1] and (
            dense.output_size == dense.input_size or not dense.bias.any()
        ):
            raise RnnhwError(
                f"linear layer {prefix!r} could by its shape stand before the recurrent layers "
                f"(nn.Linear, nn.Embedding) as well as behind it: {_HOW.format(example)}"
            )
        if dense.input_size != sizes[order[-1]][1]:
            raise RnnhwError(
                f"linear layer {prefix!r} must take the {sizes[order[-1]][1]} outputs of the recurrent layers, "
                f"but has {dense.input_size} inputs"
            )
    return [*order, *denses]


def _with_relu(denses):
    """Prefixes of linear layers with "relu" between them, as an example in a message."""
    names = [name for prefix in denses for name in (prefix, "relu")]
    return names[:-1]


def _listed(prefixes):
    return ", ".join(repr(prefix) for prefix in prefixes)


def read_order(layers, recurrent, denses):
    """Check the user's list of modules.

    Parameters
    ----------
    layers : str or sequence of str
        Prefixes, and "relu" directly behind a linear layer; one string is split at its commas.
    recurrent, denses : list of str
        Prefixes of the recurrent and the nn.Linear modules that there are.

    Returns
    -------
    order : list of str
        Prefixes without the "relu".
    relu : set of str
        Prefixes of the linear layers with a relu behind them.

    Raises
    ------
    RnnhwError
        A name that is no module, a module that is missing or named twice, or a "relu" not behind a linear
        layer.
    """
    names = layers.split(",") if isinstance(layers, str) else list(layers)
    if not all(isinstance(name, str) for name in names):
        raise TypeError("layers must be a str or a sequence of str")
    names = [name.strip() for name in names]
    order, relu = [], set()
    for at, name in enumerate(names):
        if name in recurrent or name in denses:
            if name in order:
                raise RnnhwError(f"layers names module {name!r} twice")
            order.append(name)
        elif name != "relu":
            raise RnnhwError(
                f"layers names {name!r}, but the modules are {_listed([*recurrent, *denses])} (and 'relu')"
            )
        elif at and names[at - 1] in denses:
            relu.add(names[at - 1])
        else:
            raise RnnhwError("'relu' in layers must stand directly behind a linear layer")
    for prefix in (*recurrent, *denses):
        if prefix not in order:
            raise RnnhwError(f"layers does not name module {prefix!r}")
    return order, relu
