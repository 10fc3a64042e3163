"""The signals of one printed module: their identifiers, their widths, and which of their bits are read."""

import re
from collections import Counter

from rnnhw.emit.rtlil import Slice
from rnnhw.emit.sv_expr import Expr
from rnnhw.emit.sv_names import Names
from rnnhw.emit.sv_netlist import Netlist
from rnnhw.emit.sv_ops import STEMS

__all__ = ["Scope", "indexed"]


def _names_by_port(net: Netlist) -> dict[str, str]:
    """Names after the instance for signals that share their own name with others, as members of components do."""
    plain = {wire: re.sub(r"\$\d+$", "", wire) for wire in net.wires if not net.is_auto(wire)}
    counts = Counter(plain.values())
    found: dict[str, str] = {}
    for cell in net.instances:
        for port, sig in cell.ports:
            wire = sig[0].wire if len(sig) == 1 and isinstance(sig[0], Slice) else ""
            if wire in plain and counts[plain[wire]] > 1 and sig[0].width == net.wires[wire].width:
                found.setdefault(wire, f"{cell.name[1:]}_{re.sub('[$].*', '', port)}")
    return found


def indexed(name: str, lo: int, width: int) -> str:
    """A part of a vector."""
    return f"{name}[{lo}]" if width == 1 else f"{name}[{lo + width - 1}:{lo}]"


class Scope:
    """Gives names to wires when they are first met; `declared` and `lines` grow by what turns out to be needed.

    Parameters
    ----------
    net : Netlist
        The module.
    names : Names
        Its identifiers; those of ports and instances are given out already.
    wire_names : dict
        Wire to identifier, for the wires that have one already.
    """

    def __init__(self, net: Netlist, names: Names, wire_names: dict[str, str]):
        self.net = net
        self.names = names
        self.wire_names = wire_names
        self.widths = {wire.name: wire.width for wire in net.wires.values()}
        self.declared: dict[str, int] = {}
        self.lines: list[str] = []
        self._used: dict[str, int] = {}
        self._hoisted: dict[str, str] = {}
        self._port_names = _names_by_port(net)
        for wire in net.ops:  # of a made-up wire only the bits that are used are declared
            if net.is_auto(wire) and wire in net.uses:
                self.widths[wire] = max(piece.lo + piece.width for piece in net.uses[wire])

    def name(self, wire: str) -> str:
        """The identifier of a wire."""
        if wire not in self.wire_names:
            self.wire_names[wire] = self._new_name(wire)
            self.declared[self.wire_names[wire]] = self.widths[wire]
        return self.wire_names[wire]

    def _new_name(self, wire: str) -> str:
        net = self.net
        if wire in self._port_names:
            return self.names.unique(self._port_names[wire])
        if not net.is_auto(wire):
            return self.names.unique(wire[1:])
        if wire in net.ops:
            return self.names.numbered(STEMS[net.ops[wire].kind])
        if wire in net.instance_outputs:
            cell, port = net.instance_outputs[wire]
            prefix = "" if wire in net.uses else "unused_"
            return self.names.unique(f"{prefix}{cell.name[1:]}_{port}")
        if wire in net.mem_reads:
            return self.names.numbered(net.mem_reads[wire].parameter("MEMID")[1:] + "_data")
        return self.names.numbered("select" if wire in net.combs else "register")

    def target(self, wire: str, lo: int, width: int) -> str:
        """What stands on the left of an assignment to a part of a wire."""
        name = self.name(wire)
        return name if width == self.widths[wire] else indexed(name, lo, width)

    def temporary(self, stem: str, width: int, expr: Expr) -> Expr:
        """A new signal that holds the expression."""
        name = self.names.numbered(stem)
        self.declared[name] = width
        self.lines.append(f"assign {name} = {expr.text};")
        return Expr(name)

    def hoisted(self, name: str, lo: int, width: int) -> str:
        """A name for a part of a signal that `always_comb` reads: Icarus 11 does not take the part itself there."""
        part = indexed(name, lo, width)
        if part not in self._hoisted:
            self._hoisted[part] = self.names.unique(part.replace(":", "_"))
            self.declared[self._hoisted[part]] = width
            self.lines.append(f"assign {self._hoisted[part]} = {part};")
        return self._hoisted[part]

    def mark_used(self, wire: str, lo: int, width: int) -> None:
        """Note that bits of a wire are read."""
        self._used[wire] = self._used.get(wire, 0) | ((1 << width) - 1) << lo

    def has_unused(self) -> bool:
        """Whether some bit of a signal or an input is read by nobody."""
        for wire, name in self.wire_names.items():
            known = self.net.wires.get(wire)
            if known is None or known.direction in ("output", "inout") or name.startswith("unused_"):
                continue
            if self._used.get(wire, 0) != (1 << self.widths[wire]) - 1:
                return True
        read = {cell.parameter("MEMID") for cell in self.net.mem_reads.values()}
        return any(memory.name not in read for memory in self.net.module.memories)
