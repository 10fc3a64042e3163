"""Timing of mapped netlists: what OpenSTA says, what is done without it, and failures."""

import subprocess
from dataclasses import replace

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.synth import sta
from rnnhw.synth.asic import LIBRARY, AsicNetlist
from rnnhw.synth.asic_memories import AsicMemory
from rnnhw.synth.asic_reset import MAPPED, MAPPED_JSON
from rnnhw.synth.levels import longest_path
from rnnhw.synth.liberty import read_library
from rnnhw.synth.tools import SynthesisError

from .liberty import part_of_osu018

MEMORY = AsicMemory("store", 4, 1, 1, 1, "macro")
PORTS = "input clk, r_en, w_en, w_data, input [1:0] r_addr, w_addr, output r_data"
# register to register: two gates; through the macro: three before it, one behind it; a port drives a port through one
BODY = """
  wire p, q, n0, n1, n2, n3, n4;
  DFFPOSX1 p_reg(.CLK(clk), .D(i), .Q(p));
  DFFPOSX1 q_reg(.CLK(clk), .D(n1), .Q(q));
  INVX1 g0(.A(p), .Y(n0));
  NAND2X1 g1(.A(n0), .B(q), .Y(n1));
  INVX1 g2(.A(n1), .Y(n2));
  rnnhw_ram_4x1 store(.clk(clk), .r_en(p), .r_addr({p, q}), .r_data(n3), .w_en(q), .w_addr({q, p}), .w_data(n2));
  NAND2X1 g3(.A(n3), .B(i), .Y(n4));
  DFFPOSX1 y_reg(.CLK(clk), .D(n4), .Q(y));
  BUFX2 g4(.A(i), .Y(z));
"""


def mapped(folder, yosys, body=BODY):
    """A folder as the mapping leaves it, with its netlist and library."""
    (folder / LIBRARY).write_text(part_of_osu018("DFFPOSX1", "INVX1", "BUFX2", "NAND2X1"))
    ram = f"(* blackbox *) module {MEMORY.macro}({PORTS}); endmodule\n"
    (folder / "top.v").write_text(f"{ram}module top(input clk, i, output y, z);{body}endmodule\n")
    script = f"read_liberty -lib {LIBRARY}; read_verilog top.v; hierarchy -top top; "
    script += f"write_json {MAPPED_JSON}; write_rtlil {MAPPED}"
    subprocess.run([yosys, "-q", "-p", script], cwd=folder, check=True)
    return AsicNetlist("top", {}, 0.0, [MEMORY], "", "", []), read_library(folder / LIBRARY)


def test_paths(tmp_path, yosys):
    if sta.find_sta() is None:
        pytest.skip("OpenSTA was not found; apt-get install opensta")
    timing = sta.analyse(*mapped(tmp_path, yosys), tmp_path, period_ns=2.0)
    ends = {name: (path.start, path.end, path.cells) for name, path in timing.groups.items()}
    assert ends["register to register"] == ("p", "q", 2)
    assert ends["register to memory"] == ("p", "store__w_data", 3)
    assert ends["memory read to register"] == ("store__r_data", "y", 1)
    assert ends["input to output"] == ("i", "z", 1)
    assert "memory read to memory" not in ends
    longest = max(timing.groups.values(), key=lambda path: path.delay_ns)
    assert (timing.critical, timing.tool) == (longest, "OpenSTA")
    wide = sta.analyse(*mapped(tmp_path, yosys), tmp_path)
    narrow = sta.analyse(*mapped(tmp_path, yosys), tmp_path, period_ns=0.1)
    for name, path in timing.groups.items():  # the period does not matter
        assert abs(wide.groups[name].delay_ns - path.delay_ns) < 0.0002
        assert abs(narrow.groups[name].delay_ns - path.delay_ns) < 0.0002


def test_without_opensta(tmp_path, yosys, monkeypatch):
    monkeypatch.setattr(sta, "NAMES", ("no-such-program",))
    timing = sta.analyse(*mapped(tmp_path, yosys), tmp_path)
    assert (timing.tool, timing.critical, timing.levels) == ("logic levels", None, 3)


def test_a_loop_is_refused(tmp_path, yosys):
    body = "wire a, b; INVX1 one(.A(a), .Y(b)); NAND2X1 two(.A(b), .B(i), .Y(a)); BUFX2 out(.A(a), .Y(y));"
    netlist, library = mapped(tmp_path, yosys, body)
    with pytest.raises(RnnhwError, match=r"^the netlist has a combinational loop through (one|two)$"):
        longest_path(tmp_path / MAPPED_JSON, netlist.top, library)


def test_opensta_that_fails(tmp_path, yosys, monkeypatch):
    program = tmp_path / "sta"
    program.write_text("#!/bin/sh\necho 'Error: no licence for Tuesdays'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    netlist, library = mapped(tmp_path, yosys)
    message = r"library\.lib: OpenSTA failed: Error: no licence for Tuesdays$"
    with pytest.raises(SynthesisError, match=message) as raised:
        sta.analyse(netlist, library, tmp_path)
    assert raised.value.log == "sta.log"
    program.write_text("#!/bin/sh\necho nothing\n")
    with pytest.raises(SynthesisError, match=r"OpenSTA found no path with a delay$"):
        sta.analyse(replace(netlist, memories=[]), library, tmp_path)
