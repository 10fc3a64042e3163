"""Other weights in the formats of a quantised network: of a network that was trained on, or to be loaded."""

from dataclasses import replace

from rnnhw.errors import RnnhwError
from rnnhw.network import Dense, Network
from rnnhw.network.options import OPTIONS

from .integers import cell_arrays, dense_arrays
from .layers import WHOLE, QuantizedDense
from .quantized import QuantizedNetwork


def with_weights(network: QuantizedNetwork, net: Network) -> QuantizedNetwork:
    """A quantised network of the same formats and options, with the weights of another network.

    Weights beyond their format's range take its end; biases are rounded as they are.

    Raises
    ------
    RnnhwError
        If `net` has another structure, by what differs, or if a bias or an initial state does not fit.
    TypeError
        If `net` is no Network.
    """
    if not isinstance(net, Network):
        raise TypeError(f"net must be a Network, not {type(net).__name__}")
    for key in ("mode", *OPTIONS):
        have, want = getattr(net, key), getattr(network, key)
        if have != want:
            raise RnnhwError(f"{key} of network {net.name} must be {want!r} as in the quantised one, not {have!r}")
    if len(net.layers) != len(network.layers):
        raise RnnhwError(f"network {net.name} must have {len(network.layers)} layers, not {len(net.layers)}")
    pairs = zip(network.layers, net.layers, strict=True)
    return replace(network, layers=tuple(_layer(old, layer, network.of(old).config) for old, layer in pairs))


def _layer(old, layer, config):
    _check(old, layer)
    if isinstance(layer, Dense):
        return replace(old, **dense_arrays(layer, old.weight, old.x, config))
    if isinstance(old, WHOLE):
        cells = [_layer(mine, cell, config) for mine, cell in zip(old.cells, layer.cells, strict=True)]
        return type(old)(old.name, *cells)
    accumulators = [old.accumulator_frac(gate) for gate in range(len(old.gates))]
    return replace(old, **cell_arrays(layer, (old.weight_ih, old.weight_hh), old.state_formats, accumulators, config))


def _check(old, layer) -> None:
    """Refuse a layer that is not of the same kind, sizes and activation."""
    wanted, found = _facts(old), _facts(layer)
    for key, value in wanted.items():
        if found.get(key) != value:
            raise RnnhwError(f"layer {layer.name} must have {key} {value!r} as {old.name} has, not {found.get(key)!r}")


def _facts(layer) -> dict:
    facts = {"kind": layer.kind, "inputs": layer.input_size, "outputs": layer.output_size}
    if isinstance(layer, QuantizedDense):
        return facts | {"activation": "relu" if layer.relu else "linear"}
    return facts | {key: getattr(layer, key) for key in ("activation", "reset_after") if hasattr(layer, key)}
