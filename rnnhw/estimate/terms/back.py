"""Terms of an engine's back: from the sums to new states and answers."""

from rnnhw.estimate.multipliers import update_width
from rnnhw.plan.engine_schedule import ANSWERS

from .memories import memory_terms
from .sizes import Sizes, bits

UPDATES = ("lstm", "gru", "reset")


def drain(s: Sizes) -> dict[str, float]:
    """Issues the rows of a group, fetches their biases, and chooses what is written where."""
    plan = s.plan
    rows = sum(item.drained for item in plan.passes)
    terms = {
        "one": 1,
        "row counter": bits(rows),
        "count": bits(s.each + 1),
        "passes": s.passes - 1,
        "pass count": (s.passes - 1) * bits(s.each + 1),
        "kinds": len({len(item.gates) for item in plan.passes}) - 1,
        "tag": s.pass_bits + s.stream_bits,
        "short": int(not plan.every_step),
        "split counter": bits(s.memories["input_bias"].depth) if "input_bias" in s.memories else 0,
        "loads": int(plan.loads_state),
        "results": s.pipelines * s.bits * (s.has("dense") and s.has_recurrent),
        "counts": s.counts * bits(4 * s.pipelines + 1),
        "present": s.pipelines - 1,
    }
    for name in ("bias", "input_bias"):
        for term, value in memory_terms(s.memories[name], s.family).items() if name in s.memories else ():
            terms[term] = terms.get(term, 0) + value
    return terms


def sum_chain(s: Sizes) -> dict[str, float]:
    """Takes the sums, hands them on row by row, and adds biases."""
    acc, units, gru = s.accumulator, s.pipelines, s.has("gru")
    chain = (s.lanes - units) * acc
    added = units * acc * (1 + 2 * s.many)
    return {
        "registers": (s.lanes * acc + added) * (1 + gru),
        "luts": chain * (1 + gru) + units * acc * (1 + 3 * gru),
        "chain": chain,
        "captured": s.lanes * acc,
        "added": added,
        "many added": s.many * units * acc,
        "split chain": chain * gru,
        "split": s.lanes * acc * gru,
        "split added": units * acc * gru,
        "pipelines": units,
    }


def activation(s: Sizes) -> dict[str, float]:
    """Magnitude, table, interpolation and sign."""
    plan = s.plan
    if not plan.uses_table:
        return {}
    table, count = plan.network.table, s.pipelines
    terms = {
        "pipelines": count,
        "bits": count * s.bits,
        "magnitude": count * table.input_width,
        "registers": s.many * count * s.bits,
        "magnitude register": s.many * count * table.input_width,
        "word register": s.many * count * table.word_width,
        "own tables": count * (not table.shared),
    }
    if table.residual_bits:
        made = s.family == "ice40" or not s.uses["interpolation"].blocks(s.family)
        terms |= {
            "line": count * table.base_width,
            "line pipelines": count,
            "rest": count * table.residual_bits,
            "rest register": s.many * count * table.residual_bits,
            "slope products": made * count * table.residual_bits * table.slope_width,
            "slope product": count * (table.residual_bits + table.slope_width),
        }
    own = memory_terms(s.memories["table"], s.family)
    return terms | own


def cell_update(s: Sizes) -> dict[str, float]:
    """Requantisation, the multiplier, and the cells' own arithmetic."""
    plan, p, n, timing = s.plan, s.pipelines, s.bits, s.timing
    recurrent = sorted(kind for kind in s.kinds if kind != "dense")
    late = sum(timing.result - timing.ready(kind) for kind in recurrent)
    rows = timing.result
    tags = rows * (5 + s.pass_bits + s.stream_bits + plan.every_step)
    terms = {
        "pipelines": p,
        "row tags": tags,
        "rows": rows,
        "pass rows": rows * s.pass_bits,
        "kinds": p * n * max(len(recurrent) - 1, 0),
        "late": p * n * late,
        "counts": s.counts * p,
        "passes": s.passes - 1,
    }
    registers = tags + p * n * late
    for part in (_to_table(s), _direct(s), *(_UPDATE[kind](s) for kind in UPDATES if kind in s.kinds)):
        registers += part.pop("registers", 0)
        for term, value in part.items():
            terms[term] = terms.get(term, 0) + value
    if any(kind in s.kinds for kind in UPDATES):
        terms |= _multiplier(s)
    return terms | {"registers": registers}


