"""How many cells one after the other: all that can be said of a netlist's speed without a timing tool."""

import json
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from rnnhw.errors import RnnhwError

from .liberty import Library


def longest_path(path: Path, top: str, library: Library) -> int:
    """Combinational cells on the longest path between ports and sequential cells.

    Parameters
    ----------
    path : Path
        The netlist, as yosys writes it as JSON.
    top : str
    library : Library

    Raises
    ------
    RnnhwError
        If the netlist has a combinational loop.
    """
    cells = json.loads(path.read_text())["modules"][top]["cells"]
    drivers: dict[int, str] = {}
    reads: dict[str, list[int]] = {}
    for name, cell in cells.items():
        kind = library.cells.get(cell["type"])
        if kind is None or kind.sequential:
            continue
        for pin, bits in cell["connections"].items():
            if pin in kind.functions:
                drivers.update(dict.fromkeys(bits, name))
            else:
                reads.setdefault(name, []).extend(bits)
    before = {name: {drivers[bit] for bit in bits if bit in drivers} for name, bits in reads.items()}
    levels: dict[str, int] = {}
    try:
        for name in TopologicalSorter(before).static_order():
            levels[name] = 1 + max((levels[other] for other in before.get(name, ())), default=0)
    except CycleError as error:
        raise RnnhwError(f"the netlist has a combinational loop through {error.args[1][0]}") from None
    return max(levels.values(), default=0)
