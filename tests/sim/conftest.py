# amaranth: UnusedElaboratable=no
"""One way to run a component in each of the four simulators."""

from pathlib import Path

import pytest
from amaranth.back import verilog

from rnnhw.emit.ports import FlatTop, Ports
from rnnhw.errors import RnnhwError
from rnnhw.sim import amaranth_backend, cocotb_backend, cxxrtl_backend
from rnnhw.sim.netlist import Netlist
from rnnhw.sim.tools import cocotb_version, find_compiler, find_icarus, find_verilator
from tests.sim.dut import Dut

NEEDS = {
    "amaranth": lambda: None,
    "cxxrtl": find_compiler,
    "icarus": lambda: (cocotb_version(), find_icarus()),
    "verilator": lambda: (cocotb_version(), find_verilator()),
}


def write_verilog(component, folder: Path, top: str = "demo") -> Path:
    """The component as SystemVerilog, by Amaranth's own back end."""
    flat = FlatTop(component)
    text = verilog.convert(flat, name=top, ports=flat.ports(), emit_src=False, strip_internal_attrs=True)
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{top}.sv"
    # always @* does not run at time 0, so everything would stay X in Icarus (amaranth#1629)
    source.write_text(text.replace("always @*", "always_comb"))
    return source


class Simulators:
    """Runs components, and keeps what was built for the tests that follow."""

    def __init__(self, root: Path, shared: Path):
        self.root = root
        self.shared = shared  # by all workers

    def need(self, simulator: str) -> None:
        try:
            NEEDS[simulator]()
        except RnnhwError as error:
            pytest.skip(str(error))

    def run(self, simulator, component, stimulus, probes=(), waveform=False):
        self.need(simulator)
        folder = self.root / simulator
        wave = folder / "wave.vcd" if waveform else None
        if simulator == "amaranth":
            return amaranth_backend.Model(component, probes).run(stimulus, wave)
        if simulator == "cxxrtl":
            return cxxrtl_backend.build(component, self.shared).run(stimulus, probes, wave)
        return cocotb_backend.run(
            [write_verilog(component, folder)],
            "demo",
            stimulus,
            ports=Ports.of(component),
            folder=folder,
            simulator=simulator,
            probes=tuple(map(Netlist(component).locate_probe, probes)),
            waveform=waveform,
            builds=self.shared,
        )


@pytest.fixture(scope="session")
def simulators(tmp_path_factory, worker_id):
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "builds"
    return Simulators(tmp_path_factory.mktemp("simulators"), shared)


@pytest.fixture
def demo_verilog(tmp_path):
    return write_verilog(Dut(), tmp_path)