def _to_table(s: Sizes) -> dict[str, float]:
    """Sums become pre-activations."""
    tabled = [item for item in s.plan.passes if item.kind not in ("relu", "dense")]
    if not tabled:
        return {}
    shifts = {shift for item in tabled for shift in item.shifts}
    cases = sum(len(item.shifts) for item in tabled)
    p, left, z = s.pipelines, s.accumulator - min(shifts), s.plan.network.preactivations[1].width
    return {
        "registers": p * (s.many * left + z),
        "z sum": p * left,
        "z held": s.many * p * left,
        "z choices": p * left * (len(shifts) - 1),
        "z chosen": p * left * (len(shifts) > 1),
        "z": p * z,
        "z cases": p * (cases - 1) * (len(shifts) > 1),
        "z counts": s.counts * p,
        "tanh": p * (len(s.kinds) - 1),
    }


def _direct(s: Sizes) -> dict[str, float]:
    """Sums become results that need no table."""
    p, direct = s.pipelines, [item for item in s.plan.passes if item.kind in ("relu", "dense")]
    if not direct:
        return {}
    widths = [(item.layer.h if item.kind == "relu" else item.layer.y).width for item in direct]
    left = [max(s.accumulator - item.shifts[-1], 1) for item in direct]
    relu = sum(item.kind == "relu" or item.layer.relu for item in direct)
    return {
        "registers": p * (s.many * sum(left) + max(widths)),
        "direct": p * len(direct),
        "direct bits": p * sum(widths),
        "direct widest": p * max(widths),
        "direct sums": p * sum(left),
        "direct held": s.many * p * sum(left),
        "direct cut": p * sum(max(rest - width, 0) for rest, width in zip(left, widths, strict=True)),
        "direct relu": p * relu * max(widths),
        "direct counts": s.counts * p * len(direct),
    }


