"""Text of SystemVerilog expressions, with just enough brackets.

Every expression here has exactly the width of the value that it stands for, and operands are brought to the width of
their operator before they are put into it. So the width of the surroundings never changes a value, and signedness
matters only inside `$signed(...)`, whose own result is shielded by `$unsigned(...)` where it becomes an operand.
"""

from dataclasses import dataclass

__all__ = ["ATOM", "Expr", "binary", "cast", "choose", "concat", "literal", "shielded", "signed_literal", "unary"]

ATOM, UNARY, MULTIPLY, ADD, SHIFT, COMPARE, EQUAL, AND, XOR, OR, CHOOSE = range(11, 0, -1)
_LEVELS = {
    "*": MULTIPLY,
    "/": MULTIPLY,
    "%": MULTIPLY,
    "+": ADD,
    "-": ADD,
    "<<": SHIFT,
    ">>": SHIFT,
    ">>>": SHIFT,
    "<": COMPARE,
    "<=": COMPARE,
    ">": COMPARE,
    ">=": COMPARE,
    "==": EQUAL,
    "!=": EQUAL,
    "&": AND,
    "^": XOR,
    "|": OR,
}
_CHAINS = {"+", "*", "&", "|", "^"}


@dataclass(frozen=True, slots=True)
class Expr:
    """Text, how tightly its outermost operator binds, and that operator.

    `is_signed` says that SystemVerilog takes it for a signed value. `fragile` says that unsigned neighbours would
    change the value, as they make `$signed(a) >>> b` a logical shift. `is_cut` says that it is a cast to fewer bits;
    that is no operand, since Yosys takes `~(4'(a)) == b`, with an `a` of 8 bits, for a comparison of 8 bits.
    """

    text: str
    level: int = ATOM
    operator: str = ""
    is_signed: bool = False
    fragile: bool = False
    is_cut: bool = False


def literal(bits: str) -> Expr:
    """A constant: one bit and small numbers as people write them, others in hexadecimal."""
    width, value = len(bits), int(bits, 2)
    if width == 1:
        return Expr(f"1'b{bits}")
    if value < 10 or width <= 4:
        return Expr(f"{width}'d{value}")
    return Expr(f"{width}'h{value:0{(width + 3) // 4}x}")


def signed_literal(bits: str) -> Expr:
    """A constant in two's complement, for signed comparisons."""
    width = len(bits)
    value = int(bits, 2) - (1 << width if bits[0] == "1" else 0)
    if value == -(1 << (width - 1)):
        return Expr(f"{width}'sh{int(bits, 2):x}", is_signed=True)
    sign, size = ("-", -value) if value < 0 else ("", value)
    return Expr(f"{sign}{width}'sd{size}", UNARY if sign else ATOM, is_signed=True)


def shielded(expr: Expr) -> Expr:
    """The same value as an unsigned one that keeps to itself."""
    return Expr(f"$unsigned({expr.text})")


def _bracketed(expr: Expr, level: int) -> str:
    expr = shielded(expr) if expr.fragile else expr
    return expr.text if expr.level >= level else f"({expr.text})"


def unary(operator: str, operand: Expr) -> Expr:
    """`~a`, `-a`, `!a`, or a reduction such as `|a`, which is bracketed wherever it is an operand."""
    level = UNARY if operator in "~-!" else MULTIPLY  # so that it reads `a & (|b)`
    return Expr(operator + _bracketed(operand, ATOM), level, is_signed=operator in "~-" and operand.is_signed)


def binary(operator: str, left: Expr, right: Expr) -> Expr:
    """`left operator right` for operands of one width; their signedness matters for comparison and division only."""
    level = _LEVELS[operator]
    chain = operator in _CHAINS and left.operator == operator
    signed = left.is_signed and (right.is_signed or level == SHIFT) and level not in (COMPARE, EQUAL)
    inner = [MULTIPLY if level == ADD and operand.operator == "*" else UNARY for operand in (left, right)]
    text = f"{_bracketed(left, level if chain else inner[0])} {operator} {_bracketed(right, inner[1])}"
    return Expr(text, level, operator, is_signed=signed, fragile=signed and operator in (">>>", "/", "%"))


def choose(condition: Expr, yes: Expr, no: Expr) -> Expr:
    """`condition ? yes : no`; a chain of choices on the right needs no brackets."""
    if (yes.text, no.text) == ("1'b1", "1'b0"):
        return condition
    if (yes.text, no.text) == ("1'b0", "1'b1"):
        return unary("!", condition)
    if yes.text == "1'b1":
        return binary("|", condition, no)
    if no.text == "1'b0":
        return binary("&", condition, yes)
    no_text = no.text if no.level == CHOOSE else _bracketed(no, OR)
    text = f"{_bracketed(condition, OR)} ? {_bracketed(yes, OR)} : {no_text}"
    return Expr(text, CHOOSE, is_signed=yes.is_signed and no.is_signed)


def concat(parts: list[tuple[Expr, int]]) -> Expr:
    """Parts with their repetitions, the most significant first."""
    texts = [part.text if count == 1 else f"{{{count}{{{part.text}}}}}" for part, count in parts]
    return Expr(texts[0] if len(parts) == 1 and parts[0][1] > 1 else "{" + ", ".join(texts) + "}")


def cast(width: int, expr: Expr, *, cuts: bool = False) -> Expr:
    """`width'(expr)`: to widen, only for names, slices, concatenations and `$signed(...)`; to cut, for all.

    It is bracketed behind a unary operator, since Yosys takes `-2'(a)` for a cast to -2 bits.
    """
    return Expr(f"{width}'({expr.text})", UNARY, is_signed=expr.is_signed, is_cut=cuts)
