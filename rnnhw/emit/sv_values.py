"""Prints values: slices, constants, extensions, concatenations, with single-use operators put in place."""

from collections.abc import Callable

from rnnhw.emit.rtlil import Const, Sig, Slice, sig_width
from rnnhw.emit.sv_expr import ATOM, Expr, cast, concat, literal, signed_literal, unary
from rnnhw.emit.sv_names import Names
from rnnhw.emit.sv_netlist import Netlist
from rnnhw.emit.sv_ops import print_operator
from rnnhw.emit.sv_pieces import constant_bits, extend, groups, split_extension
from rnnhw.emit.sv_scope import Scope, indexed

__all__ = ["Values"]

_LONGEST = 90  # characters of an expression that is still put in the place of its use
# Operators whose results are cut to size. Icarus 11 turns some of these into parts of signals: see `Scope.hoisted`.
_MOVED_OUT = ("$shr", "$sshr", "$shift", "$divfloor", "$modfloor")


class Values(Scope):
    """The expressions of one module.

    While `in_process` is true, expressions are made for an `always_comb`. `reads` counts the signals that were read.
    """

    def __init__(self, net: Netlist, names: Names, wire_names: dict[str, str]):
        super().__init__(net, names, wire_names)
        self.in_process = False
        self.reads = 0
        self._trying = False
        self._inline = {wire for wire in net.ops if self._used_once(wire)}

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
        """Print an operator, unless it is short and goes to where it is used."""
        width = self.widths[wire]
        if wire in self._inline and len(self.attempt(lambda: self._operator(wire, width)).text) > _LONGEST:
            self._inline.discard(wire)
        if wire not in self._inline:
            name = self.name(wire)
            self.lines.append(f"assign {name} = {self._operator(wire, width).text};")

    def attempt(self, make: Callable[[], Expr]) -> Expr:
        """An expression that may not be printed: what it reads does not count as used."""
        before, self._trying = self._trying, True
        expr = make()
        self._trying = before
        return expr

    def _operator(self, wire: str, width: int) -> Expr:
        return print_operator(self, self.net.ops[wire], width)

    def slice(self, chunk: Slice) -> Expr:
        """Bits of a wire, or the operator that makes them."""
        if self.in_process and chunk.wire in self._inline and self.net.ops[chunk.wire].kind in _MOVED_OUT:
            self._move_out(chunk.wire)
        if chunk.wire in self._inline:
            return self._operator(chunk.wire, chunk.width)
        name = self.name(chunk.wire)
        self.reads += 1
        if not self._trying:
            self.mark_used(chunk.wire, chunk.lo, chunk.width)
        if chunk.width == self.widths[chunk.wire]:
            return Expr(name)
        if self.in_process:
            return Expr(self.hoisted(name, chunk.lo, chunk.width))
        return Expr(indexed(name, chunk.lo, chunk.width))

    def _move_out(self, wire: str) -> None:
        """Give an inline operator a name and a line of its own, before what is being printed."""
        self._inline.discard(wire)
        before = self.in_process, self._trying
        self.in_process = self._trying = False
        self.settle(wire)
        self.in_process, self._trying = before

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
        wanted = extend(sig, width, signed=signed)
        expr = self.value(wanted)
        if not expr.is_cut:
            return expr
        self._move_out(wanted[0].wire)
        return self.value(wanted)

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
