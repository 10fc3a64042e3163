"""What a network consists of, as plain data for tables and JSON."""

from rnnhw.network.options import MANY_TO_ONE, ONE_TO_MANY


def describe(net):
    """One row a cell or dense layer, see `Network.describe`."""
    rows = []
    for layer in net.layers:
        for part, backward in zip(layer.cells or (layer,), layer.backwards or (False,), strict=True):
            last = not layer.cells and net.mode == MANY_TO_ONE
            rows.append(
                {
                    "name": part.name,
                    "kind": part.kind,
                    "direction": ("backward" if backward else "forward") if layer.cells else None,
                    "inputs": part.input_size,
                    "outputs": part.output_size,
                    "activation": getattr(part, "activation", None),
                    "parameters": part.parameters,
                    "macs": part.macs,
                    "evaluated": "last step" if last else "every step",
                }
            )
    return rows


def answering(net):
    """How a sequence is answered, in words: the mode, and what else is not as usual."""
    parts = [net.mode if net.mode != ONE_TO_MANY else f"{net.mode} ({net.steps} steps)"]
    last = net.recurrents[-1]
    if net.mode == MANY_TO_ONE and any(last.backwards):
        parts.append("final states" if net.reading == "final" else "last step")
    if net.head != "none":
        parts.append(net.head)
    if net.sigmoid != "logistic":
        parts.append("hard sigmoid (slope 1/6)" if net.sigmoid == "hard" else "hard sigmoid (slope 1/5)")
    if net.tanh != "tanh":
        parts.append("hard tanh")
    if net.clip is not None:
        parts.append(f"clip {net.clip:g}")
    return ", ".join(parts)
