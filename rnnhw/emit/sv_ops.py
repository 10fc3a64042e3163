"""Prints RTLIL operator cells as expressions. The meaning of each cell is that of `amaranth.back.rtlil`."""

from typing import TYPE_CHECKING

from rnnhw.emit.rtlil import Cell, Sig, sig_width
from rnnhw.emit.sv_expr import Expr, binary, cast, choose, literal, shielded, unary
from rnnhw.emit.sv_pieces import constant_bits

if TYPE_CHECKING:
    from rnnhw.emit.sv_values import Values

__all__ = ["STEMS", "print_operator"]

STEMS = {
    "$neg": "negated",
    "$not": "inverted",
    "$reduce_bool": "any",
    "$reduce_or": "any",
    "$reduce_and": "all",
    "$reduce_xor": "parity",
    "$add": "sum",
    "$sub": "difference",
    "$mul": "product",
    "$divfloor": "quotient",
    "$modfloor": "remainder",
    "$shl": "shifted",
    "$shr": "shifted",
    "$sshr": "shifted",
    "$shift": "part",
    "$and": "both",
    "$or": "either",
    "$xor": "differ",
    "$eq": "eq",
    "$ne": "ne",
    "$lt": "lt",
    "$gt": "gt",
    "$le": "le",
    "$ge": "ge",
    "$mux": "mux",
}
_SAME_WIDTH = {"$add": "+", "$sub": "-", "$mul": "*", "$and": "&", "$or": "|", "$xor": "^"}
_COMPARE = {"$eq": "==", "$ne": "!=", "$lt": "<", "$gt": ">", "$le": "<=", "$ge": ">="}
_REDUCE = {"$reduce_bool": "|", "$reduce_or": "|", "$reduce_and": "&", "$reduce_xor": "^"}


def print_operator(values: "Values", cell: Cell, width: int) -> Expr:
    """The low `width` bits of what the cell makes (`width` is at most that of its output)."""
    kind = cell.kind
    if kind in _SAME_WIDTH:
        return _same_width(values, cell, width)
    if kind in _COMPARE:
        return _resized(_comparison(values, cell), 1, width)
    if kind in _REDUCE:
        return _resized(_reduction(values, cell), 1, width)
    if kind in ("$neg", "$not"):
        operand = values.operand(cell.port("A"), width, signed=bool(cell.parameter("A_SIGNED")))
        return unary("!" if kind == "$not" and width == 1 else "-" if kind == "$neg" else "~", operand)
    if kind == "$mux":
        yes = values.operand(cell.port("B"), width, signed=False)
        no = values.operand(cell.port("A"), width, signed=False)
        return choose(values.value(cell.port("S")), yes, no)
    if kind in ("$divfloor", "$modfloor"):
        return _division(values, cell, width)
    return _shift(values, cell, width)


def _resized(expr: Expr, have: int, want: int) -> Expr:
    if have == want:
        return expr
    if have > want:
        return cast(want, expr, cuts=True)
    return Expr(f"{{{literal('0' * (want - have)).text}, {expr.text}}}")


def _amount(values: "Values", sig: Sig) -> Expr:
    return values.value(sig) if sig else literal("0")


def _same_width(values: "Values", cell: Cell, width: int) -> Expr:
    left = values.operand(cell.port("A"), width, signed=bool(cell.parameter("A_SIGNED")))
    right = values.operand(cell.port("B"), width, signed=bool(cell.parameter("B_SIGNED")))
    if cell.kind in ("$add", "$sub") and not cell.port("B"):
        return left
    if cell.kind == "$add" and not cell.port("A"):
        return right
    return binary(_SAME_WIDTH[cell.kind], left, right)


def _comparison(values: "Values", cell: Cell) -> Expr:
    left, right = cell.port("A"), cell.port("B")
    signed = bool(cell.parameter("A_SIGNED"))
    width = max(sig_width(left), sig_width(right), 1)
    operator = _COMPARE[cell.kind]
    if operator in ("==", "!="):
        if width == 1 and constant_bits(right) is not None:
            wanted = (constant_bits(right) or "0") == ("1" if operator == "==" else "0")
            operand = values.operand(left, 1, signed=False)
            return operand if wanted else unary("!", operand)
        return binary(operator, values.operand(left, width, signed=signed), values.operand(right, width, signed=signed))
    if signed:
        return binary(operator, values.signed_operand(left, width), values.signed_operand(right, width))
    return _unsigned(operator, values.operand(left, width, signed=False), values.operand(right, width, signed=False))


def _unsigned(operator: str, left: Expr, right: Expr) -> Expr:
    """An unsigned comparison or division, also of values that are signed to SystemVerilog."""
    return binary(operator, shielded(left) if left.is_signed and right.is_signed else left, right)


def _reduction(values: "Values", cell: Cell) -> Expr:
    sig = cell.port("A")
    if not sig:
        return literal("1" if cell.kind == "$reduce_and" else "0")
    operand = values.value(sig)
    return operand if sig_width(sig) == 1 else unary(_REDUCE[cell.kind], operand)


def _shift(values: "Values", cell: Cell, width: int) -> Expr:
    value, amount = cell.port("A"), _amount(values, cell.port("B"))
    signed = bool(cell.parameter("A_SIGNED"))
    if cell.kind == "$shl":
        return binary("<<", values.operand(value, width, signed=signed), amount)
    full = max(sig_width(value), width, 1)
    if signed and cell.kind != "$shr":
        shifted = binary(">>>", values.signed_operand(value, full), amount)
    else:
        shifted = binary(">>", values.operand(value, full, signed=signed), amount)
    return _resized(shifted, full, width)


def _division(values: "Values", cell: Cell, width: int) -> Expr:
    """Floor division and its remainder; both operands get a bit more, so that nothing overflows."""
    left, right = cell.port("A"), cell.port("B")
    operator = "/" if cell.kind == "$divfloor" else "%"
    if not cell.parameter("A_SIGNED"):
        full = max(sig_width(left), sig_width(right), cell.parameter("Y_WIDTH"), 1)
        a, b = values.operand(left, full, signed=False), values.operand(right, full, signed=False)
        return _resized(_unsigned(operator, a, b), full, width)
    full = max(sig_width(left), sig_width(right), cell.parameter("Y_WIDTH")) + 1
    a = values.temporary("dividend", full, values.operand(left, full, signed=True))
    b = values.temporary("divisor", full, values.operand(right, full, signed=True))
    signed_a, signed_b = (Expr(f"$signed({x.text})", is_signed=True) for x in (a, b))
    rest = values.temporary("rest", full, binary("%", signed_a, signed_b))
    differ = Expr(f"{rest.text} != {literal('0' * full).text} && {rest.text}[{full - 1}] != {b.text}[{full - 1}]")
    one = literal("0" * (full - 1) + "1")
    if operator == "%":
        floor = values.temporary("modulo", full, choose(Expr(f"({differ.text})"), binary("+", rest, b), rest))
    else:
        quotient = values.temporary("ratio", full, binary("/", signed_a, signed_b))
        lower = binary("-", quotient, one)
        floor = values.temporary("floor", full, choose(Expr(f"({differ.text})"), lower, quotient))
    return floor if width == full else Expr(f"{floor.text}[{width - 1}:0]" if width > 1 else f"{floor.text}[0]")