def _lstm(s: Sizes) -> dict[str, float]:
    p, n, timing = s.pipelines, s.bits, s.timing
    cells = [item.layer for item in s.plan.passes if item.kind == "lstm"]
    c, z = max(cell.c.width for cell in cells), s.plan.network.preactivations[1].width
    total, fracs = c + n, {cell.c.frac for cell in cells}
    relays = -(-(timing.second_activation("lstm") - timing.activation) // 4)
    return {
        "registers": p * ((n + 1) * (1 + relays) + total * (1 + 2 * s.many) + c * (1 + s.many) + s.many * n),
        "lstm": p,
        "lstm bits": p * n,
        "lstm many": s.many * p * n,
        "lstm relays": p * relays * (n + 1),
        "lstm cells": p * (len(cells) - 1),
        "lstm choices": p * total * (len(fracs) - 1),
        "c": p * c,
        "c many": s.many * p * c,
        "c product": p * timing.update * c,
        "lstm z": p * z,
        "lstm counts": s.counts * p,
    }


def _gru(s: Sizes) -> dict[str, float]:
    p, n, timing = s.pipelines, s.bits, s.timing
    passes = [item for item in s.plan.passes if item.kind == "gru"]
    width, acc = max(item.layer.p.width for item in passes), s.accumulator
    left = sum(max(acc - item.shifts[-1], 1) for item in passes)
    sums = -(-(timing.product - timing.sum) // 3)
    waits = -(-(timing.second_activation("gru") - timing.activation) // 3)
    held = s.many * (left + acc + width + 3 * n + 3)
    kept = 2 * (n + 1) + waits * (2 * n + 1) + timing.table_latency * width + timing.update * (n + 1)
    return {
        "registers": p * (acc * sums + width + kept + held + s.plan.network.preactivations[1].width),
        "gru": p,
        "gru bits": p * n,
        "gru many": s.many * p * n,
        "gru waits": p * waits * (2 * n + 1),
        "gru candidate": p * timing.update * (n + 1),
        "gru cells": p * acc * (len(passes) - 1),
        "p": p * width,
        "p many": s.many * p * width,
        "p waits": p * timing.table_latency * width,
        "p sum": p * left,
        "p held": s.many * p * left,
        "candidate sum": p * acc,
        "candidate sum many": s.many * p * acc,
        "candidate waits": p * acc * sums,
        "gru counts": s.counts * p,
    }


def _reset(s: Sizes) -> dict[str, float]:
    p, n, timing = s.pipelines, s.bits, s.timing
    kept = (2 * n + 1) * (timing.result - timing.activation)
    held = s.many * (2 * (2 * n + 2) + 2 * n)
    return {
        "registers": p * (n + 1 + kept + timing.update * (n + 1) + held),
        "reset": p,
        "reset bits": p * n,
        "reset many": s.many * p * n,
        "reset kept": p * kept,
        "reset candidate": p * timing.update * (n + 1),
    }


_UPDATE = {"lstm": _lstm, "gru": _gru, "reset": _reset}


def cell_memory(s: Sizes) -> dict[str, float]:
    """What units keep beside h."""
    terms = {}
    for kind in UPDATES:
        if kind not in s.kinds:
            continue
        use = s.memories[s.plan.carry_names[kind]]
        address, count = bits(use.depth), sum(item.kind == kind for item in s.plan.passes)
        own = {
            "one": 1,
            "address": address,
            "passes": count - 1,
            "pass address": (count - 1) * address,
            "streams": s.streams - 1,
            "stream address": (s.streams - 1) * address,
            "late": s.many * use.width,
            "loads": use.width * s.plan.loads_state,
            "reads": int(s.plan.reads_state),
        } | memory_terms(use, s.family)
        for term, value in own.items():
            terms[term] = terms.get(term, 0) + value
    return terms


def _multiplier(s: Sizes) -> dict[str, float]:
    p, a = s.pipelines, s.bits + 1
    use = s.uses.get("cell update")
    if use is not None and use.blocks(s.family):
        width = use.b_bits
        behind = s.many * p * (a + width) if s.family == "ecp5" else 0
        terms = {"block product": p * (a + width), "block product register": behind}
        return terms | ({"tile product": p * (a + width)} if use.blocks(s.family) > use.count else {})
    width = use.b_bits if use is not None else _operand(s)
    return {
        "partial products": p * a * width,
        "partial sums": p * -(-a // 4) * (width + 4),
        "pair sums": s.many * p * -(-a // 2) * (width + 2),
        "made product": p * (a + width),
        "operands": s.many * p * (a + width),
        "made pipelines": p,
    }


def _operand(s: Sizes) -> int:
    """Bits of what gates are multiplied with."""
    return max(update_width(item) for item in s.plan.passes if item.kind in UPDATES)


def answers(s: Sizes) -> dict[str, float]:
    """The queue of answers."""
    plan, use = s.plan, s.memories["answers"]
    width, results = plan.answer_format.width, s.pipelines
    finals = [item.units for item in plan.passes if item.final]
    aligned = results == 1 or all(units % results == 0 for units in finals[:-1])
    return {
        "one": 1,
        "width": width,
        "words": width * results,
        "choice": width * (results - 1),
        "rows": bits(ANSWERS * -(-plan.answer_size // results)),
        "results": results - 1,
        "result bits": bits(results),
        "waiting": bits(ANSWERS * plan.answer_size + 1),
        "unaligned": (not aligned) * width * results * results,
        "unaligned results": (not aligned) * results,
        "streams": s.stream_bits,
        "finals": len(finals) - 1,
        "not registers": width * (use.style != "registers"),
    } | memory_terms(use, s.family)
