"""Names of a flat RTLIL module without dots and brackets, so that no reader of Verilog stumbles over them."""

import re

DECLARED = re.compile(r"^  (?:wire|cell \S+)(?: .*)? \\(\S+)$", re.MULTILINE)
NAME = re.compile(r"\\\S+")
PIN = re.compile(r"    connect \\\S+ ")


def plain_names(rtlil: str) -> tuple[str, dict[str, str]]:
    """Rename wires and cells, each to a name of its own.

    Parameters
    ----------
    rtlil : str
        Of one module without processes, as yosys writes it.

    Returns
    -------
    str
        The same with plain names.
    dict of str to str
        The new name of each.
    """
    found = list(dict.fromkeys(DECLARED.findall(rtlil)))
    taken = {name for name in found if plain(name) == name}
    names = {name: name for name in taken}
    for name in found:
        if name not in names:
            names[name] = new = _unique(plain(name), taken)
            taken.add(new)
    return "\n".join(_line(line, names) for line in rtlil.split("\n")), names


def plain(name: str) -> str:
    """The name with nothing but letters, digits and underscores."""
    return re.sub(r"^(?=\d)|\W", "_", name, flags=re.ASCII)


def _unique(name: str, taken: set[str]) -> str:
    number, new = 1, name
    while new in taken:
        number, new = number + 1, f"{name}_{number}"
    return new


def _line(line: str, names: dict[str, str]) -> str:
    pin = PIN.match(line)
    start = pin.end() if pin else 0
    if not pin and not line.startswith(("  wire ", "  cell ", "  connect ")):
        return line
    return line[:start] + NAME.sub(lambda found: "\\" + names.get(found[0][1:], found[0][1:]), line[start:])
