"""Random networks and batches that exercise the arithmetic: neither saturated nor flat."""

import numpy as np

from rnnhw.network import LSTM, Dense, Network


def random_network(
    rng: np.random.Generator, *, inputs=None, hidden=None, outputs=None, mode=None, largest=9, name="random"
) -> Network:
    """A network of random sizes (where they are not given) and random weights.

    Pre-activations have a standard deviation of one to two for inputs of variance one, so that gates
    move over most of their range without resting at its ends. No bias is zero.

    Parameters
    ----------
    rng : Generator
    inputs : int, optional
        1 .. `largest`.
    hidden, outputs : sequence of int, optional
        Sizes of the LSTM layers (one to three of 1 .. `largest`) and of the dense layers (none to two).
    mode : str, optional
        "many-to-one" or "many-to-many".
    """
    sizes = rng.integers(1, largest + 1, 6).tolist()
    inputs = sizes[0] if inputs is None else inputs
    hidden = sizes[1 : 2 + int(rng.integers(3))] if hidden is None else hidden
    outputs = sizes[4 : 4 + int(rng.integers(3))] if outputs is None else outputs
    mode = str(rng.choice(["many-to-one", "many-to-many"])) if mode is None else mode
    layers, size = [], inputs
    for index, units in enumerate(hidden):
        layers.append(_lstm(rng, size, units, f"lstm{index}"))
        size = units
    for index, units in enumerate(outputs):
        activation = str(rng.choice(["linear", "relu"]))
        weight = rng.normal(0, 1.5 / np.sqrt(size), (units, size))
        layers.append(Dense(weight, _biases(rng, units), activation, f"fc{index}"))
        size = units
    return Network(layers, mode, name)


def random_batch(rng: np.random.Generator, net: Network, sequences: int, steps: int) -> np.ndarray:
    """Inputs of shape (sequences, steps, inputs), normally distributed with variance one."""
    return rng.normal(0, 1, (sequences, steps, net.input_size))


def random_lengths(rng: np.random.Generator, sequences: int, steps: int) -> np.ndarray:
    """Lengths of 1 .. `steps`, both of which occur when there are two sequences or more."""
    lengths = rng.integers(1, steps + 1, sequences)
    lengths[:2] = [steps, 1][:sequences]
    return lengths


def _lstm(rng, inputs: int, units: int, name: str) -> LSTM:
    """Weights larger for the state (of magnitude below one) than for the input."""
    weight_ih = rng.normal(0, 1.2 / np.sqrt(inputs), (4 * units, inputs))
    weight_hh = rng.normal(0, 1.8 / np.sqrt(units), (4 * units, units))
    return LSTM(weight_ih, weight_hh, _biases(rng, 4 * units), name)


def _biases(rng, count: int) -> np.ndarray:
    """Magnitudes of 0.1 .. 0.7, either sign."""
    return rng.uniform(0.1, 0.7, count) * rng.choice([-1.0, 1.0], count)
