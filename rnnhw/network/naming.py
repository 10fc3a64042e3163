"""Names for layers that come without any."""

from dataclasses import replace

from rnnhw.network.layers import Bidirectional, Reversed


def number_layers(layers):
    """Name layers lstm0, gru0, lstm1 ... and dense0, dense1 ... in their order, each kind with its own count."""
    counts, named = {}, []
    for layer in layers:
        kind = layer.cells[0].kind if layer.cells else layer.kind
        name = f"{kind}{counts.setdefault(kind, 0)}"
        counts[kind] += 1
        if isinstance(layer, Bidirectional):
            sides = {side: replace(getattr(layer, side), name=f"{name}_{side}") for side in ("forward", "backward")}
            named.append(Bidirectional(**sides, name=name))
        elif isinstance(layer, Reversed):
            named.append(Reversed(replace(layer.cell, name=f"{name}_backward"), name))
        else:
            named.append(replace(layer, name=name))
    return named
