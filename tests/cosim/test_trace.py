"""One wrong bit in any layer of any core is traced to its layer, unit and signal."""

import re
from dataclasses import replace

import numpy as np
import pytest

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.vectors import seeded_input, seeded_state
from rnnhw.network import Dense, Network
from rnnhw.plan import make_plan
from rnnhw.sim import Mismatch, verify_core
from rnnhw.sim.tools import find_compiler, find_icarus
from tests.cosim.broken import altered_bias, columns_of, flipped_weight
from tests.cosim.test_verilog import need
from tests.networks import random_network

PLAIN = {"head": "none", "sigmoid": "logistic", "tanh": "tanh"}
MANY, ONE = "many-to-many", "many-to-one"

#: kind and size of each recurrent layer, dense sizes, mode, what else the network has, hardware
CASES = {
    "lstm": ({"lstm": 3}, [], MANY, {}, {"lanes": 3}),
    "gru": ({"gru": 3}, [2], ONE, {}, {"lanes": 2}),
    "gru reset before": ({"gru-before": 3}, [], MANY, {}, {"lanes": 4}),
    "rnn": ({"rnn-tanh": 4}, [3], MANY, {}, {"lanes": 2}),
    "relu": ({"rnn-relu": 4}, [2, 2], ONE, {}, {"lanes": 3}),
    "hard curves": ({"lstm": 2, "gru": 2}, [], MANY, {"sigmoid": "hard-0.2", "tanh": "hard"}, {"lanes": 3}),
    "mixed": ({"lstm": 2, "gru-before": 3, "rnn-relu": 2, "gru": 2, "rnn-tanh": 2}, [2], MANY, {}, {"lanes": 5}),
    "pipelines": ({"lstm": 5}, [3], MANY, {}, {"lanes": 12, "pipelines": 3}),
    "columns": ({"gru": 5}, [], MANY, {}, {"lanes": 5, "columns_per_cycle": 3, "pipelines": 2}),
    "engines": ({"lstm": 3, "gru": 2}, [2], ONE, {}, {"lanes": 4, "engines": "per-layer"}),
    "streams": ({"gru": 3, "lstm": 2}, [2], MANY, {}, {"lanes": 4, "streams": 3}),
    "streams and engines": (
        {"rnn-tanh": 3, "gru": 3},
        [2],
        ONE,
        {},
        {"lanes": 4, "streams": 2, "engines": "per-layer"},
    ),
    "one-to-many": ({"lstm": 3, "gru": 2}, [2], "one-to-many", {"steps": 4}, {"lanes": 4}),
    "argmax": ({"gru": 3}, [4], MANY, {"head": "argmax"}, {"lanes": 4}),
    "softmax": ({"lstm": 3}, [3], ONE, {"head": "softmax"}, {"lanes": 4}),
    "both directions": ({"both": 2}, [2], MANY, {}, {"lanes": 4, "max_steps": 5}),
    "final reading": ({"both": 2}, [2], ONE, {"reading": "final"}, {"lanes": 4, "max_steps": 5}),
    "last step": ({"both": 2}, [2], ONE, {"reading": "last-step"}, {"lanes": 4, "max_steps": 5}),
    "stacked directions": ({"both": 1, "both again": 2}, [], MANY, {}, {"lanes": 4, "max_steps": 5}),
    "states": ({"lstm": 3, "gru": 2}, [], MANY, {}, {"lanes": 4, "load_state": True, "read_state": True}),
    "loadable": ({"gru": 3}, [2], MANY, {}, {"lanes": 4, "weights": "loadable"}),
}


def make(name: str):
    """A core of a name in `CASES`, and its vectors."""
    hidden, outputs, mode, options, hardware = CASES[name]
    rng = np.random.default_rng([list(CASES).index(name), 77])
    size = inputs = outputs[-1] if mode == "one-to-many" else 2
    layers = []
    for at, (kind, units) in enumerate(hidden.items()):
        kinds = ("bidirectional", "lstm", "gru") if kind.startswith("both") else (kind,)
        one = {"inputs": size, "hidden": [units], "outputs": [], "mode": MANY}
        layers.append(renamed(random_network(rng, kinds=kinds, **one, **PLAIN).layers[0], at))
        while kind.startswith("both") and layers[-1].kind != "bidirectional":
            layers[-1] = renamed(random_network(rng, kinds=kinds, **one, **PLAIN).layers[0], at)
        size = layers[-1].output_size
    for at, units in enumerate(outputs):
        weight = rng.normal(0, 1.5 / np.sqrt(size), (units, size))
        layers.append(Dense(weight, rng.normal(0, 0.4, units), "linear", f"dense{at}"))
        size = units
    net = Network(layers, mode, **(PLAIN | options))
    qnet = rnnhw.quantize(net, rng.normal(0, 1, (4, 1 if mode == "one-to-many" else 4, inputs)), activation_bits=10)
    core = Core(make_plan(qnet, **hardware), "traced")
    return core, vectors_of(core)


