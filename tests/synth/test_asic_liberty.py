"""Liberty files: what is read of them, and what is said of wrong ones."""

import re
from itertools import product

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.synth.liberty import read_library
from rnnhw.synth.liberty_function import FunctionError, evaluate, truth_table

from .liberty import BUFFER, FLIP_FLOP, INVERTER, MUX, NAND, OSU018, OSU035, XOR, gate, installed, library

WHOLE = library(FLIP_FLOP, INVERTER, BUFFER, NAND, XOR, MUX)


def read(tmp_path, text):
    path = tmp_path / "little.lib"
    path.write_text(text)
    return read_library(path)


def test_a_library_is_read(tmp_path):
    found = read(tmp_path, WHOLE)
    assert (found.name, list(found.cells)) == ("little", ["DFF", "INV", "BUF", "NAND", "XOR", "MUX"])
    assert (found.time_ns, found.capacitance_ff, found.load_ff) == (1.0, 1000.0, 40.0)
    assert (found.nand2.name, found.driver.name, found.ties) == ("NAND", "BUF", None)
    assert [cell.name for cell in found.flip_flops] == ["DFF"]
    flop, mux = found.cells["DFF"], found.cells["MUX"]
    assert (flop.state, flop.next_state, flop.area) == (("IQ", "IQN"), "D", 8.0)
    assert (mux.inputs, mux.functions, mux.sequential) == (("A", "B", "S"), {"Y": "(S B) | (!S A)"}, None)
    assert (found.is_sequential("DFF"), found.is_sequential("MUX"), found.is_sequential("core")) == (True, False, False)


def test_the_smallest_usable_cell_is_taken(tmp_path):
    cells = [gate("BIG", "AB", "(A B)'", 3.0), gate("TINY", "AB", "!A | !B", 1.0, "dont_use : true;")]
    cells += [gate("BUFFER", "A", "A", 1.0), BUFFER, gate("LOW", "", "0", 1.0), gate("HIGH", "", "1", 1.0)]
    found = read(tmp_path, library(FLIP_FLOP, INVERTER, NAND, *cells))
    assert (found.nand2.name, found.driver.name) == ("NAND", "BUFFER")
    assert tuple(cell.name for cell in found.ties) == ("LOW", "HIGH")


def test_comments_and_missing_semicolons(tmp_path):
    text = "/* a { comment */ // and one\n" + WHOLE.replace("area : 8;", "area : 8 \\\n\n") + "\n"
    assert read(tmp_path, text).cells["DFF"].area == 8.0


@pytest.mark.parametrize(("path", "cells", "flops"), [(OSU018, 32, 2), (OSU035, 39, 2)])
def test_installed_libraries(path, cells, flops):
    found = read_library(installed(path))
    assert (len(found.cells), len(found.flip_flops)) == (cells, flops)
    assert (found.nand2.name, found.cells["XOR2X1"].computes((0, 1, 1, 0))) == ("NAND2X1", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a Liberty file (it is empty)"),
        ("module top; endmodule", "is not a Liberty file ('top' where it should not be, near line 1)"),
        ("cell (A) { }", "is not a Liberty file (it does not begin with a group library)"),
        (WHOLE[:-3], "is not a Liberty file (it ends within a group)"),
        ("library (a) {\n b c;\n}", "is not a Liberty file ('c' where it should not be, near line 2)"),
        (library(), "the library little has no cells"),
        (library(INVERTER, NAND), "the library little has no flip-flop (group ff) for the clock's rising edge"),
        (library(FLIP_FLOP, INVERTER, XOR), "the library little has no NAND of two inputs"),
        (library(FLIP_FLOP, BUFFER, NAND), "the library little has no inverter"),
        (library(FLIP_FLOP, INVERTER, NAND), "the library little has no buffer"),
        (
            library(FLIP_FLOP, INVERTER, BUFFER, NAND.replace("area", "size")),
            "the library little gives no area of its NAND NAND",
        ),
        (
            library(FLIP_FLOP.replace('"CK"', '"!CK"'), INVERTER, NAND),
            "the library little has no flip-flop (group ff) for the clock's rising edge",
        ),
        (
            library(FLIP_FLOP.replace("area : 8;", "area : 8; dont_use : true;"), INVERTER, NAND),
            "the library little has no flip-flop (group ff) for the clock's rising edge",
        ),
    ],
)
def test_wrong_libraries(tmp_path, text, message):
    with pytest.raises(RnnhwError, match=rf"little\.lib: {re.escape(message)}$"):
        read(tmp_path, text)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(RnnhwError, match=r"none\.lib: cannot be read \(No such file or directory\)$"):
        read_library(tmp_path / "none.lib")
    with pytest.raises(RnnhwError, match=r"cannot be read \(Is a directory\)$"):
        read_library(tmp_path)
    (tmp_path / "packed.lib").write_bytes(b"\x1f\x8b\x08\xff")
    message = r"packed\.lib: is not a Liberty file \(it is not text; unpack it if it is compressed\)$"
    with pytest.raises(RnnhwError, match=message):
        read_library(tmp_path / "packed.lib")


@pytest.mark.parametrize(
    ("function", "python"),
    [
        ("!(A B)", lambda a, b, c: 1 - (a & b)),
        ("(A+B)'", lambda a, b, c: 1 - (a | b)),
        ("A ^ B * C", lambda a, b, c: a ^ (b & c)),
        ("A | B ^ C & A", lambda a, b, c: a | (b ^ (c & a))),
        ("!A B' + (C)''", lambda a, b, c: ((1 - a) & (1 - b)) | c),
        ("1 A + 0", lambda a, b, c: a),
    ],
)
def test_functions(function, python):
    expected = tuple(python(a, b, c) for c, b, a in product((0, 1), repeat=3))
    assert truth_table(function, ("A", "B", "C")) == expected


@pytest.mark.parametrize("function", ["A &", "(A", "A)", "D", "A ? B : C", ""])
def test_functions_that_are_not_understood(function):
    with pytest.raises(FunctionError):
        truth_table(function, ("A", "B", "C"))


def test_unknown_values_spread_unless_something_decides_alone():
    rng = np.random.default_rng(1)
    for _ in range(200):
        a, b = (rng.choice([0, 1, None]) for _ in range(2))
        known = a is not None and b is not None
        assert evaluate("A B", {"A": a, "B": b}) == (0 if 0 in (a, b) else a & b if known else None)
        assert evaluate("A + B", {"A": a, "B": b}) == (1 if 1 in (a, b) else a | b if known else None)
        assert evaluate("A ^ B", {"A": a, "B": b}) == (a ^ b if known else None)
    assert evaluate("A !A", {"A": None}) is None
