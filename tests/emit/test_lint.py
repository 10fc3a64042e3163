"""Whole cores, as they are emitted, through the linters: silence, and a control that is not silent."""

import os
import subprocess

import pytest

import rnnhw
from rnnhw.data import digits_calibration, digits_model
from rnnhw.design import Design
from rnnhw.importers import load
from rnnhw.network import load_data
from rnnhw.sim.tools import find_icarus, find_verilator
from tests.cosim.cases import random_case
from tests.cosim.test_verilog import need


def digits():
    net = load(digits_model())
    return Design(rnnhw.quantize(net, load_data(digits_calibration(), 8).x), lanes=8, name="linted").core


# a plain table, an interpolated one, one layer and several, with and without dense layers
CORES = {"digits": digits, **{f"random {seed}": lambda seed=seed: random_case(seed).core for seed in (0, 1, 2, 3)}}


def verilator(folder, top, files) -> str:
    """What Verilator objects to."""
    path, extra = find_verilator()
    command = [path / "verilator", "--lint-only", "-Wall", "--top-module", top, *files]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **extra}, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return "\n".join(line for line in lines if line.startswith("%"))


def icarus(folder, top, files) -> str:
    """All that Icarus says."""
    command = [find_icarus() / "iverilog", "-g2012", "-Wall", "-s", top, "-o", "lint.vvp", *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


LINTERS = [pytest.param(find_verilator, verilator, id="verilator"), pytest.param(find_icarus, icarus, id="icarus")]


@pytest.mark.parametrize(("find", "lint"), LINTERS)
@pytest.mark.parametrize("core", CORES.values(), ids=CORES)
def test_an_emitted_core_is_clean(core, find, lint, tmp_path):
    need(find)
    core = core()
    assert lint(tmp_path, core.name, core.write_sources(tmp_path)) == ""


@pytest.mark.parametrize(("find", "lint"), LINTERS)
def test_a_port_left_out_is_not_silent(find, lint, tmp_path):
    """Control: an instance of the engine loses a connection."""
    need(find)
    core = digits()
    files = core.write_sources(tmp_path)
    lines = files[0].read_text().splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines) if line.lstrip().startswith(".enable("))
    files[0].write_text("".join(lines[:cut] + lines[cut + 1 :]))
    assert lint(tmp_path, core.name, files) != ""
