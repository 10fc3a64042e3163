"""The cycles that the README promises, measured in simulation."""

import numpy as np
import pytest

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.vectors import make_vectors
from rnnhw.network import LSTM, Network
from rnnhw.plan import make_plan
from rnnhw.plan.plan import IDLE
from rnnhw.sim import Sink, Source, Stimulus, amaranth_backend, verify_core
from tests.cosim.cases import random_case


def core(inputs: int, hidden: int, lanes: int, bits: int = 8) -> Core:
    rng = np.random.default_rng(5)
    weights = [rng.normal(0, 0.4, (4 * hidden, size)) for size in (inputs, hidden)]
    net = Network([LSTM(*weights, rng.normal(0, 0.3, 4 * hidden))], "many-to-many", "figures")
    qnet = rnnhw.quantize(net, rng.normal(0, 1, (4, 6, inputs)), weight_bits=bits, activation_bits=bits)
    return Core(make_plan(qnet, lanes=lanes), "figures")


@pytest.mark.parametrize(
    ("inputs", "hidden", "lanes", "cycles"),
    [(1, 20, 4, 420), (8, 32, 8, 640), (8, 32, 16, 320), (8, 32, 32, 173), (1, 16, 4, 272), (1, 1, 4, 17)],
)
def test_cycles_per_step(inputs, hidden, lanes, cycles):
    tested = core(inputs, hidden, lanes)
    assert tested.plan.cycles_per_step == cycles
    x_raw = np.random.default_rng(6).integers(-128, 128, (2, 12, inputs))
    result = verify_core(tested, make_vectors(tested.plan.network, x_raw), "amaranth")
    assert result.cycles_per_step == cycles


@pytest.mark.parametrize("seed", range(400, 408))
def test_latency_is_what_the_plan_says(seed):
    """One step at a time, far apart: last input element to last output element."""
    case = random_case(seed)
    plan, inputs = case.core.plan, case.core.plan.network.input_size
    rng = np.random.default_rng(seed)
    low, high = plan.network.input.min_raw, plan.network.input.max_raw
    vectors = make_vectors(plan.network, rng.integers(low, high + 1, (1, 3, inputs)))
    gap = 4 * plan.run([3]).outputs[-1]
    stimulus = Stimulus(
        {"i": Source(vectors.beats["i"], not_before=np.repeat(np.arange(3) * gap, inputs))},
        {"o": Sink(len(vectors.expected["o"]["data"]))},
        max_cycles=10 * gap,
    )
    transcript = amaranth_backend.Model(case.core.component()).run(stimulus)
    answers = transcript.outputs["o"]
    assert answers.beats["data"] == vectors.expected["o"]["data"].tolist()
    assert answers.cycles[-1] - transcript.inputs["i"][-1] == plan.latency_cycles
    assert gap < IDLE
