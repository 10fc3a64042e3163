"""One wrong bit in any layer of any core is traced to its layer, unit and signal."""

import re

import numpy as np
import pytest

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.vectors import seeded_input, seeded_state
from rnnhw.plan import make_plan
from rnnhw.sim import Mismatch, verify_core
from rnnhw.sim.tools import find_compiler, find_icarus
from tests.cosim.broken import altered_bias, columns_of, flipped_weight
from tests.cosim.test_verilog import need
from tests.networks import random_network

PLAIN = {"head": "none", "sigmoid": "logistic", "tanh": "tanh"}
MANY, ONE = "many-to-many", "many-to-one"

#: kinds, hidden sizes, dense sizes, mode, what else the network has, hardware
CASES = {
    "lstm": (("lstm",), [3], [], MANY, {}, {"lanes": 3}),
    "gru": (("gru",), [3], [2], ONE, {}, {"lanes": 2}),
    "gru reset before": (("gru-before",), [3], [], MANY, {}, {"lanes": 4}),
    "rnn": (("rnn-tanh",), [4], [3], MANY, {}, {"lanes": 2}),
    "relu": (("rnn-relu",), [4], [2, 2], ONE, {}, {"lanes": 3}),
    "hard curves": (("lstm", "gru"), [2, 2], [], MANY, {"sigmoid": "hard-0.2", "tanh": "hard"}, {"lanes": 3}),
    "mixed": (("lstm", "gru", "gru-before", "rnn-tanh", "rnn-relu"), [2, 3, 2], [2], MANY, {}, {"lanes": 5}),
    "pipelines": (("lstm",), [5], [3], MANY, {}, {"lanes": 12, "pipelines": 3}),
    "columns": (("gru",), [5], [], MANY, {}, {"lanes": 5, "columns_per_cycle": 3, "pipelines": 2}),
    "engines": (("lstm", "gru"), [3, 2], [2], ONE, {}, {"lanes": 4, "engines": "per-layer"}),
    "streams": (("gru", "lstm"), [3, 2], [2], MANY, {}, {"lanes": 4, "streams": 3}),
    "streams and engines": (("rnn-tanh", "gru"), [3, 3], [2], ONE, {}, {"lanes": 4, "streams": 2, "engines": 2}),
    "one-to-many": (("lstm", "gru"), [3, 2], [2], "one-to-many", {"steps": 4}, {"lanes": 4}),
    "argmax": (("gru",), [3], [4], MANY, {"head": "argmax"}, {"lanes": 4}),
    "softmax": (("lstm",), [3], [3], ONE, {"head": "softmax"}, {"lanes": 4}),
    "both directions": (("bidirectional",), [2], [2], MANY, {}, {"lanes": 4, "max_steps": 5}),
    "final reading": (("bidirectional",), [2], [2], ONE, {"reading": "final"}, {"lanes": 4, "max_steps": 5}),
    "last step": (("bidirectional",), [2], [2], ONE, {"reading": "last-step"}, {"lanes": 4, "max_steps": 5}),
    "stacked directions": (("bidirectional",), [2, 2], [], MANY, {}, {"lanes": 6, "max_steps": 5}),
    "states": (("lstm", "gru"), [3, 2], [], MANY, {}, {"lanes": 4, "load_state": True, "read_state": True}),
    "loadable": (("gru",), [3], [2], MANY, {}, {"lanes": 4, "weights": "loadable"}),
}


def make(name: str, **widths):
    """A core of a name in `CASES`, and its vectors."""
    kinds, hidden, outputs, mode, options, hardware = CASES[name]
    rng = np.random.default_rng([list(CASES).index(name), 77])
    inputs = outputs[-1] if mode == "one-to-many" else 2
    net = random_network(
        rng, inputs=inputs, hidden=hidden, outputs=outputs, mode=mode, kinds=kinds, **(PLAIN | options)
    )
    steps = 1 if mode == "one-to-many" else 4
    qnet = rnnhw.quantize(net, rng.normal(0, 1, (4, steps, inputs)), activation_bits=10, **widths)
    core = Core(make_plan(qnet, **hardware), "traced")
    return core, vectors_of(core)


