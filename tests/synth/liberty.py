"""Liberty files for tests: Debian's, and little ones written here."""

import re
from pathlib import Path

import pytest

OSU018 = Path("/usr/share/qflow/tech/osu018/osu018_stdcells.lib")
OSU035 = Path("/usr/share/qflow/tech/osu035/osu035_stdcells.lib")


def installed(path: Path) -> Path:
    """An installed Liberty file, or a visible skip."""
    if not path.is_file():
        pytest.skip(f"{path} was not found; apt-get install qflow-tech-{path.parent.name}")
    return path


def gate(name: str, inputs: str, function: str, area=2.0, more: str = "") -> str:
    """A combinational cell with output Y."""
    pins = "".join(f"pin({pin}) {{ direction : input; capacitance : 0.01; }}\n" for pin in inputs)
    output = f'pin(Y) {{ direction : output; function : "{function}"; timing() {{ related_pin : "A"; }} }}'
    return f"cell ({name}) {{ area : {area}; {more}\n{pins}{output} }}\n"


FLIP_FLOP = """cell (DFF) { area : 8;
  ff (IQ, IQN) { next_state : "D"; clocked_on : "CK"; }
  pin(CK) { direction : input; clock : true; capacitance : 0.01; }
  pin(D) { direction : input; capacitance : 0.01; }
  pin(Q) { direction : output; function : "IQ"; }
}
"""
INVERTER = gate("INV", "A", "!A", 1.0)
BUFFER = gate("BUF", "A", "A")
NAND = gate("NAND", "AB", "!(A&B)")
XOR = gate("XOR", "AB", "A^B", 4.0)
MUX = gate("MUX", "ABS", "(S B) | (!S A)", 5.0)


def library(*cells: str) -> str:
    """A library's text."""
    return 'library (little) {\n  time_unit : "1ns";\n  capacitive_load_unit (1, pf);\n' + "".join(cells) + "}\n"


def part_of_osu018(*names: str) -> str:
    """The text of Debian's library with some of its cells only."""
    text = re.sub(r"/\*.*?\*/", "", installed(OSU018).read_text(), flags=re.DOTALL)
    head, *cells = re.split(r"^(?=cell \()", text.rstrip().removesuffix("}"), flags=re.MULTILINE)
    found = {re.match(r"cell \((\w+)\)", cell)[1]: cell for cell in cells}
    return head + "".join(found[name] for name in names) + "}\n"
