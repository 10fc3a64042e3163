"""The emitted SystemVerilog of the first random cores in Verilator and in Icarus."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.sim import Verifier
from rnnhw.sim.tools import cocotb_version, find_icarus, find_verilator
from tests.cosim.cases import VERILOG, in_verilog_too


def need(find) -> None:
    """Skip, visibly, where a tool is missing (a failure in CI)."""
    try:
        find()
        cocotb_version()
    except RnnhwError as error:
        pytest.skip(str(error))


def check(case, seed: int, simulator: str, folder) -> None:
    """Without stalls to the cycle, and with stalls on every stream."""
    with Verifier(case.core, simulator, folder=folder) as verifier:
        verifier.verify(case.vectors)
        verifier.verify(case.vectors, stalls=seed)


@pytest.mark.parametrize("seed", range(VERILOG))
def test_random_core_in_verilator(seed, tmp_path):
    need(find_verilator)
    case = in_verilog_too(seed)
    check(case, seed, "verilator", tmp_path)


@pytest.mark.parametrize("seed", range(VERILOG))
def test_random_core_in_icarus(seed, tmp_path):
    need(find_icarus)
    case = in_verilog_too(seed)
    check(case, seed, "icarus", tmp_path)