def vectors_of(core: Core):
    """Beats with the image of this core's own weights."""
    x_raw, lengths = seeded_input(core.plan.network, 4, 4, seed=3)
    state = seeded_state(core.plan.network, 4) if core.plan.hardware.load_state else None
    return core.vectors(x_raw, lengths, initial_state=state)


def found(core: Core, vectors, simulator: str, **options):
    """Sequence, step, layer, unit and signal that a mismatch names."""
    with pytest.raises(Mismatch) as caught:
        verify_core(core, vectors, simulator, **options)
    pattern = r"sequence (\d+), step (\d+), layer (\w+), unit (\d+): (\w+) is"
    match = re.search(pattern, str(caught.value))
    assert match, str(caught.value)
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


def faults(core: Core, rng):
    """For each pass: engine, number, unit, row."""
    for engine, plan in enumerate(core.plan.engines):
        for number, item in enumerate(plan.passes):
            yield engine, number, int(rng.integers(item.units)), int(rng.integers(len(item.gates)))


def rebuilt(broken: Core, core: Core, vectors):
    """What is sent: where weights are loaded, the wrong ones."""
    if core.plan.hardware.weights == "rom":
        return vectors
    vectors.beats["load"] = vectors_of(broken).beats["load"]
    return vectors


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_bias_or_weight_of_each_pass_is_found(name):
    core, vectors = make(name)
    verify_core(core, vectors, "amaranth")
    rng = np.random.default_rng(8)
    for engine, number, unit, row in faults(core, rng):
        item = core.plan.engines[engine].passes[number]
        second = item.split and row == 2 and bool(rng.integers(2))
        broken = altered_bias(core, engine, number, unit, row, second)
        place = found(broken, rebuilt(broken, core, vectors), "amaranth")
        step = first_step(core, engine, item, vectors)
        assert place == (0, step, item.name, unit, signal_of(item, row, second))
        of_input = item.kind in ("dense", "candidate") or bool(rng.integers(2))
        column = int(rng.choice(columns_of(item, old=not of_input)))
        broken = flipped_weight(core, engine, number, unit, row, column)
        place = found(broken, rebuilt(broken, core, vectors), "amaranth")
        assert place[2:] == (item.name, unit, signal_of(item, row, of_input)), (row, column)


@pytest.mark.parametrize("name", ["mixed", "stacked directions"])
def test_natively_every_row_is_found(name, tmp_path):
    """One build: only the contents of memories differ."""
    need(find_compiler)
    core, vectors = make(name)
    for engine, plan in enumerate(core.plan.engines):
        for number, item in enumerate(plan.passes):
            for unit in range(item.units):
                for row in range(len(item.gates)):
                    broken = altered_bias(core, engine, number, unit, row)
                    place = found(broken, vectors, "cxxrtl", folder=tmp_path)
                    assert place[2:] == (item.name, unit, signal_of(item, row, False))


@pytest.mark.parametrize("name", ["mixed"])
def test_in_icarus(name):
    need(find_icarus)
    core, vectors = make(name)
    last = core.plan.engines[0].passes[-2]
    broken = altered_bias(core, 0, len(core.plan.engines[0].passes) - 2, 1, 0)
    assert found(broken, vectors, "icarus")[2:] == (last.name, 1, signal_of(last, 0, False))


def test_a_stalled_run_is_traced_too():
    core, vectors = make("streams")
    broken = altered_bias(core, 0, 1, 1, 0)
    item = core.plan.engines[0].passes[1]
    assert found(broken, vectors, "amaranth", stalls=3) == (0, 0, item.name, 1, signal_of(item, 0, False))
