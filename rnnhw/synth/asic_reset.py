"""Three-valued simulation of a netlist in reset: what had a reset in the source is known after it."""

import json
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from .liberty import LibertyCell, Library
from .liberty_function import FunctionError, evaluate
from .tools import SynthesisError

MAPPED, MAPPED_JSON = "mapped.il", "mapped.json"
GENERIC_JSON = "generic.json"
# yosys' own gates, and its flip-flops with a synchronous reset: clock, reset and enable edges, value
GATES = {"NOT": "!A", "BUF": "A", "AND": "A B", "NAND": "!(A B)", "OR": "A + B", "NOR": "!(A + B)", "XOR": "A ^ B"}
GATES |= {"XNOR": "!(A ^ B)", "ANDNOT": "A !B", "ORNOT": "A + !B", "MUX": "S B + !S A", "NMUX": "!(S B + !S A)"}
FLIP_FLOP = re.compile(r"\$_SDFF(C?E)?_[NP]([NP])([01])([NP])?_")
RESET, CYCLES = "rst", 8  # cycles of reset that are simulated at most


def hold_in_reset(folder: Path, top: str, library: Library) -> list[str]:
    """Give a gate of its own to each flip-flop that the reset would not reach if unknown values spread.

    Logic optimisation knows that ``a & ~a`` is zero; a simulator that begins with unknown values does not, and a
    counter bit whose reset was moved to where it meets itself would stay unknown for ever. In silicon nothing is
    wrong with it, but the netlist could not be simulated. There are few of these, most often none.

    Parameters
    ----------
    folder : Path
        With the netlist of yosys' own gates, and the mapped one, which is altered.
    top : str
    library : Library

    Returns
    -------
    list of str
        The flip-flops.

    Raises
    ------
    SynthesisError
        If a flip-flop's data pin cannot be found.
    """
    wanted = reset_values(json.loads((folder / GENERIC_JSON).read_text())["modules"][top])
    module = json.loads((folder / MAPPED_JSON).read_text())["modules"][top]
    state = state_after_reset(module, library)
    unknown = sorted(name for name in wanted if name in state and state[name] is None)
    if not unknown:
        return []
    text = (folder / MAPPED).read_text()
    for name in unknown:
        kind = library.cells[module["cells"][name]["type"]]
        text = _hold(text, name, kind, wanted[name], library)
    (folder / MAPPED).write_text(text)
    return unknown


def reset_values(module: dict) -> dict[str, int]:
    """The flip-flops of a netlist of yosys' own gates that the reset reaches, with the value that it gives them.

    Some have a synchronous reset that yosys made of something else.

    Parameters
    ----------
    module : dict
        The netlist, as yosys writes it as JSON.
    """
    simulation = _Simulation(module, {f"$_{name}_": _own_gate(name, text) for name, text in GATES.items()})
    simulation.settle()
    found = {}
    for name, cell in module["cells"].items():
        kind = FLIP_FLOP.fullmatch(cell["type"])
        if kind is None:
            continue
        level = {pin: simulation.values.get(bits[0]) for pin, bits in cell["connections"].items()}
        enabled = kind[1] != "CE" or level["E"] == (kind[4] == "P")
        if enabled and level["R"] == (kind[2] == "P"):
            found[name] = int(kind[3])
    return found


def _own_gate(name: str, function: str) -> LibertyCell:
    inputs = tuple(sorted(set(re.findall(r"[ABS]", function))))
    return LibertyCell(name, 0.0, inputs, {"Y": function})


def state_after_reset(module: dict, library: Library) -> dict[str, int | None]:
    """What each flip-flop holds after reset, if all was unknown before it and all other inputs are; None: unknown.

    Parameters
    ----------
    module : dict
        The netlist, as yosys writes it as JSON.
    library : Library
    """
    simulation = _Simulation(module, library.cells)
    before = None
    for _ in range(CYCLES):
        state = simulation.clock()
        if state == before:
            break
        before = state
    return state


