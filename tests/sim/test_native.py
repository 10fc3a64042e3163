# amaranth: UnusedElaboratable=no
"""The native model: what is compiled, what is loaded, and what is found again."""

import os
import time

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring

from rnnhw.errors import RnnhwError
from rnnhw.sim import amaranth_backend, cxxrtl_backend
from rnnhw.sim.netlist import Netlist
from rnnhw.sim.outcome import SimulationError
from rnnhw.sim.stimulus import Probe
from tests.sim.dut import Dut, Table, Wire, io_stimulus, stimulus


@pytest.fixture(autouse=True)
def _compiler(simulators):
    simulators.need("cxxrtl")


def look_up(addresses):
    data = np.array(addresses)
    return io_stimulus(data, data * 0, data * 0, outputs=len(data), max_cycles=10 * len(data) + 10)


def test_contents_are_not_compiled(tmp_path):
    """Two designs that differ in one bit of a ROM share the binary and answer differently."""
    rows = [(k * 0x9E3779B97F4A7C15) % (1 << 80) for k in range(100)]
    altered = [row ^ (1 << 40 if k == 42 else 0) for k, row in enumerate(rows)]
    one = cxxrtl_backend.build(Table(rows), tmp_path)
    stamp = one.binary.stat().st_mtime_ns
    other = cxxrtl_backend.build(Table(altered), tmp_path)
    assert other.binary == one.binary
    assert other.binary.stat().st_mtime_ns == stamp
    assert other.memories != one.memories
    request = look_up(range(100))
    answers, changed = one.run(request).outputs["o"].beats["data"], other.run(request).outputs["o"].beats["data"]
    assert [k for k in range(100) if answers[k] != changed[k]] == [42]
    assert answers == amaranth_backend.Model(Table(rows)).run(request).outputs["o"].beats["data"]


def test_other_hardware_is_another_binary(tmp_path):
    assert cxxrtl_backend.build(Wire(5), tmp_path).binary != cxxrtl_backend.build(Wire(6), tmp_path).binary


def test_past_the_end_of_a_memory(tmp_path):
    """Reading where no row is answers 0, as in Amaranth's simulator."""
    rows, request = [7 << 40, 8 << 40, 9 << 40], look_up([0, 1, 2, 3, 2])
    assert amaranth_backend.Model(Table(rows)).run(request).outputs["o"].beats["data"] == [7, 8, 9, 0, 9]
    assert cxxrtl_backend.build(Table(rows), tmp_path).run(request).outputs["o"].beats["data"] == [7, 8, 9, 0, 9]


def test_large_memory_converts_quickly():
    """Writing out 131072 x 64 bits one by one would take a hundred times longer."""
    rows = np.random.default_rng(3).integers(0, 1 << 62, size=1 << 17).tolist()
    component = Table(rows, width=64)
    start = time.perf_counter()
    netlist = Netlist(component)
    assert time.perf_counter() - start < 4
    assert netlist.memories == {("core", "rom"): (rows, 64)}
    assert len(netlist.text) < 20_000


def test_memories_keep_their_contents_for_others():
    """Emptying the memories for the conversion leaves the component as it was."""
    component = Dut()
    before = amaranth_backend.Model(component).run(stimulus((9,))).outputs["o"].beats["data"]
    assert len(Netlist(component).memories) == 2
    assert amaranth_backend.Model(component).run(stimulus((9,))).outputs["o"].beats["data"] == before


def test_runs_leave_nothing_behind(tmp_path):
    model = cxxrtl_backend.build(Wire(5), tmp_path)
    model.run(io_stimulus([1, 2], [1, 0], [0, 1], outputs=2, max_cycles=20))
    assert [path for path in tmp_path.iterdir() if path != model.binary] == []


@pytest.mark.parametrize("name", ["i", "o"])
def test_wide_ports_are_refused(tmp_path, name):
    class Wide(wiring.Component):
        def __init__(self):
            narrow, wide = Wire(8), Wire(63 if name == "i" else 64)
            members = {"i": (wide if name == "i" else narrow).signature.members["i"]}
            members["o"] = (wide if name == "o" else narrow).signature.members["o"]
            super().__init__(members)

    with pytest.raises(RnnhwError) as error:
        cxxrtl_backend.build(Wide(), tmp_path)
    assert str(error.value) == f"the width of stream {name} must be in 1..64, not 65"


class Probed(Wire):
    """Has a signal that is too wide to log, and one that no hardware drives or uses."""

    def __init__(self):
        super().__init__(8)
        self.wide = Signal(65)
        self.unused = Signal()

    def elaborate(self, platform):
        m = Module()
        m.submodules.wire = wire = Wire(8)
        wiring.connect(m, wiring.flipped(self.i), wire.i)
        wiring.connect(m, wire.o, wiring.flipped(self.o))
        m.d.sync += self.wide.eq(self.wide + 1)
        return m


def test_probes_that_cannot_be(tmp_path):
    model = cxxrtl_backend.build(Probed(), tmp_path)
    request = io_stimulus([1], [1], [1], outputs=1, max_cycles=20)
    with pytest.raises(RnnhwError) as error:
        model.run(request, (Probe("p", ("wide",), ("o__valid",)),))
    assert str(error.value) == "the design has more than 64 bits: core wide"
    with pytest.raises(RnnhwError) as error:
        model.run(request, (Probe("p", ("unused",), ("o__valid",)),))
    assert str(error.value) == "probe unused is not in the netlist: nothing drives or uses it"


def test_no_compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(RnnhwError) as error:
        cxxrtl_backend.build(Wire(5), tmp_path)
    assert str(error.value) == "no C++ compiler found: install g++, or set CXX"


def test_compiler_that_fails(tmp_path, monkeypatch):
    fake = tmp_path / "fake-cxx"
    fake.write_text("#!/bin/sh\necho cannot be bothered >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("CXX", str(fake))
    with pytest.raises(SimulationError) as error:
        cxxrtl_backend.build(Wire(5), tmp_path)
    assert str(error.value) == "fake-cxx failed: cannot be bothered"
    assert not [*tmp_path.glob("model-*")]


def test_program_that_fails(tmp_path):
    model = cxxrtl_backend.build(Wire(5), tmp_path)
    os.truncate(model.binary, 0)
    model.binary.write_text("#!/bin/sh\nexit 7\n")
    with pytest.raises(SimulationError, match=r"^the native simulation failed \(7\): $"):
        model.run(io_stimulus([1], [1], [1], outputs=1, max_cycles=20))
