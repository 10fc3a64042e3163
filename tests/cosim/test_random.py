"""Random cores in Amaranth's simulator and natively: every bit and every cycle as golden and plan say."""

import shutil

import numpy as np
import pytest

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.vectors import make_vectors, seeded_input
from rnnhw.network import LSTM, Network
from rnnhw.plan import make_plan
from rnnhw.sim import verify_core
from tests.cosim.cases import random_case


@pytest.mark.parametrize("seed", range(200))
def test_random_core_equals_golden_to_the_cycle(seed):
    case = random_case(seed)
    result = verify_core(case.core, case.vectors, "amaranth")
    assert result.sequences == len(case.vectors.lengths), str(case)
    # seven steps in a row are not always enough to settle, so the law is held against the plan of the very run
    planned = case.core.plan.run(case.vectors.lengths.tolist())
    assert result.cycles == planned.outputs[-1] + 1


@pytest.mark.parametrize("seed", range(200, 260))
def test_stalls_never_change_a_result(seed):
    case = random_case(seed)
    result = verify_core(case.core, case.vectors, "amaranth", stalls=seed)
    assert (result.outputs.reshape(-1) != 0).any() or not case.vectors.expected["o"]["data"].any()


@pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ for the native simulation")
@pytest.mark.parametrize("seed", range(260, 268))
def test_random_core_natively(seed, tmp_path):
    case = random_case(seed, largest=40)
    free = verify_core(case.core, case.vectors, "cxxrtl", folder=tmp_path)
    stalled = verify_core(case.core, case.vectors, "cxxrtl", stalls=seed, folder=tmp_path)
    assert (free.outputs == stalled.outputs).all()


@pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ for the native simulation")
@pytest.mark.parametrize(("inputs", "hidden", "lanes"), [(1024, 3, 5), (2, 1024, 16), (3, 24, 96)])
def test_the_largest_sizes_natively(inputs, hidden, lanes, tmp_path):
    rng = np.random.default_rng(9)
    spread = 2 / np.sqrt(inputs + hidden)
    weights = [rng.normal(0, spread, (4 * hidden, size)) for size in (inputs, hidden)]
    net = Network([LSTM(*weights, rng.normal(0, 0.5, 4 * hidden))], "many-to-many", "large")
    qnet = rnnhw.quantize(net, rng.normal(0, 1, (2, 2, inputs)))
    x_raw, lengths = seeded_input(qnet, sequences=2, steps=2)
    core = Core(make_plan(qnet, lanes=lanes), "large")
    verify_core(core, make_vectors(qnet, x_raw, lengths), "cxxrtl", folder=tmp_path)
