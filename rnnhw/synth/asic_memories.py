"""The memories of an ASIC: RAM macros that its designer supplies, flip-flops, or (what is fixed) logic."""

import json
from dataclasses import dataclass
from pathlib import Path

CHECKED = ("RD_TRANSPARENCY_MASK", "RD_COLLISION_X_MASK", "RD_WIDE_CONTINUATION", "WR_WIDE_CONTINUATION")
PREFIX = "rnnhw_ram_"


@dataclass(frozen=True)
class AsicMemory:
    """A memory of the design.

    Parameters
    ----------
    name : str
        Of its instance in the netlist.
    depth, width : int
        Words, and bits of a word.
    reads, writes : int
        Ports; each with an address and an enable of its own, all on the one clock.
    made_of : str
        "macro", "flip-flops" or "logic" (what is never written).
    """

    name: str
    depth: int
    width: int
    reads: int
    writes: int
    made_of: str

    @property
    def bits(self) -> int:
        return self.depth * self.width

    @property
    def macro(self) -> str:
        """Name of the macro's module; memories of equal shape and ports share it."""
        ports = "" if (self.reads, self.writes) == (1, 1) else f"_{self.reads}r{self.writes}w"
        return f"{PREFIX}{self.depth}x{self.width}{ports}"


def find_memories(path: Path, top: str, limit: int | None) -> list[AsicMemory]:
    """The memories of a netlist that yosys wrote as JSON.

    Parameters
    ----------
    path : Path
    top : str
    limit : int or None
        Memories of more bits become macros; without a limit none does.
    """
    cells = json.loads(path.read_text())["modules"].get(top, {}).get("cells", {})
    found = []
    for name, cell in cells.items():
        if cell["type"] != "$mem_v2":
            continue
        value = {key: _number(text) for key, text in cell["parameters"].items() if key not in ("INIT", "MEMID")}
        size = value["SIZE"] * value["WIDTH"]
        if value["WR_PORTS"] == 0:
            made_of = "logic"
        else:
            made_of = "macro" if limit is not None and size > limit and _suits(cell, value) else "flip-flops"
        ports = (value["RD_PORTS"], value["WR_PORTS"])
        found.append(AsicMemory(name, value["SIZE"], value["WIDTH"], *ports, made_of))
    return sorted(found, key=lambda memory: memory.name)


def _number(text) -> int:
    """A parameter's bits; those that are not known count as zero."""
    return int(str(text).replace("x", "0") or "0", 2)


def _suits(cell: dict, value: dict) -> bool:
    """Whether a macro with plain ports does the same: whole words, clocked reads, nothing forwarded or reset."""
    if any(value[name] for name in CHECKED) or value["RD_CLK_ENABLE"] != (1 << value["RD_PORTS"]) - 1:
        return False
    if set(cell["connections"]["RD_SRST"] + cell["connections"]["RD_ARST"]) - {"0"}:
        return False
    width, enables = value["WIDTH"], cell["connections"]["WR_EN"]
    return all(len(set(enables[at : at + width])) == 1 for at in range(0, len(enables), width))


def macros(memories: list[AsicMemory]) -> list[AsicMemory]:
    """One memory of each macro."""
    return list({m.macro: m for m in memories if m.made_of == "macro"}.values())


def macro_ports(memory: AsicMemory) -> list[tuple[str, str, int]]:
    """Ports of a macro: direction, name, width."""
    bits = max(1, (memory.depth - 1).bit_length())
    ports = [("input", "clk", 1)]
    for prefix in _prefixes("r", memory.reads):
        ports += [("input", f"{prefix}_en", 1), ("input", f"{prefix}_addr", bits)]
        ports += [("output", f"{prefix}_data", memory.width)]
    for prefix in _prefixes("w", memory.writes):
        ports += [("input", f"{prefix}_en", 1), ("input", f"{prefix}_addr", bits)]
        ports += [("input", f"{prefix}_data", memory.width)]
    return ports


def _prefixes(letter: str, count: int) -> list[str]:
    return [letter] if count == 1 else [f"{letter}{number}" for number in range(count)]


def technology_map(memory: AsicMemory) -> str:
    """Verilog that yosys' `techmap` replaces the memory's cell by."""
    bits = max(1, (memory.depth - 1).bit_length())
    pins = [".clk(RD_CLK[0])"]
    for letter, long, count in (("r", "RD", memory.reads), ("w", "WR", memory.writes)):
        for number, prefix in enumerate(_prefixes(letter, count)):
            enable = number if letter == "r" else number * memory.width
            pins.append(f".{prefix}_en({long}_EN[{enable}])")
            pins.append(f".{prefix}_addr({long}_ADDR[{number} * ABITS +: {bits}])")
            pins.append(f".{prefix}_data({long}_DATA[{number} * WIDTH +: WIDTH])")
    parameters = [f"RD_{name}" for name in ("ARST_VALUE", "SRST_VALUE", "INIT_VALUE", "CE_OVER_SRST", "CLK_POLARITY")]
    parameters += [*CHECKED, "RD_CLK_ENABLE", "WR_CLK_ENABLE", "WR_CLK_POLARITY", "WR_PRIORITY_MASK", "MEMID", "INIT"]
    parameters += ["SIZE", "OFFSET"]
    lines = ['(* techmap_celltype = "$mem_v2" *)', "module ram_map(RD_CLK, RD_EN, RD_ARST, RD_SRST, RD_ADDR, RD_DATA,"]
    lines += ["  WR_CLK, WR_EN, WR_ADDR, WR_DATA);"]
    lines += ["  parameter WIDTH = 1, ABITS = 1, RD_PORTS = 1, WR_PORTS = 1;"]
    lines += [f"  parameter {name} = 0;" for name in parameters]
    lines += ["  input [RD_PORTS-1:0] RD_CLK, RD_EN, RD_ARST, RD_SRST;", "  input [RD_PORTS*ABITS-1:0] RD_ADDR;"]
    lines += ["  output [RD_PORTS*WIDTH-1:0] RD_DATA;", "  input [WR_PORTS-1:0] WR_CLK;"]
    lines += ["  input [WR_PORTS*WIDTH-1:0] WR_EN, WR_DATA;", "  input [WR_PORTS*ABITS-1:0] WR_ADDR;"]
    return "\n".join([*lines, f"  {memory.macro} _TECHMAP_REPLACE_({', '.join(pins)});", "endmodule", ""])


def macro_model(memory: AsicMemory) -> str:
    """The macro's behaviour in Verilog, with the interface that it has to have.

    Where a word is read in the cycle in which it is written, what comes out is unknown: the core never uses it.
    """
    ports = macro_ports(memory)
    lines = [f"module {memory.macro}("]
    registers = {name for direction, name, _ in ports if direction == "output"}
    for number, (direction, name, width) in enumerate(ports):
        span = f"[{width - 1}:0] " if width > 1 else ""
        kind = "output reg" if name in registers else direction
        lines.append(f"  {kind} {span}{name}{',' * (number < len(ports) - 1)}")
    lines += [");", f"  reg [{memory.width - 1}:0] words [0:{memory.depth - 1}];", "  always @(posedge clk) begin"]
    writers = _prefixes("w", memory.writes)
    lines += [f"    if ({w}_en) words[{w}_addr] <= {w}_data;" for w in writers]
    for r in _prefixes("r", memory.reads):
        met = " || ".join(f"({w}_en && {w}_addr == {r}_addr)" for w in writers)
        lines += [f"    if ({r}_en) {r}_data <= ({met}) ? {{{memory.width}{{1'bx}}}} : words[{r}_addr];"]
    return "\n".join([*lines, "  end", "endmodule", ""])
