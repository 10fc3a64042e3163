"""Prints statement trees: if, case, casez and assignments, and the blocks around them."""

from rnnhw.emit.rtlil import Assign, Sig, Slice, Switch, sig_width
from rnnhw.emit.sv_expr import Expr, binary, choose, literal
from rnnhw.emit.sv_netlist import FlopGroup
from rnnhw.emit.sv_pieces import constant_bits, high_bits, low_bits
from rnnhw.emit.sv_statements import Body, covers_all, overlap, takes
from rnnhw.emit.sv_values import Values

__all__ = ["comb_lines", "flop_lines"]

_LONGEST = 100  # characters of a decision that is written as one assignment
_MOST_LEAVES = 4  # and how many values it chooses between
Branch = tuple[Expr | None, Body]


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def comb_lines(values: Values, wire: str, body: Body) -> list[str]:
    """A decision about a wire: an `assign` where that is short, else `always_comb`."""
    name = values.name(wire)
    item = body[0]
    if _is_short(values, item):
        tried = values.attempt(lambda: _expression(values, item)).text
        if isinstance(item, Assign) or len(f"assign {name} = {tried};") <= _LONGEST:
            return [f"assign {name} = {_expression(values, item).text};"]
    values.in_process, values.reads = True, 0
    lines = _statements(values, body, "=")
    values.in_process = False
    if values.reads == 0:  # nothing but constants: no event would ever start an always_comb
        return [f"assign {name} = {_expression(values, item).text};"]
    if len(lines) == 1:
        return ["assign " + lines[0]]
    return ["always_comb begin", *_indented(lines), "end"]


def _leaves(item: Assign | Switch) -> int:
    return 1 if isinstance(item, Assign) else sum(_leaves(case.body[0]) for case in item.cases)


def _is_short(values: Values, item: Assign | Switch) -> bool:
    """Whether a decision may be one expression: few values, and nothing long has to be repeated."""
    if isinstance(item, Assign):
        return True
    simple = len(item.sel) == 1 and isinstance(item.sel[0], Slice) and not values.is_inline(item.sel[0].wire)
    if _leaves(item) > _MOST_LEAVES or not (simple or _is_chain(item)):
        return False
    return all(_is_short(values, case.body[0]) for case in item.cases)


def _expression(values: Values, item: Assign | Switch) -> Expr:
    """A decision as `a ? b : c`."""
    if isinstance(item, Assign):
        return values.value(item.rhs)
    branches = _branches(values, item)
    result = _expression(values, branches[-1][1][0])
    for condition, body in reversed(branches[:-1]):
        result = choose(condition, _expression(values, body[0]), result)
    return result


def flop_lines(values: Values, group: FlopGroup) -> list[str]:
    """The `always_ff` block of a group of flip-flops."""
    events = [f"{group.edge} {values.value(group.clock).text}"]
    reset = group.async_reset or group.reset
    if group.async_reset:
        events.append(f"posedge {values.value(group.async_reset).text}")
    body = _statements(values, group.body, "<=")
    if reset:
        resets = [f"{values.name(q.wire)} <= {literal(bits).text};" for q, bits in group.members]
        lines = [f"if ({values.value(reset).text}) begin", *_indented(resets)]
        if body and body[0].startswith("if (") and _is_one_if(body):
            lines += ["end else " + body[0], *body[1:]]
        elif body:
            lines += ["end else begin", *_indented(body), "end"]
        else:
            lines.append("end")
        body = lines
    if not body:
        return []
    return [f"always_ff @({' or '.join(events)}) begin", *_indented(body), "end"]


def _is_one_if(lines: list[str]) -> bool:
    """Whether the lines are a single if statement: no later line stands at the left margin but its end and else."""
    return all(line.startswith((" ", "end")) for line in lines[1:])


def _statements(values: Values, body: Body, operator: str) -> list[str]:
    lines: list[str] = []
    for item in body:
        if isinstance(item, Assign):
            lines += _assignment(values, item, operator)
        elif _is_chain(item):
            lines += _if_lines(values, _branches(values, item), operator)
        else:
            lines += _case_lines(values, item, operator)
    return lines


def _assignment(values: Values, item: Assign, operator: str) -> list[str]:
    (target,) = item.lhs
    comment = ""
    if target.width == values.widths[target.wire]:
        comment = _label(values, target.wire, constant_bits(item.rhs))
    name = values.target(target.wire, target.lo, target.width)
    return [f"{name} {operator} {values.value(item.rhs).text};{comment}"]


