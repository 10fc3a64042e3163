"""Prints memories: contents, write ports and read ports."""

from rnnhw.emit.rtlil import Cell, Const, Memory, Sig, Slice
from rnnhw.emit.sv_expr import Expr, literal
from rnnhw.emit.sv_netlist import Netlist
from rnnhw.emit.sv_pieces import constant_bits, high_bits, low_bits
from rnnhw.emit.sv_values import Values

__all__ = ["contents", "memory_lines"]

_LEAST_ZEROS = 8  # more zeros than this at the end are written by a loop


def contents(net: Netlist, memory: Memory) -> list[int]:
    """The initial words of a memory."""
    cell = net.mem_inits.get(memory.name)
    bits = constant_bits(cell.port("DATA")) if cell else ""
    width = memory.width
    if not bits:
        return [0] * memory.depth
    return [int(bits[end - width : end], 2) for end in range(len(bits), 0, -width)]


def memory_lines(values: Values, memory: Memory, words: list[int]) -> list[str]:
    """The initial contents and all ports of a memory (its declaration is elsewhere)."""
    name = values.wire_names[memory.name]
    net = values.net
    lines = _contents_lines(name, memory.width, words)
    if ("ram_style", "huge") in memory.attributes:  # synthesis would not find a RAM that it cannot give contents to
        lines = ["`ifndef SYNTHESIS", *lines, "`endif"]
    writes = sorted(
        (cell for cell in net.mem_writes if cell.parameter("MEMID") == memory.name),
        key=lambda cell: cell.parameter("PORTID"),
    )
    reads = [cell for cell in net.mem_reads.values() if cell.parameter("MEMID") == memory.name]
    repeated = any(_is_transparent(cell, at) for cell in reads for at in range(len(writes)))
    ports = [_WritePort(values, name, cell, repeated=repeated) for cell in writes]
    for event in dict.fromkeys(port.event for port in ports):
        body = [line for port in ports if port.event == event for line in port.lines(name)]
        if body:
            lines += ["", f"always @({event}) begin", *body, "end"]
    for wire, cell in net.mem_reads.items():
        if cell.parameter("MEMID") == memory.name:
            lines += ["", *_read_lines(values, name, wire, cell, ports)]
    return lines


def _contents_lines(name: str, width: int, words: list[int]) -> list[str]:
    if not any(words):
        return [f"initial for (int i = 0; i < {len(words)}; i = i + 1) {name}[i] = {literal('0' * width).text};"]
    digits = (width + 3) // 4
    count = len(words)
    while words[count - 1] == 0:
        count -= 1
    count = count if len(words) - count > _LEAST_ZEROS else len(words)
    body = [f"    {name}[{at}] = {width}'h{word:0{digits}x};" for at, word in enumerate(words[:count])]
    if count < len(words):
        body.append(f"    for (int i = {count}; i < {len(words)}; i = i + 1) {name}[i] = {literal('0' * width).text};")
    return ["initial begin", *body, "end"]


def _is_transparent(cell: Cell, port: int) -> bool:
    """Whether a read port shows what the write port of this number writes at the same time."""
    mask = cell.parameter("TRANSPARENCY_MASK")
    return isinstance(mask, Const) and mask.bits[::-1][port] == "1"


def _event(values: Values, cell: Cell) -> str:
    edge = "posedge" if cell.parameter("CLK_POLARITY") else "negedge"
    return f"{edge} {values.value(cell.port('CLK')).text}"


def _named(values: Values, stem: str, sig: Sig) -> Expr:
    """A value as a name or a literal, so that it can be repeated."""
    if not sig:
        return literal("0")
    expr = values.value(sig)
    if constant_bits(sig) is None and not expr.text.isidentifier():
        expr = values.temporary(stem, sum(chunk.width for chunk in sig), expr)
    return expr


class _WritePort:
    """A write port with its enables gathered into runs of bits that are written together.

    `repeated` says that transparent read ports compare their address with this port's.
    """

    def __init__(self, values: Values, memory: str, cell: Cell, *, repeated: bool):
        self.event = _event(values, cell)
        enables, data = cell.port("EN"), cell.port("DATA")
        width = cell.parameter("WIDTH")
        bits = [low_bits(high_bits(enables, at), 1) for at in range(width)]
        starts = [at for at in range(width) if at == 0 or bits[at] != bits[at - 1]]
        runs = [(lo, end - lo) for lo, end in zip(starts, [*starts[1:], width], strict=True)]
        runs = [(lo, size) for lo, size in runs if constant_bits(bits[lo]) != "0"]
        whole = len(runs) == 1 and runs[0][1] == width
        address = cell.port("ADDR")
        once = len(runs) == 1 and not repeated and address
        self.address = values.value(address) if once else _named(values, f"{memory}_write_address", address)
        if not whole and any(isinstance(chunk, Slice) and values.is_inline(chunk.wire) for chunk in data):
            name = values.temporary(f"{memory}_write_data", width, values.value(data)).text
        else:
            name = ""
        self.runs: list[tuple[str, str, str]] = []
        for lo, size in runs:
            index = "" if whole else f"[{lo}]" if size == 1 else f"[{lo + size - 1}:{lo}]"
            enable = bits[lo]
            condition = "" if constant_bits(enable) == "1" else values.value(enable).text
            part = name + index if name else values.value(low_bits(high_bits(data, lo), size)).text
            self.runs.append((condition, index, part))

    def lines(self, memory: str) -> list[str]:
        out = []
        for condition, index, part in self.runs:
            guard = f"if ({condition}) " if condition else ""
            out.append(f"    {guard}{memory}[{self.address.text}]{index} <= {part};")
        return out


def _read_lines(values: Values, memory: str, wire: str, cell: Cell, ports: list[_WritePort]) -> list[str]:
    target = values.name(wire)
    address = cell.port("ADDR")
    transparent = [port for at, port in enumerate(ports) if _is_transparent(cell, at)]
    index = (
        _named(values, f"{memory}_address", address)
        if transparent
        else (values.value(address) if address else literal("0"))
    )
    if not cell.parameter("CLK_ENABLE"):
        return [f"assign {target} = {memory}[{index.text}];"]
    body = [f"{target} <= {memory}[{index.text}];"]
    for port in transparent:
        same = f"{port.address.text} == {index.text}" if address else ""
        for condition, bits, part in port.runs:
            test = " && ".join(term for term in (f"({condition})" if " " in condition else condition, same) if term)
            body.append(f"if ({test}) {target}{bits} <= {part};" if test else f"{target}{bits} <= {part};")
    enable = constant_bits(cell.port("EN"))
    if enable == "0":
        body = []
    elif enable != "1":
        body = [f"if ({values.value(cell.port('EN')).text}) begin", *("    " + line for line in body), "end"]
    zero = literal("0" * values.widths[wire]).text
    start = ["`ifndef SYNTHESIS", f"initial {target} = {zero};", "`endif"]
    block = [f"always @({_event(values, cell)}) begin", *("    " + line for line in body), "end"] if body else []
    return [*start, *block]
