"""Random networks and batches that exercise the arithmetic: neither saturated nor flat."""

from dataclasses import replace

import numpy as np

from rnnhw.network import GRU, LSTM, MODES, RNN, Bidirectional, Dense, Network, Reversed

#: What `kinds` of `random_network` may hold; the last two draw their cells from the others.
CELLS = ("lstm", "gru", "gru-before", "rnn-tanh", "rnn-relu")
KINDS = (*CELLS, "reversed", "bidirectional")
#: Those of them that need whole sequences.
WHOLE = ("reversed", "bidirectional")
ONE_STEP = ("one-to-one", "one-to-many")


def random_network(
    rng: np.random.Generator,
    *,
    inputs=None,
    hidden=None,
    outputs=None,
    mode=None,
    largest=9,
    name="random",
    kinds=None,
    **options,
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
        Sizes of the recurrent layers (one to three of 1 .. `largest`) and of the dense layers (none to two).
    mode : str, optional
        Without it many-to-one or many-to-many; with `kinds` any that they allow.
    kinds : sequence of str, optional
        Of `KINDS`, what each recurrent layer is drawn from, and then initial states, head, reading and
        curves are drawn too. Without it all are LSTM and nothing else is drawn.
    **options
        Of `Network`: steps, reading, head, sigmoid, tanh, instead of drawn ones.
    """
    sizes = rng.integers(1, largest + 1, 6).tolist()
    inputs = sizes[0] if inputs is None else inputs
    hidden = sizes[1 : 2 + int(rng.integers(3))] if hidden is None else hidden
    given = outputs is not None
    outputs = list(outputs) if given else sizes[4 : 4 + int(rng.integers(3))]
    if kinds is None:
        mode = str(rng.choice(["many-to-one", "many-to-many"])) if mode is None else mode
        drawn = ["lstm"] * len(hidden)
    else:
        mode, options = _draw_options(rng, kinds, mode, options)
        allowed = [kind for kind in kinds if kind not in WHOLE or mode != "one-to-many"]
        drawn = rng.choice(allowed, len(hidden)).tolist()
        if mode == "one-to-many" and not given:
            outputs = [*outputs, inputs]
    layers, size = [], inputs
    for index, (units, kind) in enumerate(zip(hidden, drawn, strict=True)):
        layers.append(_recurrent(rng, kind, size, units, index, kinds))
        size = layers[-1].output_size
    for index, units in enumerate(outputs):
        activation = str(rng.choice(["linear", "relu"]))
        weight = rng.normal(0, 1.5 / np.sqrt(size), (units, size))
        layers.append(Dense(weight, _biases(rng, units), activation, f"fc{index}"))
        size = units
    return Network(layers, mode, name, **options)


def _draw_options(rng, kinds, mode, options: dict) -> tuple[str, dict]:
    """Mode and further options of a network, with those that are given kept."""
    modes = [m for m in MODES if m != "one-to-many" or not set(kinds) <= set(WHOLE)]
    modes = [m for m in modes if m != "one-to-many" or options.get("head", "none") == "none"]
    mode = str(rng.choice(modes)) if mode is None else mode
    drawn = {
        "reading": str(rng.choice(["final", "last-step"])),
        "head": str(rng.choice(["none", "none", "argmax", "softmax"])),
        "sigmoid": str(rng.choice(["logistic", "logistic", "hard", "hard-0.2"])),
        "tanh": str(rng.choice(["tanh", "tanh", "hard"])),
    }
    if mode == "one-to-many":
        drawn |= {"head": "none", "steps": int(rng.integers(1, 7))}
    return mode, drawn | options


def random_batch(rng: np.random.Generator, net: Network, sequences: int, steps: int) -> np.ndarray:
    """Inputs of shape (sequences, steps, inputs), normally distributed with variance one.

    Modes in which a sequence has one step get one.
    """
    return rng.normal(0, 1, (sequences, 1 if net.mode in ONE_STEP else steps, net.input_size))


def random_lengths(rng: np.random.Generator, sequences: int, steps: int) -> np.ndarray:
    """Lengths of 1 .. `steps`, both of which occur when there are two sequences or more."""
    lengths = rng.integers(1, steps + 1, sequences)
    lengths[:2] = [steps, 1][:sequences]
    return lengths


def random_state(rng: np.random.Generator, net: Network, sequences: int) -> np.ndarray:
    """Initial states of shape (sequences, state_size): h of magnitude below one, c below one and a half."""
    parts = [_state(rng, cell, field, sequences) for cell in net.cells for field in cell.initial_fields]
    return np.concatenate(parts, axis=1)


def _state(rng, cell, field: str, count: int) -> np.ndarray:
    if getattr(cell, "activation", None) == "relu":
        return rng.uniform(0, 1, (count, cell.hidden_size))
    limit = 1.5 if field == "c0" else 0.95
    return rng.uniform(-limit, limit, (count, cell.hidden_size))


def _recurrent(rng, kind: str, inputs: int, units: int, index: int, kinds):
    """A layer of one of `KINDS`; with `kinds`, half of the cells have an initial state."""
    if kind not in WHOLE:
        return _cell(rng, kind, inputs, units, f"{kind.partition('-')[0]}{index}", initial=kinds is not None)
    among = [each for each in kinds if each not in WHOLE] or CELLS
    if kind == "reversed":
        return Reversed(_cell(rng, str(rng.choice(among)), inputs, units, f"cell{index}", initial=True), f"back{index}")
    kind = str(rng.choice(among))
    forward = _cell(rng, kind, inputs, units, f"forward{index}", initial=True)
    units = int(rng.integers(1, units + 2))
    relu = kind == "rnn-relu"  # both cells of a layer have one format of h: relu in both, or in neither
    if not relu:
        kind = str(rng.choice([each for each in among if each != "rnn-relu"]))
    backward = _cell(rng, kind, inputs, units, f"backward{index}", initial=True)
    return Bidirectional(forward, backward, f"both{index}")


def _cell(rng, kind: str, inputs: int, units: int, name: str, initial: bool):
    """Weights larger for the state (of magnitude below one) than for the input."""
    family, _, variant = kind.partition("-")
    rows = {"lstm": 4, "gru": 3, "rnn": 1}[family] * units
    weight_ih = rng.normal(0, 1.2 / np.sqrt(inputs), (rows, inputs))
    weight_hh = rng.normal(0, 1.8 / np.sqrt(units), (rows, units))
    bias = _biases(rng, rows)
    if family == "lstm":
        cell = LSTM(weight_ih, weight_hh, bias, name)
    elif family == "gru":
        bias_hn = np.zeros(units) if variant == "before" else _biases(rng, units)
        cell = GRU(weight_ih, weight_hh, bias, bias_hn, variant != "before", name)
    else:
        if variant == "relu":  # nothing else keeps its state from growing
            weight_hh *= 0.9 / max(0.9, np.linalg.norm(weight_hh, 2))
        cell = RNN(weight_ih, weight_hh, bias, variant, name)
    return _with_initial_state(rng, cell) if initial and rng.random() < 0.5 else cell


def _with_initial_state(rng, cell):
    return replace(cell, **{field: _state(rng, cell, field, 1)[0] for field in cell.initial_fields})


def _biases(rng, count: int) -> np.ndarray:
    """Magnitudes of 0.1 .. 0.7, either sign."""
    return rng.uniform(0.1, 0.7, count) * rng.choice([-1.0, 1.0], count)
