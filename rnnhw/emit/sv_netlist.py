"""One module as a net list: what drives each wire, what each follows, and what is used how often."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from rnnhw.emit.rtlil import Cell, Module, Sig, Slice, Wire
from rnnhw.emit.sv_pieces import used_slices
from rnnhw.emit.sv_statements import Body, sigs

__all__ = ["FlopGroup", "Netlist"]


@dataclass(frozen=True, slots=True)
class FlopGroup:
    """All flip-flops of a module that share clock and resets; `members` are (wire, reset bits)."""

    clock: Sig
    edge: str
    async_reset: Sig
    reset: Sig
    members: tuple[tuple[Slice, str], ...]
    body: Body


@dataclass(slots=True)
class Netlist:
    """The parts of a module, its values in terms of the wires that will be printed."""

    module: Module
    wires: dict[str, Wire]
    ops: dict[str, Cell] = field(default_factory=dict)
    combs: dict[str, Body] = field(default_factory=dict)
    flops: list[FlopGroup] = field(default_factory=list)
    mem_inits: dict[str, Cell] = field(default_factory=dict)
    mem_reads: dict[str, Cell] = field(default_factory=dict)
    mem_writes: list[Cell] = field(default_factory=list)
    stages: dict[str, list[str]] = field(default_factory=dict)
    instances: list[Cell] = field(default_factory=list)
    instance_outputs: dict[str, tuple[Cell, str]] = field(default_factory=dict)
    aliases: dict[str, Sig] = field(default_factory=dict)
    connects: list[tuple[Sig, Sig]] = field(default_factory=list)
    uses: dict[str, Counter[Slice]] = field(default_factory=dict)

    def is_auto(self, wire: str) -> bool:
        """Whether Amaranth made the wire up (nobody gave it a name)."""
        return wire.startswith("$")

    def is_driven_by(self, cell: Cell, sig: Sig) -> bool:
        """Whether the instance drives what is connected here."""
        drivers = [self.instance_outputs.get(chunk.wire) for chunk in sig if isinstance(chunk, Slice)]
        return any(driver is not None and driver[0] is cell for driver in drivers)

    def _instance_inputs(self, cell: Cell) -> list[Sig]:
        return [sig for _, sig in cell.ports if not self.is_driven_by(cell, sig)]

    def _fan_in(self, wire: str) -> list[Sig]:
        """The values that the driver of a wire reads, if it is printed only because the wire is needed."""
        if wire in self.ops:
            return [sig for name, sig in self.ops[wire].ports if name != "Y"]
        if wire in self.combs:
            return list(sigs(self.combs[wire]))
        return [self.aliases[wire]] if wire in self.aliases else []

    def _roots(self) -> Iterator[Sig]:
        """The values that are needed whatever else is."""
        for group in self.flops:
            yield from (group.clock, group.async_reset, group.reset, *sigs(group.body))
        for cell in self.instances:
            yield from self._instance_inputs(cell)
        for cell in self.mem_writes:
            yield from (cell.port(name) for name in ("ADDR", "DATA", "EN", "CLK"))
        for cell in self.mem_reads.values():
            yield from (cell.port(name) for name in ("ADDR", "EN", "CLK"))
        yield from (rhs for _, rhs in self.connects)

    def count_uses(self) -> None:
        """Fill `uses`: for each wire that is needed, the slices of it that are printed and how often."""
        self.uses = {}
        waiting = list(self._roots())
        expanded: set[str] = set()

        def expand(wire: str) -> None:
            if wire not in expanded:
                expanded.add(wire)
                waiting.extend(self._fan_in(wire))

        for wire in [*self.ops, *self.combs, *self.aliases]:
            if not self.is_auto(wire) and (wire not in self.aliases or self.wires[wire].direction):
                expand(wire)
        while waiting:
            for piece in used_slices(waiting.pop()):
                self.uses.setdefault(piece.wire, Counter())[piece] += 1
                expand(piece.wire)

    def needed(self, wire: str) -> bool:
        """Whether what drives the wire has to be printed: it is used, or it is a signal with a name of its own."""
        if wire in self.uses or self.wires[wire].direction:
            return True
        return not self.is_auto(wire) and wire not in self.aliases
