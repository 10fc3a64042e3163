"""What stands beside a core: its ports, cycles, memories and states, for whoever builds it in."""

from rnnhw.plan.law import LAW, cycle_rows, stage_lines

from .core import MEANINGS, STATUS, Core

FILE = "README.md"


def readme(core: Core) -> str:
    """The output folder's README."""
    plan, network = core.plan, core.plan.network
    layers = ", ".join(f"{layer.name} {layer.input_size}->{layer.output_size}" for layer in network.layers)
    parts = [
        f"# {core.name}\n\n{layers}; {network.mode}" + (f", {network.head}" if network.head != "none" else "") + ".",
        _formats(network),
        "## Ports\n\n" + _table(("port", "bits", "meaning"), _ports(core)),
        "## Stages\n\n" + "\n".join(f"- {line}" for line in stage_lines(plan)),
        _cycles(plan),
        "## Memories\n\n" + _table(("memory", "words", "bits of a word", "how many", "made of"), _memories(plan)),
    ]
    if plan.hardware.load_state or plan.hardware.read_state:
        parts.append(_states(network))
    if plan.hardware.weights == "loadable":
        parts.append(_loading())
    return "\n\n".join(parts) + "\n"


def _formats(network) -> str:
    lines = [
        f"Input: {network.input_size} elements a step, {network.input} (value = raw * 2^{-network.input.frac}).",
        f"Output: {network.output_size} elements an answer, {network.output} (value = raw * 2^{-network.output.frac}).",
    ]
    return "\n".join(lines)


def _ports(core: Core):
    yield "`clk`, `rst`", 1, "clock; synchronous reset, active high"
    for channel in core.ports.channels:
        yield f"`{channel.name}_valid`, `{channel.name}_ready`", 1, MEANINGS.get(channel.name, "")
        for field in channel.fields:
            yield f"`{channel.name}_{field.name}`", field.width, "signed" if field.signed else ""
    for field in core.ports.status:
        yield f"`{field.name}`", field.width, STATUS.get(field.name, "")


def _cycles(plan) -> str:
    headings = ("engine", "layer", "kind", "rows", "columns", "row groups", "column words", "cycles", "runs")
    keys = ("engine", "layer", "kind", "rows", "columns", "groups", "words", "cycles")
    rows = [
        (*(row[key] for key in keys), "every step" if row["every_step"] else "last step") for row in cycle_rows(plan)
    ]
    figures = [
        ("cycles per step", plan.cycles_per_step),
        ("of them stalls", plan.stall_cycles),
        ("cycles of the dense layers, once a sequence", plan.head_cycles),
        ("streams (sequences in turn, a step each)", plan.hardware.streams),
        ("cycles from a step's last input element to its answer", plan.latency_cycles),
    ]
    return f"## Cycles\n\n{LAW}.\n\n{_table(headings, rows)}\n\n{_table(('figure', 'value'), figures)}"


def _memories(plan):
    for name, use in plan.memories.items():
        yield name, use.depth, use.width, use.count, ("ROM, " if use.rom else "") + use.style


def _states(network) -> str:
    rows, start = [], 0
    for cell in network.cells:
        for part, form in zip("hc", cell.state_formats, strict=False):
            rows.append((f"{start} .. {start + cell.hidden_size - 1}", cell.name, part, form))
            start += cell.hidden_size
    return "## State vector\n\nIts elements in the order of the stream, each sign-extended.\n\n" + _table(
        ("elements", "cell", "part", "format"), rows
    )


def _loading() -> str:
    return (
        "## Loading\n\n`images/load.bin` goes over the stream `load` after reset, a byte at a time, `load_last` with "
        "the final one. Then `loaded` is 1; `load_error` is 1 instead if the length or the CRC-32 at the end is wrong."
    )


def _table(headings, rows) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
