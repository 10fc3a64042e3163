"""The memories of a core: what they hold, how large they are, and of what they are made."""

from dataclasses import dataclass

from .stages.heads import exponentials_at_a_time
from .stages.sequence_buffer import buffer_words

LUT_RAM_DEPTH = 64  # words up to which LUT RAM is taken rather than a block RAM, most of which would stay empty
STYLES = {"lut": "distributed", "spram": "huge"}  # ram_style of what is wanted, where it is called otherwise
REGISTER_BITS = 64  # memories of at most so many bits are registers, larger ones block RAM


@dataclass(frozen=True)
class MemoryUse:
    """One memory, or several equal ones.

    Parameters
    ----------
    name : str
    depth, width : int
        Words, and bits of a word.
    rom : bool
        Written at configuration only.
    count : int
        Memories of this size.
    wanted : str
        "auto", or what it shall be made of: "block", "lut", "registers", "spram".
    state : bool
        It holds states of units (`Hardware.state_memory`).
    """

    name: str
    depth: int
    width: int
    rom: bool = False
    count: int = 1
    wanted: str = "auto"
    state: bool = False

    @property
    def bits(self) -> int:
        """Bits of all of them."""
        return self.depth * self.width * self.count

    @property
    def style(self) -> str:
        """What synthesis is told to make of it (the attribute ram_style).

        "block", "distributed", "registers", or "huge": a single-port RAM without initial contents (SPRAM).
        """
        if self.wanted == "auto":
            return "block" if self.depth * self.width > REGISTER_BITS and self.depth > 2 else "registers"
        return STYLES.get(self.wanted, self.wanted)


def memory_map(plan) -> dict[str, MemoryUse]:
    """All memories of an engine, by name.

    Parameters
    ----------
    plan : EnginePlan
    """
    network, shape, hardware = plan.network, plan.geometry, plan.hardware
    bits, style = network.config.activation_bits, hardware.state_memory
    bank = 1 << (plan.x_words - 1).bit_length()
    rom = hardware.weights == "rom"

    def small(depth: int, width: int = bits) -> str:
        """Where states are in LUT RAM, so are other small memories."""
        return "lut" if style == "lut" and depth <= LUT_RAM_DEPTH and depth * width > REGISTER_BITS else "auto"

    weight_depth = sum(p.cycles for p in plan.passes)
    weight_width = shape.all_lanes * shape.columns * network.config.weight_bits
    uses = [
        MemoryUse("x", 2 * bank, bits, count=shape.columns, wanted=small(2 * bank)),
        MemoryUse("weights", weight_depth, weight_width, rom, wanted=hardware.weight_memory),
        MemoryUse("bias", sum(p.drained for p in plan.passes), shape.pipelines * plan.accumulator_bits, rom),
    ]
    depths = plan.state_depths
    if "h" in depths:
        groups = shape.word // shape.pipelines
        uses.append(MemoryUse("h", depths["h"], bits * shape.pipelines, count=groups, wanted=style, state=True))
    widths = {"lstm": plan.cell_bits, "gru": bits, "reset": 2 * bits}
    for kind in plan.carry_ranges:
        name = plan.carry_names[kind]
        uses.append(MemoryUse(name, depths[name], shape.pipelines * widths[kind], wanted=style, state=True))
    rows = -(-plan.answer_size // shape.pipelines)
    width = plan.answer_format.width
    uses.append(MemoryUse("answers", 2 * rows, width, count=shape.pipelines, wanted=small(2 * rows, width)))
    if plan.timing.kinds & {"gru"}:
        depth = sum(p.rounds for p in plan.passes if p.split)
        uses.append(MemoryUse("input_bias", depth, shape.pipelines * plan.accumulator_bits, rom))
    if plan.initial_words is not None:
        uses.append(MemoryUse("initial_state", len(plan.initial_words), plan.state_width, True))
    if plan.uses_table:
        table = network.table
        uses.append(MemoryUse("table", len(table.bases), table.word_width, True, shape.pipelines))
    return {use.name: use for use in uses}


def buffer_memory_map(plan) -> dict[str, MemoryUse]:
    """The memory of a sequence buffer.

    Parameters
    ----------
    plan : BufferPlan
    """
    return {"elements": MemoryUse("elements", buffer_words(plan.size, plan.max_steps), plan.width)}


def head_memory_map(plan) -> dict[str, MemoryUse]:
    """The memories of a head: a softmax keeps two answers, and the exponentials of those that it divides.

    Parameters
    ----------
    plan : HeadPlan
    """
    if plan.name == "argmax":
        return {}
    tables, bank = plan.tables, 1 << (plan.size - 1).bit_length()
    uses = (
        MemoryUse("elements", 2 * bank, plan.source.width, wanted="block"),
        MemoryUse("exponentials", exponentials_at_a_time(tables), tables.e_frac + 1, wanted="block"),
        MemoryUse("table", len(tables.words), tables.e_frac + 1, True, wanted="block"),
    )
    return {use.name: use for use in uses}
