"""Reset of mapped netlists: what stays unknown is found, and gets a gate."""

import json
import subprocess

import pytest

from rnnhw.synth.asic_reset import GENERIC_JSON, MAPPED, MAPPED_JSON, hold_in_reset, reset_values, state_after_reset
from rnnhw.synth.liberty import read_library

from .liberty import BUFFER, FLIP_FLOP, INVERTER, MUX, NAND, XOR, library

# t toggles: its reset stands where an unknown t meets itself. u is gated last. v has no reset.
SHY = """
  wire a, b, c, d, n, m, run;
  INV inverter(.A(rst), .Y(run));
  INV inverse(.A(t), .Y(n));
  NAND first(.A(n), .B(run), .Y(a));
  XOR second(.A(t), .B(t), .Y(b));
  NAND third(.A(a), .B(b), .Y(c));
  XOR fourth(.A(c), .B(b), .Y(d));
  DFF t_reg(.CK(clk), .D(d), .Q(t));
  NAND fifth(.A(u), .B(run), .Y(m));
  DFF u_reg(.CK(clk), .D(m), .Q(u));
  DFF v_reg(.CK(clk), .D(i), .Q(v));
"""


@pytest.fixture
def prepared(tmp_path, yosys):
    """A folder as the mapping leaves it."""
    (tmp_path / "little.lib").write_text(library(FLIP_FLOP, INVERTER, BUFFER, NAND, XOR, MUX))
    body = f"module top(input clk, rst, i, output t, u, v);{SHY}endmodule\n"
    (tmp_path / "top.v").write_text(body)
    script = f"read_liberty -lib little.lib; read_verilog top.v; write_rtlil {MAPPED}; write_json {MAPPED_JSON}"
    subprocess.run([yosys, "-q", "-p", script], cwd=tmp_path, check=True)
    generic(tmp_path, t_reg="$_SDFF_PP0_", u_reg="$_SDFF_PP1_")
    return tmp_path, read_library(tmp_path / "little.lib")


def generic(folder, **kinds):
    """The netlist before mapping, as far as it matters: flip-flops and where their resets come from."""
    pins = {"R": [2], "E": [5], "C": [9], "D": [9]}
    cells = {name: {"type": kind, "connections": pins} for name, kind in kinds.items()}
    gate = {"type": "$_OR_", "connections": {"A": [2], "B": [3], "Y": [4]}}
    module = {"ports": {"rst": {"bits": [2]}}, "cells": cells | {"gate": gate}}
    (folder / GENERIC_JSON).write_text(json.dumps({"modules": {"top": module}}))
    return module


def test_resets_that_are_the_reset(tmp_path):
    module = generic(tmp_path, a="$_SDFF_PP0_", b="$_SDFF_PP1_", c="$_SDFF_PN0_", d="$_SDFFE_PP1P_", e="$_SDFFCE_PP1P_")
    for name, bits in (("f", [4]), ("g", [3])):  # of an OR with the reset, of something else
        module["cells"][name] = {"type": "$_SDFF_PP1_", "connections": {"R": bits}}
    module["cells"]["h"] = {"type": "$_SDFFCE_PP0P_", "connections": {"R": [2], "E": [4]}}
    module["cells"]["i"] = {"type": "$_DFF_P_", "connections": {"D": [2]}}
    assert reset_values(module) == {"a": 0, "b": 1, "d": 1, "f": 1, "h": 0}


def module(folder):
    return json.loads((folder / MAPPED_JSON).read_text())["modules"]["top"]


def test_what_stays_unknown_is_found(prepared):
    folder, cells = prepared
    assert state_after_reset(module(folder), cells) == {"t_reg": None, "u_reg": 1, "v_reg": None}


@pytest.mark.parametrize("value", [0, 1])
def test_a_gate_holds_it(prepared, yosys, value):
    folder, cells = prepared
    generic(folder, t_reg=f"$_SDFF_PP{value}_", u_reg="$_SDFF_PP1_")
    assert hold_in_reset(folder, "top", cells) == ["t_reg"]
    script = f"read_liberty -lib little.lib; read_rtlil {MAPPED}; check -assert; write_json {MAPPED_JSON}"
    subprocess.run([yosys, "-q", "-p", script], cwd=folder, check=True)
    assert state_after_reset(module(folder), cells) == {"t_reg": value, "u_reg": 1, "v_reg": None}
    assert hold_in_reset(folder, "top", cells) == []
    gates = [cell["type"] for name, cell in module(folder)["cells"].items() if name.startswith("t_reg_")]
    assert sorted(gates) == ["INV", "INV", "NAND"]


def test_nothing_to_do_leaves_the_netlist_alone(prepared):
    folder, cells = prepared
    generic(folder, u_reg="$_SDFF_PP1_")
    before = (folder / MAPPED).read_text()
    assert hold_in_reset(folder, "top", cells) == []
    assert (folder / MAPPED).read_text() == before
