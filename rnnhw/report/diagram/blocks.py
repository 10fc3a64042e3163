"""What a diagram says of a core's parts: their names, and their sizes as the plan has them."""

from typing import NamedTuple

from rnnhw.estimate.multipliers import UPDATES, update_width
from rnnhw.plan import BufferPlan, EnginePlan, HeadPlan, MemoryUse, Plan

from .canvas import TIMES

MADE_OF = {"block": "block RAM", "distributed": "LUT RAM", "registers": "registers", "huge": "SPRAM"}
CARRIED = {"c": "c", "h_gru": "old h", "h_reset": "z, old h"}
EQUATIONS = {
    "lstm": ("c' = i·g + f·c", "h' = o·tanh(c')"),
    "gru": ("n = tanh(a + r·p)", "h' = n + z·(h - n)"),
    "reset": ("s = r·h", "h' = n + z·(h - n)"),
}
PRODUCTS = {"lstm": 3, "gru": 2, "reset": 2}  # of a unit's update
HALVES = {"reset": " (z, r)", "candidate": " (n)"}  # passes of a GRU with the reset before


class Block(NamedTuple):
    """A box of the diagram.

    Parameters
    ----------
    title : str
    lines : tuple of str
    kind : str
        "plain", "memory" or "arithmetic".
    """

    title: str
    lines: tuple[str, ...]
    kind: str = "plain"


def count(number: int, thing: str) -> str:
    """A number of things."""
    return f"{number:,} {thing}" + "s" * (number != 1)


def cycles(number: float) -> str:
    """Cycles, of a mean that is not whole with a digit behind the point."""
    return f"{number:,}" if number == int(number) else f"{number:,.1f}"


def words(use: MemoryUse) -> str:
    """The size of a memory, or of several."""
    several = f"{use.count} of " if use.count > 1 else ""
    return f"{several}{use.depth:,} {TIMES} {use.width:,} bits"


def amount(bits: int) -> str:
    """Bits, in kbit where there are many."""
    return f"{bits:,} bits" if bits < 10_000 else f"{bits / 1000:,.1f} kbit"


def engine_blocks(engine: EnginePlan) -> dict[str, Block]:
    """The boxes of an engine, by their places."""
    memories, blocks = engine.memories, {}
    x = memories["x"]
    lines = [f"{count(engine.input_size, 'element')} a step", words(x), _made(x)]
    if engine.converts:
        lines.append(f"from {engine.takes.width} bits")
    blocks["x"] = Block("input buffer", tuple(lines), "memory")
    if "h" in memories:
        h = memories["h"]
        states = any(item.recurrent for item in engine.passes)
        holds = ("h, in two banks" if states else "inner results", words(h), _made(h))
        blocks["h"] = Block("state memory", (*holds, *_ports(engine)), "memory")
    weights = memories["weights"]
    fixed = "fixed" if weights.rom else "loadable"
    lines = (words(weights), amount(weights.bits), f"{fixed}, {_made(weights)}")
    blocks["weights"] = Block("weight memory", lines, "memory")
    bits = engine.network.config.activation_bits
    aligned = f"aligned: {engine.element_bits} bits" if engine.element_bits > bits else f"{bits} bits"
    columns = engine.geometry.columns
    blocks["select"] = Block("element select", (f"{count(columns, 'element')} a cycle", aligned))
    blocks["mac"] = _mac(engine)
    blocks["drain"] = _drain(engine)
    if engine.uses_table:
        blocks["activation"] = _activation(engine)
    if any(item.kind in UPDATES for item in engine.passes):
        blocks["update"] = _update(engine)
    answers = memories["answers"]
    size = f"{engine.answer_size:,} {TIMES} {engine.answer_format.width} bits"
    blocks["answers"] = Block("answers", (size, f"queue {words(answers)}", _made(answers)), "memory")
    return blocks


def _made(use: MemoryUse) -> str:
    return MADE_OF[use.style]


def _ports(engine: EnginePlan):
    if engine.loads_state:
        first = engine.memories.get("initial_state")
        yield "state in" if first is None else f"first state {words(first)}"
    if engine.reads_state:
        yield "final state out"


def _mac(engine: EnginePlan) -> Block:
    shape, config = engine.geometry, engine.network.config
    lanes = count(shape.all_lanes, "lane")
    if shape.columns > 1:
        lanes += f" {TIMES} {shape.columns} columns"
    made = "adders" if engine.lut_multipliers else "DSP blocks"
    lines = [
        lanes,
        count(shape.all_lanes * shape.columns, "multiplier"),
        f"of {config.weight_bits} {TIMES} {engine.element_bits} bits,",
        f"made of {made}",
        f"accumulators {engine.accumulator_bits} bits",
    ]
    if any(item.split for item in engine.passes):
        lines.append("two sums a row")
    return Block("MAC array", tuple(lines), "arithmetic")


