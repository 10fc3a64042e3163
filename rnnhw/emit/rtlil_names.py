"""Gives values the names that the design gave them.

Where two signals of a module have the same name, Amaranth numbers one of them (``i$23``), and of all signals
that stand for one value it names the wire after the first it meets. If that is a numbered one although another,
plain name stands for the same value (``connect \\c_new \\i$23``), the plain one is better: for readers, and for
whoever looks for a signal in a simulation.
"""

import re

_MODULE = re.compile(r"^module (\S+)$")
_WIRE = re.compile(r"^  wire width (\d+) (?:(?:input|output|inout) \d+ )? ?(?:signed )?(\\\S+)$")
_ALIAS = re.compile(r"^(?:  )?connect (\\[^\s$]+) (\\\S+\$\d+)(?: \[(\d+):0\]| \[0\])?$")


def prefer_plain_names(text: str) -> str:
    """Rename numbered wires of RTLIL to a plain alias of the whole wire, ports with their connections.

    Parameters
    ----------
    text : str
        RTLIL as Amaranth prints it.
    """
    if "$" not in text:
        return text
    modules = _split(text)
    renamed = {}
    for number, (name, lines) in enumerate(modules):
        names = _better_names(lines)
        if names:
            renamed[name] = names
            modules[number] = name, _rename(lines, names)
    for _, lines in modules:
        _rename_connections(lines, renamed)
    return "\n".join("\n".join(lines) for _, lines in modules)


def _split(text: str) -> list[tuple[str, list[str]]]:
    """The modules' lines; what stands before a module goes with the one before."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in text.split("\n"):
        found = _MODULE.match(line)
        if found:
            parts.append((found[1], []))
        parts[-1][1].append(line)
    return parts


def _better_names(lines: list[str]) -> dict[str, str]:
    """Numbered name -> plain name that stands for the same value in full."""
    wires = {found[2]: (int(found[1]), found[0]) for found in map(_WIRE.match, lines) if found}
    names: dict[str, str] = {}
    for line in lines:
        found = _ALIAS.match(line)
        if not found or found[1] not in wires or found[2] not in wires:
            continue
        (width, declaration), (numbered, _) = wires[found[1]], wires[found[2]]
        port = re.search(r"(in|out|inout)put|inout", declaration)
        if not port and width == numbered == int(found[3] or 0) + 1 and found[1] not in names.values():
            names.setdefault(found[2], found[1])
    return names


def _rename(lines: list[str], names: dict[str, str]) -> list[str]:
    """Drop the aliases' own wires and give their names to the numbered ones."""
    pattern = re.compile("|".join(rf"{re.escape(name)}(?=\s|$)" for name in names))
    dropped = set(names.values())
    kept: list[str] = []
    for line in lines:
        found = _WIRE.match(line)
        if found and found[2] in dropped:
            while kept and kept[-1].startswith("  attribute "):
                kept.pop()
            continue
        alias = _ALIAS.match(line)
        if alias and names.get(alias[2]) == alias[1]:
            continue
        kept.append(pattern.sub(lambda match: names[match[0]], line) if "$" in line else line)
    return kept


def _rename_connections(lines: list[str], renamed: dict[str, dict[str, str]]) -> None:
    """Follow renamed ports in the cells that instantiate their modules."""
    names: dict[str, str] = {}
    for number, line in enumerate(lines):
        if line.startswith("  cell "):
            names = renamed.get(line.split()[1], {})
        elif line == "  end":
            names = {}
        elif names and line.startswith("    connect "):
            _, port, value = line.split(maxsplit=2)
            if port in names:
                lines[number] = f"    connect {names[port]} {value}"
