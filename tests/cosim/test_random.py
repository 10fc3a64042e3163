"""Random cores of every kind: every bit and every cycle as golden and plan say, with and without stalls."""

import shutil

import numpy as np
import pytest

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.vectors import make_vectors, seeded_input
from rnnhw.network import LSTM, Network
from rnnhw.plan import make_plan
from rnnhw.sim import Verifier, verify_core
from tests.cosim.cases import VERILOG, in_verilog_too, random_case

NATIVE = pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ for the native simulation")


@pytest.mark.parametrize("seed", range(300))
def test_random_core_equals_golden_to_the_cycle(seed):
    case = in_verilog_too(seed) if seed < VERILOG else random_case(seed)
    with Verifier(case.core, "amaranth") as verifier:
        free = verifier.verify(case.vectors, reset_at=case.reset_at)
        stalled = verifier.verify(case.vectors, stalls=seed)
    assert free.sequences == len(case.vectors.lengths), str(case)
    planned = case.core.plan.run(case.vectors.steps)
    assert free.cycles == max([*planned.outputs, *planned.final_outputs[-1:]], default=-1) + 1
    assert (stalled.outputs == free.outputs).all()


@NATIVE
@pytest.mark.parametrize("seed", range(300, 308))
def test_random_core_natively(seed, tmp_path):
    case = random_case(seed, largest=12)
    free = verify_core(case.core, case.vectors, "cxxrtl", folder=tmp_path)
    stalled = verify_core(case.core, case.vectors, "cxxrtl", stalls=seed, folder=tmp_path)
    assert (free.outputs == stalled.outputs).all()


@NATIVE
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
