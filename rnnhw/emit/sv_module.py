"""Prints one module."""

from dataclasses import dataclass

from rnnhw.emit.rtlil import Cell, Const, Module, Process, Slice, Value
from rnnhw.emit.sv_expr import literal
from rnnhw.emit.sv_memory import contents, memory_lines
from rnnhw.emit.sv_names import Names
from rnnhw.emit.sv_netlist import Netlist
from rnnhw.emit.sv_process import comb_lines, flop_lines
from rnnhw.emit.sv_values import Values

__all__ = ["ModuleText", "print_module"]

_TOOL_ATTRIBUTES = ("init", "src", "enum_base_type", "enum_value_", "generator", "top")


@dataclass(frozen=True, slots=True)
class ModuleText:
    """What was printed, and what a linter has to be told about it.

    `images` maps the name of each memory with contents other than zero to (width, words).
    """

    text: str
    has_flops: bool
    has_unused: bool
    images: dict[str, tuple[int, list[int]]]


def print_module(net: Netlist, name: str, kinds: dict[str, str], modules: dict[str, Module]) -> ModuleText:
    """Print a module under the given name; RTLIL cell kinds are keys to the names and contents of all modules."""
    return _ModulePrinter(net, name, kinds, modules).print()


def _port_names(module: Module, names: Names) -> dict[str, str]:
    """Wire to identifier for the ports of a module."""
    ports = [wire.name for wire in module.wires if wire.direction and wire.width]
    return {wire: names.unique(wire[1:]) for wire in ports}