def renamed(layer, at: int):
    """A layer with a name of its own in a network."""
    if layer.kind == "bidirectional":
        return replace(
            layer, forward=renamed(layer.forward, at), backward=renamed(layer.backward, at), name=f"both{at}"
        )
    return replace(layer, name=f"{layer.name}_{at}")


def vectors_of(core: Core):
    """Beats with the image of this core's own weights."""
    count = 9 if core.plan.network.head == "argmax" else 3  # where few wrong bits show
    x_raw, lengths = seeded_input(core.plan.network, count, 3, seed=3)
    state = seeded_state(core.plan.network, count) if core.plan.hardware.load_state else None
    return core.vectors(x_raw, lengths, initial_state=state)


def found(core: Core, vectors, simulator: str, **options):
    """Sequence, step, layer, unit and signal that a mismatch names; None where no answer differs."""
    try:
        verify_core(core, vectors, simulator, **options)
    except Mismatch as mismatch:
        text = str(mismatch)
    else:
        return None
    match = re.search(r"sequence (\d+), step (\d+), layer (\w+), unit (\d+): (\w+) is", text)
    assert match, text
    sequence, step, layer, unit, signal = match.groups()
    return int(sequence), int(step), layer, int(unit), signal


def signal_of(item, row: int, of_input: bool) -> str:
    """The sum that a weight or a bias of a row goes into."""
    if item.kind == "gru" and item.gates[row] == "n":
        return "a_nx" if of_input else "a_nh"
    return f"a_{item.gates[row]}" if item.kind not in ("rnn", "relu", "dense") else "a"


def first_step(core: Core, engine: int, item, vectors) -> int:
    """Step of the first sequence in which a pass runs first."""
    layers = core.plan.engines[engine].layers
    final = int(vectors.lengths[0]) - 1
    if any(layer.kind == "bidirectional" and layer.backward.name == item.name for layer in layers):
        return final
    return final if core.plan.network.mode == ONE and item.kind == "dense" else 0


def rows(core: Core):
    """Engine, number of a pass, unit and row of everything in a core that has a bias."""
    for engine, plan in enumerate(core.plan.engines):
        for number, item in enumerate(plan.passes):
            for unit in range(item.units):
                yield from ((engine, number, unit, row) for row in range(len(item.gates)))


def rebuilt(broken: Core, core: Core, vectors):
    """What is sent: where weights are loaded, the wrong ones."""
    if core.plan.hardware.weights == "rom":
        return vectors
    vectors.beats["load"] = vectors_of(broken).beats["load"]
    return vectors


@pytest.mark.parametrize("name", CASES)
def test_wrong_biases_and_weights_are_found(name):
    core, vectors = make(name)
    rng = np.random.default_rng([list(CASES).index(name), 8])
    places = rng.permutation(list(rows(core))).tolist()
    for of_weight in (False, True):
        place = None
        while place is None:  # some change no answer
            engine, number, unit, row = places.pop()
            item = core.plan.engines[engine].passes[number]
            of_input = bool(rng.integers(2)) and item.kind != "dense"
            if of_weight:
                of_input |= item.kind in ("dense", "candidate")
                column = int(rng.choice(columns_of(item, old=not of_input)))
                broken = flipped_weight(core, engine, number, unit, row, column)
            else:
                second = of_input and item.split and row == 2
                broken = altered_bias(core, engine, number, unit, row, second)
            place = found(broken, rebuilt(broken, core, vectors), "amaranth")
        assert place[2:] == (item.name, unit, signal_of(item, row, of_input))
        assert of_weight or place[:2] == (0, first_step(core, engine, item, vectors))


@pytest.mark.parametrize("name", ["streams"])
def test_wrong_biases_are_found_natively(name, tmp_path):
    """One build: only the contents of memories differ."""
    need(find_compiler)
    core, vectors = make(name)
    named = []
    for engine, number, unit, row in list(rows(core))[::3]:
        item = core.plan.engines[engine].passes[number]
        place = found(altered_bias(core, engine, number, unit, row), vectors, "cxxrtl", folder=tmp_path)
        assert place is None or place[2:] == (item.name, unit, signal_of(item, row, False))
        named.append(place is not None)
    assert np.mean(named) > 0.7


@pytest.mark.parametrize("name", ["mixed"])
def test_in_icarus(name):
    need(find_icarus)
    core, vectors = make(name)
    last = core.plan.engines[0].passes[-2]
    broken = altered_bias(core, 0, len(core.plan.engines[0].passes) - 2, 1, 0)
    assert found(broken, vectors, "icarus")[2:] == (last.name, 1, signal_of(last, 0, False))


def test_a_stalled_run_is_traced_too():
    core, vectors = make("streams")
    broken = altered_bias(core, 0, 1, 0, 3)
    assert found(broken, vectors, "amaranth", stalls=3) == (0, 0, core.plan.network.layers[1].name, 0, "a_o")