def _label(values: Values, wire: str, bits: str | None) -> str:
    """The name of an enumeration's value, as a comment."""
    label = values.net.wires[wire].attribute(f"enum_value_{bits}") if bits else None
    return f"  // {label}" if isinstance(label, str) else ""


def _cared(pattern: str) -> list[int]:
    return [at for at, bit in enumerate(reversed(pattern)) if bit != "-"]


def _is_chain(switch: Switch) -> bool:
    """Whether a switch reads better as if and else-if, or has to be one because its patterns overlap."""
    patterns = [pattern for case in switch.cases for pattern in case.patterns]
    if sig_width(switch.sel) == 1 or len(patterns) == 1:
        return True
    if all(len(_cared(pattern)) <= 1 for pattern in patterns):
        return True
    return any(overlap(a, b) for at, a in enumerate(patterns) for b in patterns[:at])


def _bits(sig: Sig, positions: list[int]) -> Sig:
    return tuple(chunk for at in positions for chunk in low_bits(high_bits(sig, at), 1))


def _test(values: Values, sel: Sig, pattern: str) -> Expr | None:
    """The condition under which a pattern matches; None for always."""
    cared = _cared(pattern)
    if not cared:
        return None
    wanted = "".join(bit for bit in pattern if bit != "-")
    picked = sel if len(cared) == len(pattern) else _bits(sel, cared)
    if len(cared) == 1:
        return values.condition(picked, when=wanted)
    return binary("==", values.value(picked), literal(wanted))


def _either(tests: list[Expr]) -> Expr:
    if len(tests) == 1:
        return tests[0]
    return Expr(" || ".join(test.text if test.operator == "==" else f"({test.text})" for test in tests), 0, "||")


def _branches(values: Values, switch: Switch) -> list[Branch]:
    """Conditions and bodies, in the order in which they are tested; the last condition may be None."""
    if sig_width(switch.sel) == 1:
        return _two_branches(values, switch)
    branches: list[Branch] = []
    for case in switch.cases:
        tests = [_test(values, switch.sel, pattern) for pattern in case.patterns]
        if not tests or None in tests:
            branches.append((None, case.body))
            break
        branches.append((_either(tests), case.body))
    return branches


def _two_branches(values: Values, switch: Switch) -> list[Branch]:
    """The branches of a switch by one bit, the one for 1 first unless it is empty."""
    yes, no = (next((case.body for case in switch.cases if takes(case, bit)), ()) for bit in "10")
    if yes == no:
        return [(None, yes)]
    if not yes:
        return [(values.condition(switch.sel, when="0"), no)]
    return [(values.condition(switch.sel), yes), *([(None, no)] if no else [])]


def _if_lines(values: Values, branches: list[Branch], operator: str) -> list[str]:
    lines: list[str] = []
    for condition, body in branches:
        inner = _statements(values, body, operator)
        opening = "end else " if lines else ""
        if condition is not None:
            lines += [f"{opening}if ({condition.text}) begin", *_indented(inner)]
        elif not lines:
            return inner
        elif inner and inner[0].startswith("if (") and _is_one_if(inner):
            return [*lines, opening + inner[0], *inner[1:]]
        else:
            lines += [opening + "begin", *_indented(inner)]
    return [*lines, "end"]


def _case_lines(values: Values, switch: Switch, operator: str) -> list[str]:
    sel = switch.sel
    wire = sel[0].wire if len(sel) == 1 and isinstance(sel[0], Slice) else None
    whole = wire if wire is not None and _is_whole(values, sel) else None
    wild = any("-" in pattern for case in switch.cases for pattern in case.patterns)
    lines = [f"case{'z' if wild else ''} ({values.value(sel).text})"]
    for case in switch.cases:
        labels = ", ".join(f"{len(p)}'b{p.replace('-', '?')}" if wild else literal(p).text for p in case.patterns)
        names = [_label(values, whole, pattern)[4:] for pattern in case.patterns] if whole else []
        comment = "  // " + ", ".join(name for name in names if name) if any(names) else ""
        inner = _statements(values, case.body, operator)
        if len(inner) == 1 and not comment:
            lines.append(f"    {labels or 'default'}: {inner[0]}")
        else:
            lines += [f"    {labels or 'default'}: begin{comment}", *_indented(_indented(inner)), "    end"]
    if not covers_all(switch):
        lines.append("    default: ;")
    return [*lines, "endcase"]


def _is_whole(values: Values, sel: Sig) -> bool:
    """Whether a switch chooses by a whole wire."""
    return isinstance(sel[0], Slice) and sel[0].width == values.widths[sel[0].wire]
