"""The formats that a model in QDQ form fixes, under the names of the network's layers."""

import numpy as np

from rnnhw.errors import RnnhwError


def found_formats(net, trace):
    """The formats that a model's QuantizeLinear and DequantizeLinear nodes are.

    Parameters
    ----------
    net : Network
    trace : Trace

    Returns
    -------
    dict of str to QFormat or tuple of QFormat
        By "input", "<cell>.weight_ih", "<cell>.weight_hh" (a tuple: one a gate), "<cell>.h", "<dense>.weight",
        "<dense>.y".

    Raises
    ------
    RnnhwError
        Two formats for the same values, or one for values that a network does not round.
    """
    found = {}
    cells = iter(net.cells)
    for layer in trace.layers:
        for use, cell in zip(layer.cells, cells, strict=False):
            found |= {f"{cell.name}.{key}": value for key, value in use.formats.items()}
    for dense, weights in zip(net.denses, trace.denses, strict=False):
        if weights is not None:
            found[f"{dense.name}.weight"] = weights
    for ids, form in trace.formats:
        for key in _rounded(ids, net, trace):
            if found.setdefault(key, form) != form:
                raise RnnhwError(f"{key} must have one format, not {found[key]} and {form}")
    return found


def _rounded(ids, net, trace):
    """The names of the values that ids stand for."""
    ids = ids[ids >= 0]
    dense = trace.dense_of(ids)
    if dense is not None:
        return [f"{net.denses[dense].name}.y"]
    for layer, mine in zip(trace.layers, net.recurrents, strict=True):
        if np.isin(ids, layer.h).all():
            _check_whole(np.isin(layer.h, ids), mine)
            return [f"{cell.name}.h" for cell in mine.cells]
    if ids.size and ids.max() < trace.layers[0].h[trace.layers[0].h >= 0].min():
        return ["input"]
    raise RnnhwError("a QuantizeLinear stands behind values that a network does not round: final states c or a head")


def _check_whole(rounded, layer):
    """Refuse a format for some units of a layer, or for one of its directions: there is one for all."""
    sizes = np.cumsum([cell.hidden_size for cell in layer.cells])[:-1]
    for part in np.split(rounded, sizes, axis=-1):
        if not part.any() or (part.any(axis=-1) != part.all(axis=-1)).any():
            raise RnnhwError("a QuantizeLinear stands behind a part of a recurrent layer's units; it must round all")
