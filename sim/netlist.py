"""A component's netlist: RTLIL without memory contents, the contents, and where its signals are."""

import re

from amaranth.back import rtlil
from amaranth.hdl import Fragment, MemoryInstance, Shape, Signal, Value

from rnnhw.emit.ports import FlatTop
from rnnhw.errors import RnnhwError

from .outcome import SimulationError
from .stimulus import Probe

__all__ = ["CORE", "Netlist", "find_signal"]

CORE = "core"
"""Default name of the component's instance in the flat top module."""
MARK = "rnnhw_memory"


def find_signal(component, path: tuple[str, ...]) -> Signal:
    """Return the signal at the end of a chain of attribute names.

    A member of a stream or another interface is written as in Verilog: ``o__valid``.

    Raises
    ------
    RnnhwError
        If there is none.
    """
    here = component
    for element in path:
        found = getattr(here, element, None)
        if found is None:
            found = here
            for part in element.split("__"):
                found = getattr(found, part, None)
        if found is None:
            raise RnnhwError(f"no {element!r} on the way to probe {'.'.join(path)}")
        here = found
    try:
        signal = Value.cast(here)
    except TypeError:
        signal = None
    if not isinstance(signal, Signal):
        raise RnnhwError(f"probe {'.'.join(path)} must be a signal, not {type(here).__name__}")
    return signal


class Netlist:
    """The flat top of a component, converted.

    Parameters
    ----------
    component : wiring.Component
    core : str
        Name of its instance in the flat top.
    top : callable
        Makes the flat top of a component and a name; by default of one with streams and plain outputs.

    Attributes
    ----------
    text : str
        RTLIL. The top module is called ``top``; no memory has initial contents.
    memories : dict of tuple of str to (list of int, int)
        Path of each memory below the top -> its rows and their width in bits.
    """

    def __init__(self, component, core: str = CORE, top=FlatTop):
        self.component = component
        top = top(component, core)
        design = Fragment.get(top, None).prepare(ports=top.ports(), hierarchy=("top",))
        contents: list[tuple[list[int], int]] = []
        _empty_memories(design.fragment, contents)
        text, self._names = rtlil.convert_fragment(design, emit_src=False)
        text = re.sub(r"  cell \$meminit_v2 .*?\n  end\n", "", text, flags=re.DOTALL)
        self.memories = _name_memories(text, contents)
        self.text = re.sub(rf"  attribute \\{MARK} \d+\n", "", text)

    def locate(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """Where the signal that the attribute path leads to is in the netlist, below the top.

        The names differ where two signals of one module would have the same: the streams of
        submodules often do.

        Raises
        ------
        RnnhwError
            If there is no such signal, or the netlist has no use for it.
        """
        signal = find_signal(self.component, path)
        if signal not in self._names:
            raise RnnhwError(f"probe {'.'.join(path)} is not in the netlist: nothing drives or uses it")
        return tuple(self._names[signal])[1:]

    def locate_probe(self, probe: Probe) -> Probe:
        """The same probe with both paths as they are in the netlist."""
        return Probe(probe.name, self.locate(probe.path), self.locate(probe.valid), probe.signed)


class _EmptyContents:
    """Stands for a memory's data while it is converted: the same shape and depth, nothing in it.

    Amaranth writes out contents bit by bit, which takes longer than everything else together.
    """

    class _init:
        _raw = ()

    def __init__(self, data):
        self._shape = data.shape
        self._depth = data.depth


def _empty_memories(fragment, contents: list) -> None:
    if isinstance(fragment, MemoryInstance):
        data = fragment._data
        fragment._attrs = {**fragment._attrs, MARK: len(contents)}
        fragment._data = _EmptyContents(data)
        contents.append((list(data._init._raw), Shape.cast(data.shape).width))
    for subfragment, *_ in fragment.subfragments:
        _empty_memories(subfragment, contents)


def _name_memories(text: str, contents: list) -> dict[tuple[str, ...], tuple[list[int], int]]:
    pattern = rf"^module \\(\S+)$|^  attribute \\{MARK} (\d+)\n(?:  attribute .*\n)*  memory .* \\(\S+)$"
    named, module = {}, ""
    for found in re.finditer(pattern, text, flags=re.MULTILINE):
        if found[1]:
            module = found[1]
        else:
            named[(*module.split(".")[1:], found[3])] = contents[int(found[2])]
    if len(named) != len(contents):
        raise SimulationError(f"{len(contents)} memories in the design, but {len(named)} in its netlist")
    return named