class _Simulation:
    """A netlist with an active reset."""

    def __init__(self, module: dict, cells: dict[str, LibertyCell]):
        self.values: dict = {"0": 0, "1": 1, "x": None, "z": None}
        self.values.update(dict.fromkeys(module["ports"][RESET]["bits"], 1))
        gates, self.flops = {}, {}
        for name, cell in module["cells"].items():
            kind = cells.get(cell["type"])
            if kind is not None and kind.sequential is None:
                gates[name] = self._pins(cell, kind)
            elif kind is not None and kind.next_state is not None:
                self.flops[name] = self._pins(cell, kind)
        drivers = {bit: name for name, (_, _, outputs) in gates.items() for bit in outputs.values()}
        before = {name: {drivers[b] for b in inputs.values() if b in drivers} for name, (_, inputs, _) in gates.items()}
        self.gates = [gates[name] for name in TopologicalSorter(before).static_order()]

    @staticmethod
    def _pins(cell: dict, kind: LibertyCell) -> tuple[LibertyCell, dict, dict]:
        pins = {pin: bits[0] for pin, bits in cell["connections"].items() if bits}
        outputs = {pin: bit for pin, bit in pins.items() if pin in kind.functions}
        return kind, {pin: bit for pin, bit in pins.items() if pin not in outputs}, outputs

    def settle(self) -> None:
        """Let all gates follow their inputs."""
        for kind, inputs, outputs in self.gates:
            known = tuple((pin, self.values.get(bit)) for pin, bit in inputs.items())
            for pin, bit in outputs.items():
                self.values[bit] = _value(kind.functions[pin], known)

    def clock(self) -> dict[str, int | None]:
        """Let one edge of the clock pass; what each flip-flop then keeps."""
        self.settle()
        state = {}
        for name, (kind, inputs, _) in self.flops.items():
            state[name] = _value(kind.next_state, tuple((pin, self.values.get(bit)) for pin, bit in inputs.items()))
        for name, (kind, _, outputs) in self.flops.items():
            kept = state[name]
            values = tuple(zip(kind.state, (kept, None if kept is None else 1 - kept), strict=False))
            for pin, bit in outputs.items():
                self.values[bit] = _value(kind.functions[pin], values)
        return state


@cache
def _value(function: str | None, values: tuple[tuple[str, int | None], ...]) -> int | None:
    try:
        return None if function is None else evaluate(function, dict(values))
    except FunctionError:
        return None


def _hold(text: str, name: str, kind: LibertyCell, value: int, library: Library) -> str:
    """Put gates before a flip-flop's data pin, in the text of a netlist."""
    pin = kind.next_state or ""
    outputs = [function for function in kind.functions.values() if function]
    if pin not in kind.inputs or not outputs:
        raise SynthesisError(f"{library.path}: {name} is not known after reset, and {kind.name} has no plain data pin")
    if not any(evaluate(function, dict(zip(kind.state, (1, 0), strict=False))) for function in outputs):
        value = 1 - value  # it keeps the inverse
    start = text.index(f"  cell \\{kind.name} \\{name}\n")
    end = text.index("\n  end\n", start) + len("\n  end\n")
    cell = text[start:end]
    data = re.search(rf"connect \\{pin} (.*)\n", cell)[1]
    cell = cell.replace(f"connect \\{pin} {data}\n", f"connect \\{pin} \\{name}_held\n")
    nand, inverter = library.nand2, library.smallest((1, 0))
    run, away = f"\\{name}_run", f"\\{name}_away"
    pieces = [_gate(inverter, f"{name}_run_gate", (f"\\{RESET}",), run)]
    if value:
        pieces += [_gate(inverter, f"{name}_away_gate", (data,), away)]
        pieces += [_gate(nand, f"{name}_held_gate", (away, run), f"\\{name}_held")]
    else:
        pieces += [_gate(nand, f"{name}_away_gate", (data, run), away)]
        pieces += [_gate(inverter, f"{name}_held_gate", (away,), f"\\{name}_held")]
    wires = "".join(f"  wire {wire}\n" for wire in (run, away, f"\\{name}_held"))
    return text[:start] + wires + "".join(pieces) + cell + text[end:]


def _gate(kind: LibertyCell, name: str, inputs: tuple[str, ...], output: str) -> str:
    pins = "".join(f"    connect \\{pin} {net}\n" for pin, net in zip(kind.inputs, inputs, strict=True))
    return f"  cell \\{kind.name} \\{name}\n{pins}    connect \\{kind.output} {output}\n  end\n"
