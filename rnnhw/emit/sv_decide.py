"""Turns a process into a decision that gives its wire one value, once, on every path.

Amaranth assigns a default and then overrides it. Printed like that, an `always_comb` writes a wire twice in no
time, and Icarus 11 can run in circles over the glitch (its issue 508).
"""

from collections.abc import Callable

from rnnhw.emit.rtlil import Assign, Case, Const, Sig, Slice, Switch
from rnnhw.emit.sv_pieces import high_bits, joined, low_bits
from rnnhw.emit.sv_statements import Body, covers_all, overlapping

__all__ = ["decide"]


def decide(body: Body, wire: str, width: int, new_stage: Callable[[Body], str]) -> Body:
    """The decision for one wire.

    Parameters
    ----------
    body : tuple
        Assignments to parts of the wire and switches between them, without constant switches.
    wire : str
        The wire that they write.
    width : int
        Its width.
    new_stage : callable
        Makes another wire that has the value of a decision and returns its name. It is called where a switch is
        followed by more statements, so that the size of the result stays in proportion.

    Returns
    -------
    tuple
        A single assignment to the whole wire, or a single switch all of whose branches are decisions again.
    """
    target = (Slice(wire, 0, width),)

    def whole(value: Sig) -> Body:
        return (Assign(target, value),)

    def build(statements: Body, value: Sig) -> Body:
        for at, item in enumerate(statements):
            if isinstance(item, Assign):
                (part,) = item.lhs
                value = joined(low_bits(value, part.lo) + item.rhs + high_bits(value, part.lo + part.width))
                continue
            decision = _simplest(
                Switch(
                    item.sel,
                    (
                        *(Case(case.patterns, build(case.body, value)) for case in item.cases),
                        *(() if covers_all(item) else (Case((), whole(value)),)),
                    ),
                )
            )
            if at == len(statements) - 1:
                return decision
            item = decision[0]
            value = item.rhs if isinstance(item, Assign) else (Slice(new_stage(decision), 0, width),)
        return whole(value)

    return build(body, (Const("0" * width),))


def _simplest(switch: Switch) -> Body:
    """Leave out branches that give what the last one gives anyway."""
    cases = list(switch.cases)
    for at in range(len(cases) - 2, -1, -1):
        later = cases[at + 1 : -1]
        if (
            not cases[-1].patterns
            and cases[at].body == cases[-1].body
            and not any(overlapping(cases[at], case) for case in later)
        ):
            del cases[at]
    if all(case.body == cases[0].body for case in cases) and (not cases[-1].patterns or covers_all(switch)):
        return cases[0].body
    return (Switch(switch.sel, tuple(cases)),)
