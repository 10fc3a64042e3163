"""Prints values: slices, constants, extensions, concatenations, with single-use operators put in place."""

from collections.abc import Callable

from rnnhw.emit.rtlil import Const, Sig, Slice, sig_width
from rnnhw.emit.sv_expr import ATOM, Expr, cast, concat, literal, signed_literal, unary
from rnnhw.emit.sv_names import Names
from rnnhw.emit.sv_netlist import Netlist
from rnnhw.emit.sv_ops import STEMS, print_operator
from rnnhw.emit.sv_pieces import constant_bits, extend, groups, split_extension

__all__ = ["Values"]

_LONGEST = 90  # characters of an expression that is still put in the place of its use
# Operators whose results are cut to size; Icarus 11 makes parts of signals of some, which see `Values._hoist`.
_MOVED_OUT = ("$shr", "$sshr", "$shift", "$divfloor", "$modfloor")


class Values:
    """The expressions of one module.

    Names are given to made-up wires when they are first met; `declared` and `lines` grow by the wires and the
    assignments that turn out to be needed.

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
        self.used: dict[str, int] = {}
        self.lines: list[str] = []
        self.declared: dict[str, int] = {}
        self.in_process = False
        self.reads = 0
        self._trying = False
        self._hoisted: dict[tuple[str, int, int], str] = {}
        self._inline = {wire for wire in net.ops if self._used_once(wire)}
        for wire in net.ops:
            if net.is_auto(wire) and wire in net.uses:
                lows = all(piece.lo == 0 for piece in net.uses[wire])
                if lows:
                    self.widths[wire] = max(piece.width for piece in net.uses[wire])

    def _used_once(self, wire: str) -> bool:
        uses = self.net.uses.get(wire)
        cell = self.net.ops[wire]
        if cell.kind in ("$divfloor", "$modfloor") and cell.parameter("A_SIGNED"):
            return False  # takes several lines
        return self.net.is_auto(wire) and uses is not None and uses.total() == 1 and next(iter(uses)).lo == 0

    def is_inline(self, wire: str) -> bool:
        """Whether the operator that drives the wire is printed where it is used."""
        return wire in self._inline

    def settle(self, wire: str) -> None:
        """Decide about an inline operator: one that has grown too long gets a name and a line of its own."""
        if wire in self._inline and len(self.attempt(lambda: self._operator(wire, self.widths[wire])).text) > _LONGEST:
            self._inline.discard(wire)
        if wire not in self._inline:
            name = self.name(wire)
            self.lines.append(f"assign {name} = {self._operator(wire, self.widths[wire]).text};")

    def attempt(self, make: Callable[[], Expr]) -> Expr:
        """An expression that may not be printed: what it reads does not count as used."""
        before, self._trying = self._trying, True
        expr = make()
        self._trying = before
        return expr

    def _operator(self, wire: str, width: int) -> Expr:
        return print_operator(self, self.net.ops[wire], width)

    def name(self, wire: str) -> str:
        """The identifier of a wire."""
        if wire not in self.wire_names:
            self.wire_names[wire] = self._new_name(wire)
            self.declared[self.wire_names[wire]] = self.widths[wire]
        return self.wire_names[wire]

    def _new_name(self, wire: str) -> str:
        net = self.net
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

    def temporary(self, stem: str, width: int, expr: Expr) -> Expr:
        """A new signal that holds the expression."""
        name = self.names.numbered(stem)
        self.declared[name] = width
        self.lines.append(f"assign {name} = {expr.text};")
        return Expr(name)

    def slice(self, chunk: Slice) -> Expr:
        """Bits of a wire, or the operator that makes them."""
        if self.in_process and chunk.wire in self._inline and self.net.ops[chunk.wire].kind in _MOVED_OUT:
            self._move_out(chunk.wire)
        if chunk.wire in self._inline:
            return self._operator(chunk.wire, chunk.width)
        name, lo, width = self.name(chunk.wire), chunk.lo, chunk.width
        self.reads += 1
        if not self._trying:
            self.used[chunk.wire] = self.used.get(chunk.wire, 0) | ((1 << width) - 1) << lo
        if width == self.widths[chunk.wire]:
            return Expr(name)
        if self.in_process:
            return Expr(self._hoist(name, lo, width))
        return Expr(f"{name}[{lo}]" if width == 1 else f"{name}[{lo + width - 1}:{lo}]")

    def _move_out(self, wire: str) -> None:
        """Give an inline operator a name and a line of its own, before the process that is being printed."""
        self._inline.discard(wire)
        self.in_process = False
        self.settle(wire)
        self.in_process = True

    def _hoist(self, name: str, lo: int, width: int) -> str:
        """A name for a part of a signal that always_comb reads: Icarus 11 does not take the part itself there."""
        key = (name, lo, width)
        if key not in self._hoisted:
            part = f"{lo}" if width == 1 else f"{lo + width - 1}_{lo}"
            self._hoisted[key] = hoisted = self.names.unique(f"{name}_{part}")
            self.declared[hoisted] = width
            index = f"{lo}" if width == 1 else f"{lo + width - 1}:{lo}"
            self.lines.append(f"assign {hoisted} = {name}[{index}];")
        return self._hoisted[key]

    def value(self, sig: Sig) -> Expr:
        """A value at its own width, which must not be 0."""
        constant = constant_bits(sig)
        if constant is not None:
            return literal(constant)
        core, extension = split_extension(sig)
        if extension == "sign":
            return cast(sig_width(sig), self._signed(core))
        if extension == "zero":
            inner = self._joined(core)
            missing = sig_width(sig) - sig_width(core)
            if inner.level == ATOM and not self._is_inline_value(core):
                return cast(sig_width(sig), inner)
            return concat([(literal("0" * missing), 1), (inner, 1)])
        return self._joined(core)

    def _is_inline_value(self, sig: Sig) -> bool:
        return len(sig) == 1 and isinstance(sig[0], Slice) and sig[0].wire in self._inline

    def _joined(self, sig: Sig) -> Expr:
        found = groups(sig)
        if len(found) == 1 and found[0][1] == 1:
            return self._chunk(found[0][0])
        return concat([(self._chunk(chunk), count) for chunk, count in reversed(found)])

    def _chunk(self, chunk: Slice | Const) -> Expr:
        return literal(chunk.bits) if isinstance(chunk, Const) else self.slice(chunk)

    def _signed(self, sig: Sig) -> Expr:
        return Expr(f"$signed({self.value(sig).text})", is_signed=True)

    def operand(self, sig: Sig, width: int, *, signed: bool) -> Expr:
        """A value extended or cut to `width` bits."""
        return self.value(extend(sig, width, signed=signed))

    def signed_operand(self, sig: Sig, width: int) -> Expr:
        """A value sign-extended to `width` bits, as a text that is signed to SystemVerilog."""
        wide = extend(sig, width, signed=True)
        constant = constant_bits(wide)
        if constant is not None:
            return signed_literal(constant)
        core, extension = split_extension(wide)
        if extension == "sign":
            return cast(width, self._signed(core))
        return self._signed(wide)

    def condition(self, sig: Sig, *, when: str = "1") -> Expr:
        """A value of one bit, or its opposite."""
        expr = self.value(sig)
        return expr if when == "1" else unary("!", expr)
