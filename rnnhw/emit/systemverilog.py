"""Prints readable SystemVerilog from the RTLIL that Amaranth makes.

The text uses the names of the source, puts what is used once where it is used, prints equal modules once, and needs no
start-up tricks: every register has its initial value in its declaration, so nothing is unknown at time 0. Verilator's
lint and Icarus are silent about it and Yosys infers block RAM from it.

A memory that is read past its depth gives unknown bits in an event-driven simulator where Amaranth's gives zeros.
"""

import re
from dataclasses import dataclass, replace

from rnnhw.emit.rtlil import Cell, Module, Process, Wire
from rnnhw.emit.rtlil_names import prefer_plain_names
from rnnhw.emit.rtlil_parser import parse
from rnnhw.emit.sv_build import build_netlist
from rnnhw.emit.sv_module import ModuleText, print_module
from rnnhw.emit.sv_names import Names, identifier
from rnnhw.errors import RnnhwError

__all__ = ["SourceSet", "to_systemverilog"]

_ROM_WORDS = 64  # memories with more initial words than this stand apart
_SHARED = "DECLFILENAME", "several modules share this file"
_START = "PROCASSINIT", "registers start at their reset value, on an FPGA and in simulation"
_UNUSED = "UNUSEDSIGNAL", "signals of the design keep their full width and name, whoever reads them"


@dataclass(frozen=True, slots=True)
class SourceSet:
    """The SystemVerilog of a design.

    Attributes
    ----------
    logic : str
        All modules but those of `memories`.
    memories : str
        Modules that hold a memory with more than 64 words of contents; empty if there are none.
    modules : tuple of str
        Names of the modules, in the order of `logic`, then of `memories`.
    images : dict
        Name of each module that holds an initialised memory: (width in bits, words). A module with several gives
        `module.memory` for each.
    """

    logic: str
    memories: str
    modules: tuple[str, ...]
    images: dict[str, tuple[int, list[int]]]


def to_systemverilog(rtlil: str, *, top: str, header: str = "") -> SourceSet:
    """Print a design as SystemVerilog.

    Parameters
    ----------
    rtlil : str
        What `amaranth.back.rtlil.convert(..., emit_src=False)` returned.
    top : str
        Name for the top module, a plain identifier; the others are named `<top>_<path>`.
    header : str
        Text for the comment at the head of each file.

    Returns
    -------
    SourceSet
        The same bytes for the same input.

    Raises
    ------
    RnnhwError
        If `top` is not a plain identifier, or the design holds what SystemVerilog for synthesis cannot say
        (assertions, prints, three-state buffers, formal values).
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", top) or identifier(top) != top:
        raise RnnhwError(f"top must be a plain SystemVerilog identifier, not {top!r}")
    modules = _with_sorted_ports(parse(prefer_plain_names(rtlil)))
    root = next((module for module in modules if module.is_top), None)
    if root is None:
        raise RnnhwError("RTLIL holds no top module")
    by_kind = {"\\" + module.name: module for module in modules}
    classes = _classes(modules)
    names = _names(modules, classes, root, top)
    printed: dict[str, ModuleText] = {}
    for module in modules:
        name = names["\\" + module.name]
        if name not in printed:
            printed[name] = print_module(build_netlist(module, by_kind), name, names, by_kind)
    apart = [name for name, text in printed.items() if any(_is_rom(words) for _, words in text.images.values())]
    logic = [name for name in printed if name not in apart]
    images = {}
    for name in [*logic, *apart]:
        found = printed[name].images
        images.update({name if len(found) == 1 else f"{name}.{memory}": image for memory, image in found.items()})
    return SourceSet(
        _file([printed[name] for name in logic], header),
        _file([printed[name] for name in apart], header),
        (*logic, *apart),
        images,
    )


def _with_sorted_ports(modules: tuple[Module, ...]) -> tuple[Module, ...]:
    """The modules with clock and reset first, then inputs, then outputs by name, but for the top module.

    Amaranth's order follows that of the nets outside, so it differs between instances of equal modules.
    """
    ranks = {"input": 1, "inout": 2, "output": 3, "": 4}

    def rank(wire: Wire) -> tuple[int, str]:
        return (0 if wire.name in ("\\clk", "\\rst") else ranks[wire.direction], wire.name if wire.direction else "")

    wires = {"\\" + m.name: m.wires if m.is_top else tuple(sorted(m.wires, key=rank)) for m in modules}
    places = {kind: {wire.name[1:]: at for at, wire in enumerate(found)} for kind, found in wires.items()}

    def sorted_cell(item: Cell | Process) -> Cell | Process:
        if not isinstance(item, Cell) or item.kind not in places:
            return item
        ports = sorted(item.ports, key=lambda port: places[item.kind][port[0]])
        return replace(item, ports=tuple(ports))

    return tuple(replace(m, wires=wires["\\" + m.name], items=tuple(map(sorted_cell, m.items))) for m in modules)


def _is_rom(words: list[int]) -> bool:
    """Whether a memory's contents are long (zeros at the end are not counted)."""
    return any(words[_ROM_WORDS:])


def _classes(modules: tuple[Module, ...]) -> dict[str, int]:
    """A number for each module; equal modules (but for the name) have equal numbers."""
    numbers: dict[object, int] = {}
    classes: dict[str, int] = {}
    for module in reversed(modules):
        items = tuple(
            Cell(f"\\{classes[item.kind]}", item.name, item.parameters, item.ports, item.attributes)
            if isinstance(item, Cell) and item.kind in classes
            else item
            for item in module.items
        )
        key = (module.wires, module.memories, items, module.connects)
        classes["\\" + module.name] = numbers.setdefault(key, len(numbers))
    return classes


def _names(modules: tuple[Module, ...], classes: dict[str, int], root: Module, top: str) -> dict[str, str]:
    """Names of modules: equal ones share that of the first, without its index where that is still unique."""
    names = Names()
    names.unique(top)
    plain = {"\\" + m.name: top + identifier(m.name.removeprefix(root.name)) if m is not root else top for m in modules}
    members: dict[int, list[str]] = {}
    for module in modules:
        members.setdefault(classes["\\" + module.name], []).append("\\" + module.name)
    found: dict[str, str] = {"\\" + root.name: top}
    for kinds in members.values():
        if kinds[0] in found:
            continue
        short = re.sub(r"_\d+$", "", plain[kinds[0]])
        clash = any(plain[kind] == short for kind in plain)
        name = names.unique(short if len(kinds) > 1 and not clash else plain[kinds[0]])
        found.update(dict.fromkeys(kinds, name))
    return found


def _file(texts: list[ModuleText], header: str) -> str:
    if not texts:
        return ""
    waivers = [_SHARED] * (len(texts) >= 1)
    waivers += [_START] * any(text.has_flops for text in texts) + [_UNUSED] * any(text.has_unused for text in texts)
    head = [f"// {line}".rstrip() for line in header.splitlines()]
    head += [""] * bool(head)
    head += [f"/* verilator lint_off {code} */ // {reason}" for code, reason in waivers]
    return "\n".join([*head, "", *(text.text for text in texts)])
