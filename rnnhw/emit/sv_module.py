"""Prints one module."""

from collections.abc import Callable
from dataclasses import dataclass

from rnnhw.emit.rtlil import Cell, Module, Process
from rnnhw.emit.sv_declare import declarations, driven, head, instance, port_names
from rnnhw.emit.sv_memory import contents, memory_lines
from rnnhw.emit.sv_names import Names
from rnnhw.emit.sv_netlist import Netlist
from rnnhw.emit.sv_process import comb_lines, flop_lines
from rnnhw.emit.sv_values import Values

__all__ = ["ModuleText", "print_module"]


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
    return _ModulePrinter(net, kinds, modules).print(name)


class _ModulePrinter:
    """Collects the parts of a module: the statements first, since they bring about declarations."""

    def __init__(self, net: Netlist, kinds: dict[str, str], modules: dict[str, Module]):
        self.net = net
        self.kinds = kinds
        self.modules = modules
        names = Names()
        wire_names = port_names(net.module, names)
        self.ports = [(net.wires[wire], port) for wire, port in wire_names.items()]
        for memory in net.module.memories:
            wire_names[memory.name] = names.unique(memory.name[1:])
        self.instance_names = {cell.name: names.unique(cell.name[1:]) for cell in net.instances}
        self.values = Values(net, names, wire_names)
        self.starts = {q.wire: bits for group in net.flops for q, bits in group.members}
        self.memories = [memory for memory in net.module.memories if memory.width and memory.depth]
        self.words = {memory.name: contents(net, memory) for memory in self.memories}

    def print(self, name: str) -> ModuleText:
        values, net = self.values, self.net
        for wire in net.wires.values():  # signals that were named get their names before made-up ones
            if wire.width and not net.is_auto(wire.name) and self._is_driven(wire.name):
                values.name(wire.name)
        sections = [self._logic()]
        sections += [self._in_place(lambda c=cell: self._instance(c)) for cell in net.instances]
        sections += [self._in_place(lambda m=m: memory_lines(values, m, self.words[m.name])) for m in self.memories]
        sections += [self._in_place(lambda g=group: flop_lines(values, g)) for group in net.flops]
        lines = [*head(name, self.ports, self.starts), *declarations(values, self.memories, self.starts)]
        for section in filter(None, sections):
            lines += ["", *("    " + line if line and line[0] != "`" else line for line in section)]
        images = {
            values.wire_names[memory.name]: (memory.width, self.words[memory.name])
            for memory in self.memories
            if any(self.words[memory.name])
        }
        return ModuleText(_joined([*lines, "endmodule", ""]), bool(self.starts), values.has_unused(), images)

    def _is_driven(self, wire: str) -> bool:
        net = self.net
        if wire in net.aliases:
            return net.needed(wire)
        known = wire in net.ops or wire in net.combs or wire in net.mem_reads or wire in net.instance_outputs
        return known or wire in self.starts

    def _in_place(self, make: Callable[[], list[str]]) -> list[str]:
        """Lines, after the assignments that they turned out to need."""
        self.values.lines = []
        lines = make()
        return [*self.values.lines, "", *lines] if self.values.lines else lines

    def _logic(self) -> list[str]:
        values, net = self.values, self.net
        values.lines = lines = []
        driven_here = {*net.ops, *net.combs}
        self._alias_lines(lambda source: source not in driven_here)
        for item in net.module.items:
            for wire in _outputs(item):
                if wire in net.ops and net.needed(wire):
                    values.settle(wire)
                for comb in [*net.stages.get(wire, ()), wire]:
                    if comb in net.combs and net.needed(comb):
                        block = comb_lines(values, comb, net.combs[comb])
                        lines.extend(block if len(block) == 1 else ["", *block, ""])
                self._alias_lines(lambda source, wire=wire: source == wire)
        lines += [f"assign {driven(values, lhs)} = {values.value(rhs).text};" for lhs, rhs in net.connects]
        return lines

    def _alias_lines(self, wanted: Callable[[str], bool]) -> None:
        for wire, sig in self.net.aliases.items():
            if wanted(sig[0].wire) and self.net.needed(wire):
                text = f"assign {self.values.name(wire)} = {self.values.value(sig).text};"
                self.values.lines.append(text)

    def _instance(self, cell: Cell) -> list[str]:
        known = self.modules.get(cell.kind)
        ports = port_names(known, Names()) if known else {}
        kind = self.kinds.get(cell.kind, cell.kind[1:])
        return instance(self.values, cell, kind, self.instance_names[cell.name], ports)


def _outputs(item: Cell | Process) -> list[str]:
    """The wires that an operator or a process drives."""
    if isinstance(item, Cell):
        return [chunk.wire for name, sig in item.ports if name == "Y" for chunk in sig]
    return [chunk.wire for chunk in item.body[0].lhs]


def _joined(lines: list[str]) -> str:
    """The text, with never more than one empty line in a row and none before an end."""
    kept = [
        line
        for at, line in enumerate(lines)
        if line or at == len(lines) - 1 or (lines[at + 1] and lines[at + 1] != "endmodule")
    ]
    return "\n".join(kept)
