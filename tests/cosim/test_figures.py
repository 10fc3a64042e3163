"""The cycles that the README promises, measured in simulation."""

import numpy as np
import pytest

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.stimulus import Sink, Source, Stimulus
from rnnhw.network import GRU, LSTM, RNN, Network
from rnnhw.plan import make_plan
from rnnhw.plan.steady import IDLE
from rnnhw.sim import amaranth_backend, verify_core
from tests.networks import random_network


def core(kind: str, inputs: int, hidden: int, lanes: int, **options) -> Core:
    rng = np.random.default_rng(5)
    gates = {"lstm": 4, "gru": 3, "gru-before": 3, "rnn": 1}[kind]
    weights = [rng.normal(0, 0.4, (gates * hidden, size)) for size in (inputs, hidden)]
    bias = rng.normal(0, 0.3, gates * hidden)
    if kind == "lstm":
        cell = LSTM(*weights, bias)
    elif kind == "rnn":
        cell = RNN(*weights, bias, "tanh")
    else:
        after = kind == "gru"
        cell = GRU(*weights, bias, rng.normal(0, 0.3, hidden) if after else np.zeros(hidden), after)
    net = Network([cell], "many-to-many", "figures")
    qnet = rnnhw.quantize(net, rng.normal(0, 1, (4, 6, inputs)))
    return Core(make_plan(qnet, lanes=lanes, **options), "figures")


LSTM_FIGURES = [
    (8, 32, 8, 1, 640),
    (8, 32, 16, 1, 320),
    (8, 32, 32, 1, 160),
    (8, 32, 64, 1, 80),
    (1, 20, 4, 1, 420),
    (1, 16, 4, 1, 272),
]
OTHER_FIGURES = [("gru", 8, 32, 8, 480), ("gru", 8, 32, 32, 120), ("gru-before", 8, 32, 8, 480), ("rnn", 8, 32, 8, 160)]


def measured(tested: Core) -> float:
    """Cycles a step in simulation."""
    x_raw = np.random.default_rng(6).integers(-128, 128, (1, 9, tested.plan.network.input_size))
    return verify_core(tested, tested.vectors(x_raw), "amaranth").cycles_per_step


@pytest.mark.parametrize(("inputs", "hidden", "lanes", "columns", "cycles"), LSTM_FIGURES)
def test_cycles_per_step_of_an_lstm(inputs, hidden, lanes, columns, cycles):
    tested = core("lstm", inputs, hidden, lanes, columns_per_cycle=columns)
    assert tested.plan.lanes <= lanes
    assert tested.plan.cycles_per_step == cycles
    assert measured(tested) == cycles


def test_a_step_in_few_cycles():
    tested = core("lstm", 1, 20, 80, columns_per_cycle=20)
    assert tested.plan.cycles_per_step <= 20
    assert measured(tested) == tested.plan.cycles_per_step


@pytest.mark.parametrize(("kind", "inputs", "hidden", "lanes", "cycles"), OTHER_FIGURES)
def test_cycles_per_step_of_other_cells(kind, inputs, hidden, lanes, cycles):
    tested = core(kind, inputs, hidden, lanes)
    assert tested.plan.cycles_per_step == cycles
    assert measured(tested) == cycles


def test_another_number_of_lanes_takes_other_cycles():
    """The control."""
    assert measured(core("rnn", 8, 32, 4)) == 320


MODES = {
    "many-to-many": {"kinds": ("gru",), "mode": "many-to-many"},
    "many-to-one": {"kinds": ("lstm",), "mode": "many-to-one"},
    "one-to-one": {"kinds": ("gru-before",), "mode": "one-to-one"},
    "one-to-many": {"kinds": ("lstm",), "mode": "one-to-many", "steps": 4},
    "argmax": {"kinds": ("rnn-tanh",), "mode": "many-to-one", "head": "argmax"},
    "softmax": {"kinds": ("gru",), "mode": "many-to-many", "head": "softmax"},
    "engines": {"kinds": ("lstm",), "mode": "many-to-one", "hidden": [3, 2], "engines": "per-layer"},
    "both, many-to-many": {"kinds": ("bidirectional", "lstm"), "mode": "many-to-many", "hidden": [2, 2]},
    "both, many-to-one": {"kinds": ("bidirectional", "gru"), "mode": "many-to-one", "reading": "final"},
    "both, last step": {"kinds": ("bidirectional", "gru"), "mode": "many-to-one", "reading": "last-step"},
    "both, one-to-one": {"kinds": ("bidirectional", "rnn-tanh"), "mode": "one-to-one"},
}


def mode_core(name: str) -> Core:
    options = {"head": "none", "hidden": [3], "engines": 1} | MODES[name]
    hardware = {"lanes": 2, "engines": options.pop("engines"), "max_steps": 4}
    rng = np.random.default_rng([len(name), 3])
    net = random_network(rng, inputs=2, outputs=[2], **options)
    steps = 1 if net.mode.startswith("one-to") else 4
    return Core(make_plan(rnnhw.quantize(net, rng.normal(0, 1, (4, steps, 2))), **hardware), "latency")


@pytest.mark.parametrize("name", MODES)
def test_latency_is_what_the_plan_says(name):
    """Last input element to last answer element in an idle core; where sequences are stored, of the longest one."""
    tested = mode_core(name)
    plan, network = tested.plan, tested.plan.network
    shape = (2, 1, 2) if network.mode.startswith("one-to") else (1, 4, 2)
    x_raw = np.random.default_rng(7).integers(network.input.min_raw, network.input.max_raw + 1, shape)
    vectors = tested.vectors(x_raw)
    gap = 2 * tested.planned(vectors).outputs[-1]
    stored = plan.buffered and network.mode != "one-to-one"
    starts = np.zeros(len(vectors.steps), int) if stored else np.arange(len(vectors.steps)) * gap
    stimulus = Stimulus(
        {"i": Source(vectors.beats["i"], not_before=np.repeat(starts, 2))},
        {"o": Sink(len(vectors.expected["o"]["data"]))},
        max_cycles=10 * gap,
    )
    transcript = amaranth_backend.Model(tested.component()).run(stimulus)
    answers = transcript.outputs["o"]
    assert answers.beats["data"] == vectors.expected["o"]["data"].tolist()
    assert answers.cycles[-1] - transcript.inputs["i"][-1] == plan.latency_cycles
    assert gap < IDLE
