"""What a network consists of, as plain data for tables and JSON."""

from rnnhw.network.options import MANY_TO_ONE


def describe(net):
    """One row a cell or dense layer, see `Network.describe`."""
    rows = []
    for layer in net.layers:
        for part, direction in zip(layer.cells or (layer,), ("forward", "backward"), strict=False):
            last = not layer.cells and net.mode == MANY_TO_ONE
            rows.append(
                {
                    "name": part.name,
                    "kind": part.kind,
                    "direction": direction if layer.cells else None,
                    "inputs": part.input_size,
                    "outputs": part.output_size,
                    "activation": getattr(part, "activation", None),
                    "parameters": part.parameters,
                    "macs": part.macs,
                    "evaluated": "last step" if last else "every step",
                }
            )
    return rows
