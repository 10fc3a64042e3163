"""Random cores in Amaranth's simulator and natively: every bit and every cycle as golden and plan say."""

import shutil

import pytest

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
    assert (result.outputs.reshape(-1) != 0).any() or not case.vectors.expected.any()


@pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ for the native simulation")
@pytest.mark.parametrize("seed", range(260, 268))
def test_random_core_natively(seed, tmp_path):
    case = random_case(seed, largest=40)
    free = verify_core(case.core, case.vectors, "cxxrtl", folder=tmp_path)
    stalled = verify_core(case.core, case.vectors, "cxxrtl", stalls=seed, folder=tmp_path)
    assert (free.outputs == stalled.outputs).all()
