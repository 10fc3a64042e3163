"""RTLIL, as `amaranth.back.rtlil` prints it, as small immutable records; `rtlil_parser` makes them.

A value is a tuple of chunks, the least significant chunk first (RTLIL writes them the other way round).
All records compare and hash by content, which is how the printer finds identical modules.
"""

from dataclasses import dataclass

from rnnhw.errors import RnnhwError

__all__ = [
    "Assign",
    "Case",
    "Cell",
    "Const",
    "Memory",
    "Module",
    "Process",
    "Sig",
    "Slice",
    "Switch",
    "Value",
    "Wire",
    "sig_width",
]


@dataclass(frozen=True, slots=True)
class Slice:
    """Bits `lo` to `lo + width - 1` of a wire."""

    wire: str
    lo: int
    width: int


@dataclass(frozen=True, slots=True)
class Const:
    """A constant; `bits` has the most significant bit first. `signed` matters for parameters only."""

    bits: str
    signed: bool = False

    @property
    def width(self) -> int:
        return len(self.bits)


Sig = tuple[Slice | Const, ...]
Value = int | float | str | Const


def sig_width(sig: Sig) -> int:
    """Number of bits of a value."""
    return sum(chunk.width for chunk in sig)


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire; `direction` is "input", "output", "inout" or empty for a wire that is not a port."""

    name: str
    width: int
    direction: str
    attributes: tuple[tuple[str, Value], ...]

    def attribute(self, name: str) -> Value | None:
        return dict(self.attributes).get(name)


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory of `depth` words of `width` bits; its contents are in a `$meminit_v2` cell."""

    name: str
    width: int
    depth: int
    attributes: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """An operator, a flip-flop, a memory port or an instance of another module."""

    kind: str
    name: str
    parameters: tuple[tuple[str, Value], ...]
    ports: tuple[tuple[str, Sig], ...]
    attributes: tuple[tuple[str, Value], ...]

    def parameter(self, name: str) -> Value:
        return dict(self.parameters)[name]

    def port(self, name: str) -> Sig:
        for key, sig in self.ports:
            if key == name:
                return sig
        raise RnnhwError(f"RTLIL cell {self.kind} {self.name} has no port {name}")


@dataclass(frozen=True, slots=True)
class Assign:
    """An assignment inside a process."""

    lhs: Sig
    rhs: Sig


@dataclass(frozen=True, slots=True)
class Case:
    """A branch: taken if one of `patterns` (of 0, 1 and -) matches, or always if there is none."""

    patterns: tuple[str, ...]
    body: "tuple[Assign | Switch, ...]"


@dataclass(frozen=True, slots=True)
class Switch:
    """The first case that matches `sel` is taken."""

    sel: Sig
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """Combinational assignments; the later one wins."""

    name: str
    body: tuple[Assign | Switch, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """One module; `items` holds cells and processes in the order of the text."""

    name: str
    is_top: bool
    wires: tuple[Wire, ...]
    memories: tuple[Memory, ...]
    items: tuple[Cell | Process, ...]
    connects: tuple[tuple[Sig, Sig], ...]
