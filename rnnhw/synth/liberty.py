"""Liberty files: which cells a standard-cell library has, their areas and what they compute."""

import math
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rnnhw.errors import RnnhwError

from .liberty_function import FunctionError, evaluate, truth_table
from .liberty_groups import Group, LibertySyntax, parse

TIME = {"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1.0, "ps": 1e-3, "fs": 1e-6}  # in ns
FARAD = {"ff": 1.0, "pf": 1e3}  # in fF
SEQUENTIAL = ("ff", "latch", "ff_bank", "latch_bank", "statetable")


@dataclass(frozen=True)
class LibertyCell:
    """A cell of a library.

    Parameters
    ----------
    name : str
    area : float
        In the library's own unit.
    inputs : tuple of str
    functions : dict of str to str or None
        Of each output pin; None where none is given.
    sequential : str or None
        The kind of its group that stores ("ff", "latch", ...).
    dont_use : bool
        The library says that synthesis shall leave it alone.
    state : tuple of str
        Names that the functions of a flip-flop's outputs call what it keeps, and the inverse of that.
    next_state : str or None
        The function of what a flip-flop takes at the clock's edge.
    clocked_on : str or None
        The function whose rising edge that is.
    """

    name: str
    area: float
    inputs: tuple[str, ...]
    functions: dict[str, str | None]
    sequential: str | None = None
    dont_use: bool = False
    state: tuple[str, ...] = ()
    next_state: str | None = None
    clocked_on: str | None = None

    def computes(self, table: tuple[int, ...]) -> bool:
        """Whether it is combinational with one output, of this truth table (the first input counts least)."""
        functions = list(self.functions.values())
        if self.sequential or len(functions) != 1 or functions[0] is None or 1 << len(self.inputs) != len(table):
            return False
        try:
            return truth_table(functions[0], self.inputs) == table
        except FunctionError:
            return False

    @property
    def takes_rising_edge(self) -> bool:
        """Whether it is a flip-flop that works at the rising edge of a clock pin."""
        if self.sequential != "ff" or self.clocked_on is None:
            return False
        try:
            return evaluate(self.clocked_on, dict.fromkeys(self.inputs, 1)) == 1
        except FunctionError:
            return False

    @property
    def output(self) -> str:
        """The name of its only output."""
        return next(iter(self.functions))


@dataclass(frozen=True, eq=False)
class Library:
    """A standard-cell library.

    Parameters
    ----------
    path : Path
    name : str
    cells : dict of str to LibertyCell
    time_ns : float
        The unit of its delays.
    capacitance_ff : float
        The unit of its capacitances.
    input_capacitances : dict of str to float
        The first input's, of each cell, in the library's unit.
    """

    path: Path
    name: str
    cells: dict[str, LibertyCell]
    time_ns: float
    capacitance_ff: float
    input_capacitances: dict[str, float]

    def smallest(self, table: tuple[int, ...]) -> LibertyCell | None:
        """The smallest usable cell of a truth table, or None."""
        found = [cell for cell in self.cells.values() if not cell.dont_use and cell.computes(table)]
        return min(found, key=lambda cell: (cell.area, cell.name), default=None)

    @cached_property
    def nand2(self) -> LibertyCell:
        """The smallest NAND of two inputs: the area of a gate equivalent."""
        return self.smallest((1, 1, 1, 0))

    @cached_property
    def driver(self) -> LibertyCell:
        """The cell that is taken to drive inputs: the smallest buffer."""
        return self.smallest((0, 1))

    @property
    def load_ff(self) -> float:
        """The load that is taken to hang at outputs: four drivers' inputs."""
        return 4 * self.input_capacitances.get(self.driver.name, 0) * self.capacitance_ff

    @property
    def ties(self) -> tuple[LibertyCell, LibertyCell] | None:
        """The cells whose output is always low and always high, or None if it lacks one of them."""
        found = tuple(self.smallest((level,)) for level in (0, 1))
        return found if all(found) else None

    @property
    def flip_flops(self) -> tuple[LibertyCell, ...]:
        """Usable cells with a flip-flop for the rising edge, the smallest first."""
        found = [cell for cell in self.cells.values() if cell.takes_rising_edge and not cell.dont_use]
        return tuple(sorted(found, key=lambda cell: (cell.area, cell.name)))

    def is_sequential(self, name: str) -> bool:
        """Whether a cell stores; False for one that the library does not have."""
        return name in self.cells and self.cells[name].sequential is not None


def read_library(path) -> Library:
    """Read a Liberty file.

    Parameters
    ----------
    path : path

    Raises
    ------
    RnnhwError
        If it cannot be read, is no Liberty file, or lacks what a core cannot be built without: a flip-flop, a NAND
        of two inputs, an inverter, a buffer, areas.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8", errors="strict")
    except OSError as error:
        raise RnnhwError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise RnnhwError(f"{path}: is not a Liberty file (it is not text; unpack it if it is compressed)") from None
    try:
        group = parse(text)
    except LibertySyntax as error:
        raise RnnhwError(f"{path}: is not a Liberty file ({error})") from None
    library = _library(path, group)
    _check(library)
    return library


def _library(path: Path, group: Group) -> Library:
    groups = [child for child in group.children if child.kind == "cell"]
    cells = {child.name: _cell(path, child) for child in groups}
    unit, scale = re.fullmatch(r"([\d.]*)\s*([a-z]*)", str(group.attributes.get("time_unit", "1ns")).lower()).groups()
    load = group.attributes.get("capacitive_load_unit", ("1", "pf"))
    capacitances = {child.name: _capacitance(child) for child in groups}
    return Library(
        path,
        group.name,
        cells,
        float(unit or 1) * TIME.get(scale, 1.0),
        float(load[0]) * FARAD.get(str(load[-1]).lower(), 1e3),
        capacitances,
    )


def _cell(path: Path, group: Group) -> LibertyCell:
    pins = [child for child in group.children if child.kind in ("pin", "bus", "bundle")]
    stores = [child for child in group.children if child.kind in SEQUENTIAL] or [Group("", ())]
    inputs = tuple(pin.name for pin in pins if pin.attributes.get("direction") == "input")
    outputs = {pin.name: pin.attributes.get("function") for pin in pins if pin.attributes.get("direction") == "output"}
    area = _number(group.attributes.get("area", "nan"))
    used = str(group.attributes.get("dont_use", "false")).lower() != "true"
    keeps = stores[0]
    taken = (keeps.attributes.get("next_state"), keeps.attributes.get("clocked_on"))
    return LibertyCell(group.name, area, inputs, outputs, keeps.kind or None, not used, keeps.names, *taken)


def _capacitance(group: Group) -> float:
    for child in group.children:
        if child.kind == "pin" and child.attributes.get("direction") == "input":
            found = _number(child.attributes.get("capacitance", "0"))
            return 0.0 if math.isnan(found) else found
    return 0.0


def _number(text) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan


def _check(library: Library) -> None:
    """Refuse a library that no core can be built of."""
    path, cells = library.path, library.cells
    if not cells:
        raise RnnhwError(f"{path}: the library {library.name} has no cells")
    if not library.flip_flops:
        raise RnnhwError(f"{path}: the library {library.name} has no flip-flop (group ff) for the clock's rising edge")
    for what, table in (("NAND of two inputs", (1, 1, 1, 0)), ("inverter", (1, 0)), ("buffer", (0, 1))):
        if library.smallest(table) is None:
            raise RnnhwError(f"{path}: the library {library.name} has no {what}")
    if not library.nand2.area > 0:
        raise RnnhwError(f"{path}: the library {library.name} gives no area of its NAND {library.nand2.name}")