class _ModulePrinter:
    """Collects the parts of a module: the statements first, since they bring about declarations."""

    def __init__(self, net: Netlist, name: str, kinds: dict[str, str], modules: dict[str, Module]):
        self.net = net
        self.module_name = name
        self.kinds = kinds
        self.modules = modules
        names = Names()
        wire_names = _port_names(net.module, names)
        self.ports = [net.wires[wire] for wire in wire_names]
        for memory in net.module.memories:
            wire_names[memory.name] = names.unique(memory.name[1:])
        self.instance_names = {cell.name: names.unique(cell.name[1:]) for cell in net.instances}
        self.values = Values(net, names, wire_names)
        self.flop_bits = {q.wire: bits for group in net.flops for q, bits in group.members}
        self.memories = [memory for memory in net.module.memories if memory.width and memory.depth]
        self.words = {memory.name: contents(net, memory) for memory in self.memories}

    def print(self) -> ModuleText:
        for wire in self.net.wires.values():  # signals that were named get their names before made-up ones
            if wire.width and not self.net.is_auto(wire.name) and self._is_driven(wire.name):
                self.values.name(wire.name)
        sections = [self._logic(), *self._instances()]
        sections += [self._in_place(lambda m=m: memory_lines(self.values, m, self.words[m.name])) for m in self.memories]
        sections += [self._in_place(lambda g=g: flop_lines(self.values, g)) for g in self.net.flops]
        lines = [*self._header(), *self._declarations()]
        for section in sections:
            if section:
                lines += ["", *("    " + line if line and line[0] != "`" else line for line in section)]
        images = {self.values.wire_names[memory.name]: (memory.width, self.words[memory.name])
                  for memory in self.memories if any(self.words[memory.name])}
        text = "\n".join([*lines, "endmodule", ""])
        return ModuleText(text, bool(self.flop_bits), self._has_unused(), images)

    def _is_driven(self, wire: str) -> bool:
        net = self.net
        if wire in net.aliases:
            return net.needed(wire)
        known = wire in net.ops or wire in net.combs or wire in net.mem_reads or wire in net.instance_outputs
        return known or wire in self.flop_bits

    def _in_place(self, make) -> list[str]:
        """Lines, after the assignments that they turned out to need."""
        self.values.lines = []
        lines = make()
        extra, self.values.lines = self.values.lines, []
        return [*extra, *([""] if extra else []), *lines]

    def _logic(self) -> list[str]:
        values, net = self.values, self.net
        values.lines = lines = []
        driven_here = {*net.ops, *net.combs}
        self._alias_lines(lambda source: source not in driven_here)
        for item in net.module.items:
            for wire in self._targets(item):
                if wire in net.ops and net.needed(wire):
                    values.settle(wire)
                for comb in [*net.stages.get(wire, ()), wire]:
                    if comb in net.combs and net.needed(comb):
                        block = comb_lines(values, comb, net.combs[comb])
                        lines.extend(block if len(block) == 1 else ["", *block, ""])
                self._alias_lines(lambda source, wire=wire: source == wire)
        for lhs, rhs in net.connects:
            target = values.value(lhs).text if len(lhs) > 1 else self._target(lhs[0])
            lines.append(f"assign {target} = {values.value(rhs).text};")
        return lines

    def _targets(self, item: Cell | Process) -> list[str]:
        if isinstance(item, Cell):
            return [chunk.wire for name, sig in item.ports if name == "Y" for chunk in sig]
        first = item.body[0]
        return [chunk.wire for chunk in getattr(first, "lhs", ())]

    def _target(self, chunk: Slice) -> str:
        name = self.values.name(chunk.wire)
        if chunk.width == self.values.widths[chunk.wire]:
            return name
        return f"{name}[{chunk.lo + chunk.width - 1}:{chunk.lo}]"

    def _alias_lines(self, wanted) -> None:
        for wire, sig in self.net.aliases.items():
            if wanted(sig[0].wire) and self.net.needed(wire):
                text = f"assign {self.values.name(wire)} = {self.values.value(sig).text};"
                self.values.lines.append(text)

    def _instances(self) -> list[list[str]]:
        return [self._in_place(lambda cell=cell: self._instance(cell)) for cell in self.net.instances]

    def _instance(self, cell: Cell) -> list[str]:
        connections = []
        known = self.modules.get(cell.kind)
        names = _port_names(known, Names()) if known else {}
        for raw, sig in cell.ports:
            port = names.get("\\" + raw, raw)
            if sig and self.net.is_driven_by(cell, sig):
                connections.append(f".{port}({self._driven(sig)})")
            elif sig:
                connections.append(f".{port}({self.values.value(sig).text})")
        parameters = [f".{name}({_parameter(value)})" for name, value in cell.parameters]
        head = _attributes(cell.attributes) + [self.kinds.get(cell.kind, cell.kind[1:])]
        if parameters:
            head[-1] += " #("
            head += ["    " + text + "," for text in parameters[:-1]] + ["    " + parameters[-1], ")"]
        head[-1] += f" {self.instance_names[cell.name]} ("
        body = ["    " + text + "," for text in connections[:-1]] + ["    " + text for text in connections[-1:]]
        return [*head, *body, ");"]

    def _driven(self, sig) -> str:
        parts = [self._target(chunk) for chunk in reversed(sig)]
        return parts[0] if len(parts) == 1 else "{" + ", ".join(parts) + "}"

    def _header(self) -> list[str]:
        if not self.ports:
            return [f"module {self.module_name};"]
        rows = []
        for wire in self.ports:
            kind = "wire " if wire.direction == "inout" else "logic"
            start = f" = {literal(self.flop_bits[wire.name]).text}" if wire.name in self.flop_bits else ""
            rows.append((f"{wire.direction:6} {kind}", _range(wire.width), self.values.wire_names[wire.name] + start))
        width = max(len(size) for _, size, _ in rows)
        texts = [f"    {kind} {size:<{width}}{' ' if width else ''}{name}" for kind, size, name in rows]
        return [f"module {self.module_name} (", *(text + "," for text in texts[:-1]), texts[-1], ");"]

    def _declarations(self) -> list[str]:
        values = self.values
        by_name = {name: wire for wire, name in values.wire_names.items()}
        lines = []
        for name, width in values.declared.items():
            wire = by_name.get(name)
            lines += ["    " + text for text in (_attributes(self.net.wires[wire].attributes) if wire else [])]
            start = f" = {literal(self.flop_bits[wire]).text}" if wire in self.flop_bits else ""
            size = _range(width)
            lines.append(f"    logic {size}{' ' if size else ''}{name}{start};")
        for memory in self.memories:
            lines += ["    " + text for text in _attributes(memory.attributes)]
            size = _range(memory.width)
            name = values.wire_names[memory.name]
            lines.append(f"    logic {size}{' ' if size else ''}{name} [0:{memory.depth - 1}];")
        return lines

    def _has_unused(self) -> bool:
        """Whether some bit of a signal or input is read by nobody here."""
        values = self.values
        if {memory.name for memory in self.memories} - {c.parameter("MEMID") for c in self.net.mem_reads.values()}:
            return True
        for wire, name in values.wire_names.items():
            known = self.net.wires.get(wire)
            if known is None or known.direction in ("output", "inout") or name.startswith("unused_"):
                continue
            if values.used.get(wire, 0) != (1 << values.widths[wire]) - 1:
                return True
        return False


def _range(width: int) -> str:
    return f"[{width - 1}:0]" if width > 1 else ""


def _attributes(attributes: tuple[tuple[str, Value], ...]) -> list[str]:
    kept = [f"{name} = {_parameter(value)}" for name, value in attributes if not name.startswith(_TOOL_ATTRIBUTES)]
    return [f"(* {', '.join(kept)} *)"] if kept else []


def _parameter(value: Value) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    if isinstance(value, Const):
        return f"{value.width}'{'s' if value.signed else ''}b{value.bits}"
    return repr(value)

