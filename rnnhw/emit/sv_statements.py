"""Trees of assignments and switches: flattening, pruning, renaming and merging. No text is made here."""

from collections.abc import Callable, Iterator

from rnnhw.emit.rtlil import Assign, Case, Sig, Slice, Switch, sig_width
from rnnhw.emit.sv_pieces import constant_bits

__all__ = [
    "Body",
    "assigned",
    "covers_all",
    "is_reset",
    "map_sigs",
    "merge",
    "overlap",
    "overlapping",
    "prune",
    "resolve",
    "retarget",
    "sigs",
    "takes",
]

Body = tuple[Assign | Switch, ...]


def sigs(body: Body) -> Iterator[Sig]:
    """Every value that the statements read, in order.

    The parts of a switch's value that are wider than a bit come once more where its bits are tested one by one.
    """
    for item in body:
        if isinstance(item, Assign):
            yield item.rhs
        else:
            yield item.sel
            if any("-" in pattern for case in item.cases for pattern in case.patterns):
                yield from ((chunk,) for chunk in item.sel if chunk.width > 1)
            for case in item.cases:
                yield from sigs(case.body)


def assigned(body: Body) -> Iterator[str]:
    """Names of the wires that the statements write (with repetitions)."""
    for item in body:
        if isinstance(item, Assign):
            yield from (chunk.wire for chunk in item.lhs if isinstance(chunk, Slice))
        else:
            for case in item.cases:
                yield from assigned(case.body)


def map_sigs(body: Body, change: Callable[[Sig], Sig]) -> Body:
    """The same statements with every value that is read passed through `change`."""
    out: list[Assign | Switch] = []
    for item in body:
        if isinstance(item, Assign):
            out.append(Assign(item.lhs, change(item.rhs)))
        else:
            cases = (Case(case.patterns, map_sigs(case.body, change)) for case in item.cases)
            out.append(Switch(change(item.sel), tuple(cases)))
    return tuple(out)


def retarget(body: Body, old: str, new: str) -> Body:
    """The same statements, writing wire `new` where they wrote `old`."""
    out: list[Assign | Switch] = []
    for item in body:
        if isinstance(item, Assign):
            (target,) = item.lhs
            name = new if target.wire == old else target.wire
            out.append(Assign((Slice(name, target.lo, target.width),), item.rhs))
        else:
            cases = (Case(case.patterns, retarget(case.body, old, new)) for case in item.cases)
            out.append(Switch(item.sel, tuple(cases)))
    return tuple(out)


def takes(case: Case, bits: str) -> bool:
    """Whether a constant that is switched by matches a case."""
    return not case.patterns or any(
        all(want in ("-", bit) for want, bit in zip(pattern, bits, strict=True)) for pattern in case.patterns
    )


def resolve(body: Body) -> Body:
    """Put the branch that is taken in the place of a switch that chooses by a constant (or by nothing)."""
    out: list[Assign | Switch] = []
    for item in body:
        if isinstance(item, Assign):
            if item.lhs:
                out.append(item)
            continue
        cases = tuple(Case(case.patterns, resolve(case.body)) for case in item.cases)
        constant = constant_bits(item.sel)
        if constant is None:
            out.append(Switch(item.sel, cases))
        else:
            out.extend(next((case.body for case in cases if takes(case, constant)), ()))
    return tuple(out)


def overlap(left: str, right: str) -> bool:
    """Whether some value matches both patterns."""
    return all("-" in (a, b) or a == b for a, b in zip(left, right, strict=True))


def overlapping(left: Case, right: Case) -> bool:
    """Whether some value is taken by either case."""
    if not left.patterns or not right.patterns:
        return True
    return any(overlap(a, b) for a in left.patterns for b in right.patterns)


def covers_all(switch: Switch) -> bool:
    """Whether one of the cases is always taken (patterns that overlap are not counted out)."""
    if any(not case.patterns for case in switch.cases):
        return True
    patterns = [pattern for case in switch.cases for pattern in case.patterns]
    if any(overlap(a, b) for at, a in enumerate(patterns) for b in patterns[:at]):
        return any(set(pattern) <= {"-"} for pattern in patterns)
    return sum(1 << pattern.count("-") for pattern in patterns) == 1 << sig_width(switch.sel)


def prune(body: Body) -> Body:
    """Drop branches that do nothing, and switches that have none left.

    An empty branch stays only where a later one could otherwise be taken in its place.
    """
    out: list[Assign | Switch] = []
    for item in body:
        if isinstance(item, Assign):
            out.append(item)
            continue
        cases = [Case(case.patterns, prune(case.body)) for case in item.cases]
        default = next((at for at, case in enumerate(cases) if not case.patterns), len(cases))
        del cases[default + 1 :]
        for at in range(len(cases) - 1, -1, -1):
            if not cases[at].body and not any(overlapping(cases[at], later) for later in cases[at + 1 :]):
                del cases[at]
        if cases and not cases[0].patterns:
            out.extend(cases[0].body)
        elif cases:
            out.append(Switch(item.sel, tuple(cases)))
    return tuple(out)


def _same_choice(left: Switch, right: Switch) -> bool:
    return (
        left.sel == right.sel
        and len(left.cases) == len(right.cases)
        and all(a.patterns == b.patterns for a, b in zip(left.cases, right.cases, strict=True))
    )


def _find(merged: list[Assign | Switch], start: int, wanted: Switch) -> int | None:
    for at in range(start, len(merged)):
        item = merged[at]
        if isinstance(item, Switch) and _same_choice(item, wanted):
            return at
    return None


def merge(bodies: list[Body]) -> Body:
    """Interleave statements that write different wires, so that equal switches are written once.

    The order of the statements of each body is kept, hence the meaning too.
    """
    merged: list[Assign | Switch] = []
    for body in bodies:
        at = 0
        for position, item in enumerate(body):
            if isinstance(item, Assign):
                while at < len(merged) and isinstance(merged[at], Assign):
                    at += 1
                merged.insert(at, item)
                at += 1
                continue
            found = _find(merged, at, item)
            if found is None:
                ahead = (_find(merged, at, later) for later in body[position + 1 :] if isinstance(later, Switch))
                at = next((place for place in ahead if place is not None), len(merged))
                merged.insert(at, item)
                at += 1
            else:
                pairs = zip(merged[found].cases, item.cases, strict=True)
                cases = (Case(a.patterns, merge([a.body, b.body])) for a, b in pairs)
                merged[found] = Switch(item.sel, tuple(cases))
                at = found + 1
    return tuple(merged)


def is_reset(item: Assign | Switch, target: Sig, bits: str) -> bool:
    """Whether the statement is `if (x) target = bits`."""
    if not isinstance(item, Switch) or len(item.cases) != 1 or item.cases[0].patterns != ("1",):
        return False
    body = item.cases[0].body
    if len(body) != 1 or not isinstance(body[0], Assign) or body[0].lhs != target:
        return False
    return constant_bits(body[0].rhs) == bits
