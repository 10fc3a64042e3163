"""The emitted SystemVerilog of the first 40 random cores in Verilator and in Icarus."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.sim import verify_core
from rnnhw.sim.tools import cocotb_version, find_icarus, find_verilator
from tests.cosim.cases import random_case


def need(find) -> None:
    """Skip, visibly, where a tool is missing (a failure in CI)."""
    try:
        find()
        cocotb_version()
    except RnnhwError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("seed", range(40))
def test_random_core_in_verilator(seed, tmp_path):
    need(find_verilator)
    case = random_case(seed)
    verify_core(case.core, case.vectors, "verilator", folder=tmp_path)
    verify_core(case.core, case.vectors, "verilator", stalls=seed, folder=tmp_path)


@pytest.mark.parametrize("seed", range(40))
def test_random_core_in_icarus(seed, tmp_path):
    need(find_icarus)
    case = random_case(seed)
    verify_core(case.core, case.vectors, "icarus", folder=tmp_path)
    verify_core(case.core, case.vectors, "icarus", stalls=seed, folder=tmp_path)