def _drain(engine: EnginePlan) -> Block:
    pipelines = engine.geometry.pipelines
    names = [name for name in ("bias", "input_bias") if name in engine.memories]
    biases = [f"{name.replace('_', ' ')} {words(engine.memories[name])}" for name in names]
    widths = sorted({width for item in engine.passes for width in _requantised(engine, item)})
    to = ", ".join(map(str, widths))
    return Block(
        "drain", (f"{count(pipelines, 'sum')} a cycle", *biases, f"{engine.accumulator_bits} → {to} bits"), "arithmetic"
    )


def _requantised(engine: EnginePlan, item):
    """Bits of what sums become."""
    if item.kind == "dense":
        yield item.layer.output.width
    elif item.kind == "relu":
        yield item.layer.h.width
    else:
        yield engine.network.preactivations[0].width
    if item.kind == "gru":  # row n is p
        yield item.layer.p.width


def _activation(engine: EnginePlan) -> Block:
    table = engine.memories["table"]
    curves = "tanh" if {item.kind for item in engine.passes} <= {"rnn", "relu", "dense"} else "sigmoid, tanh"
    lines = [curves, f"table {words(table)}", *(["interpolated"] if engine.network.table.residual_bits else [])]
    return Block("activation", (*lines, _made(table)), "memory")


def _update(engine: EnginePlan) -> Block:
    passes = {item.kind: item for item in engine.passes if item.kind in UPDATES}
    pipelines, bits = engine.geometry.pipelines, engine.network.config.activation_bits
    wide = max(update_width(item) for item in engine.passes if item.kind in UPDATES)
    lines = []
    for kind in passes:
        lines += [*EQUATIONS[kind], f"{PRODUCTS[kind]} products a unit"]
    adders = engine.hardware.update_multiplier == "lut"
    made = "adders" if adders else "DSP"
    lines += [f"{count(pipelines, 'multiplier')} ({made})", f"{bits + 1} {TIMES} {wide} bits"]
    lines += [f"{CARRIED[name]}: {words(engine.memories[name])}" for name in CARRIED if name in engine.memories]
    return Block("cell update", tuple(lines), "arithmetic")


def between(stage: BufferPlan | HeadPlan) -> Block:
    """The box of a stage that is no engine."""
    if isinstance(stage, BufferPlan):
        use = stage.memories["elements"]
        stored = f"stores {count(stage.max_steps, 'step')} of {stage.size:,} {TIMES} {stage.width} bits, two sequences"
        played = "plays the last step" if stage.last_only else f"plays {count(stage.played, 'element')} a step"
        return Block("sequence buffer", (stored, f"{words(use)}, {amount(use.bits)}, {_made(use)}", played), "memory")
    sizes = f"of {stage.size:,} {TIMES} {stage.source.width} bits"
    memories = [f"{name} {words(use)}" for name, use in stage.memories.items()]
    return Block(stage.name, (sizes, *memories), "arithmetic")


def ends(plan: Plan) -> tuple[Block, Block]:
    """The boxes of the core's input and output."""
    network = plan.network
    given = [f"{network.input_size:,} {TIMES} {network.input.width} bits a step"]
    if plan.hardware.streams > 1:
        given.append(f"{plan.hardware.streams} sequences in turn")
    if plan.load_cycles:
        given.append(f"weights first: {plan.load_cycles:,} bytes")
    when = "a step" if plan.every_step else "a sequence"
    answers = [f"{network.output_size:,} {TIMES} {network.output.width} bits {when}"]
    if network.mode == "one-to-many":
        answers.append(f"{network.steps} answers, each the next input")
    return Block("input stream", tuple(given)), Block("output stream", tuple(answers))


def pass_rows(engine: EnginePlan, every_step: bool) -> list[tuple[str, str, str, int, str]]:
    """Of each matrix: what it is, its rows and columns, groups and words, cycles, and when."""
    rows = []
    for item in engine.passes:
        when = "every step" if item.recurrent or every_step else "last step"
        shape, groups = f"{item.rows:,} {TIMES} {item.columns:,}", f"{item.groups:,} {TIMES} {item.words:,}"
        rows.append((item.name + HALVES.get(item.kind, ""), shape, groups, item.cycles, when))
    return rows
