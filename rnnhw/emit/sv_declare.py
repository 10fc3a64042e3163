"""Prints the heads of modules, declarations and instances."""

import re

from rnnhw.emit.rtlil import Cell, Const, Memory, Module, Sig, Slice, Value, Wire
from rnnhw.emit.sv_expr import literal
from rnnhw.emit.sv_names import Names
from rnnhw.emit.sv_values import Values

__all__ = ["declarations", "driven", "head", "instance", "port_names"]

_TOOL_ATTRIBUTES = ("init", "src", "enum_base_type", "enum_value_", "generator", "top")


def port_names(module: Module, names: Names) -> dict[str, str]:
    """Wire to identifier for the ports of a module; zero-width ports are left out."""
    ports = [wire.name for wire in module.wires if wire.direction and wire.width]
    return {wire: names.unique(wire[1:]) for wire in ports}


def head(name: str, ports: list[tuple[Wire, str]], starts: dict[str, str]) -> list[str]:
    """`module name (ports);`. `starts` has the initial bits of the registers."""
    if not ports:
        return [f"module {name};"]
    rows = []
    for wire, port in ports:
        kind = "wire " if wire.direction == "inout" else "logic"
        start = f" = {literal(starts[wire.name]).text}" if wire.name in starts else ""
        rows.append((f"{wire.direction:6} {kind}", _range(wire.width), port + start))
    width = max(len(size) for _, size, _ in rows)
    texts = [f"    {kind} {size:<{width}}{' ' if width else ''}{text}" for kind, size, text in rows]
    return [f"module {name} (", *(text + "," for text in texts[:-1]), texts[-1], ");"]


def declarations(values: Values, memories: list[Memory], starts: dict[str, str]) -> list[str]:
    """All signals and memories of a module, with their attributes and initial values."""
    by_name = {name: wire for wire, name in values.wire_names.items()}
    lines = []
    for name, width in values.declared.items():
        wire = by_name.get(name)
        lines += _attributes(values.net.wires[wire].attributes) if wire else []
        start = f" = {literal(starts[wire]).text}" if wire in starts else ""
        lines.append(f"logic {_range(width, ' ')}{name}{start};")
    for memory in memories:
        lines += _attributes(memory.attributes)
        name = values.wire_names[memory.name]
        lines.append(f"logic {_range(memory.width, ' ')}{name} [0:{memory.depth - 1}];")
    return ["    " + line for line in lines]


def instance(values: Values, cell: Cell, kind: str, name: str, ports: dict[str, str]) -> list[str]:
    """An instance of another module or of a black box; `ports` maps the wires of its ports to identifiers."""
    connections = []
    for raw, sig in cell.ports:
        if sig:
            text = driven(values, sig) if values.net.is_driven_by(cell, sig) else values.value(sig).text
            connections.append(f".{ports.get(chr(92) + raw, raw)}({text})")
    parameters = [f".{name}({_constant(value)})" for name, value in cell.parameters]
    lines = [*_attributes(cell.attributes), kind]
    if parameters:
        lines[-1] += " #("
        lines += [*_listed(parameters), ")"]
    lines[-1] += f" {name} ("
    return [*lines, *_listed(connections), ");"]


def _listed(texts: list[str]) -> list[str]:
    return [f"    {text}{',' if at < len(texts) - 1 else ''}" for at, text in enumerate(texts)]


def driven(values: Values, sig: Sig) -> str:
    """A value that is written to."""
    parts = [values.target(c.wire, c.lo, c.width) for c in reversed(sig) if isinstance(c, Slice)]
    return parts[0] if len(parts) == 1 else "{" + ", ".join(parts) + "}"


def _range(width: int, space: str = "") -> str:
    return f"[{width - 1}:0]{space}" if width > 1 else ""


def _attributes(attributes: tuple[tuple[str, Value], ...]) -> list[str]:
    kept = [(name, value) for name, value in attributes if not name.startswith(_TOOL_ATTRIBUTES)]
    texts = [f"{_attribute_name(name)} = {_constant(value)}" for name, value in kept]
    return [f"(* {', '.join(texts)} *)"] if texts else []


def _attribute_name(name: str) -> str:
    """The name, escaped where it is no plain identifier (`amaranth.vivado.false_path`)."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f"\\{name} "


def _constant(value: Value) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    if isinstance(value, Const):
        return f"{value.width}'{'s' if value.signed else ''}b{value.bits}"
    return repr(value)
