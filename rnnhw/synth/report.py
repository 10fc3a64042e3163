"""What nextpnr's report says: clocks, utilisation, and the path that limits the clock."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from .tools import SynthesisError

UNCLOCKED = "PACKER_GND"  # the clock that nextpnr gives to a multiplier of which no register is used
UNCLOCKED_NS = 8.0  # from such an SB_MAC16's operands to its product (UP5K), which nextpnr does not know
_MADE = re.compile(
    r"(_(SB|LUT[1-8]|CCU2C|TRELLIS|PFUMX|L6MUX21|MULT(9X9|18X18D?)|DP16KD|PDPW16KD|ALU|MUX2|DFF|RAM16|SDPX?9?B|SPX9|DPX9B?|"
    r"pROMX?9?)_?[A-Z0-9_]*|\$).*$"
)
_BIT = re.compile(r"\[\d+\]$")
# A block of a memory that is made of several, or of a multiplier, and the block's port.
_BLOCK = re.compile(r"\.(\d+\.\d+|block)(_[A-Z]+\d*(_\d+)?)?$")


@dataclass(frozen=True)
class CriticalPath:
    """The slowest path from a register to a register.

    Parameters
    ----------
    delay_ns : float
        All of it, with set-up time.
    routing_ns : float
        The part of it that is wires.
    levels : int
        Cells between the two registers.
    start, end : str
        Signals of the design.
    through : tuple of str
        Those on the way, each once, in order.
    """

    delay_ns: float
    routing_ns: float
    levels: int
    start: str
    through: tuple[str, ...]
    end: str

    def __str__(self) -> str:
        names = [self.start, *self.through, self.end]
        cells = f"{self.levels} cell{'s' * (self.levels != 1)}"
        return f"{' -> '.join(names)} ({self.delay_ns:.1f} ns, {self.routing_ns:.1f} of them wires, {cells})"


@dataclass(frozen=True)
class Report:
    """Figures of a routed design.

    Parameters
    ----------
    fmax_mhz : dict of str to float
        What each clock reaches.
    utilisation : dict of str to (int, int)
        Of each kind of cell: used and there are.
    critical : CriticalPath or None
    """

    fmax_mhz: dict[str, float]
    utilisation: dict[str, tuple[int, int]]
    critical: CriticalPath | None

    @property
    def slowest_mhz(self) -> float:
        """What the design reaches as a whole."""
        return min(self.fmax_mhz.values())

    def to_json(self) -> dict:
        """Plain data."""
        values = asdict(self)
        values["utilisation"] = {name: list(pair) for name, pair in self.utilisation.items()}
        return values


def read_report(path: Path) -> Report:
    """Read what ``nextpnr --report`` wrote.

    Raises
    ------
    SynthesisError
        If it is missing, damaged, or knows no clock.
    """
    try:
        content = json.loads(Path(path).read_text())
        fmax = {signal(net): float(entry["achieved"]) for net, entry in content["fmax"].items()}
        used = {kind: (int(entry["used"]), int(entry["available"])) for kind, entry in content["utilization"].items()}
        paths = content["critical_paths"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SynthesisError(f"nextpnr's report cannot be read ({type(error).__name__}: {error})") from None
    if not fmax:
        raise SynthesisError("nextpnr's report knows no clock")
    slowest = min(fmax.values())
    hidden = _through_unclocked(paths)
    if hidden is not None and 1000 / hidden.delay_ns < slowest:
        name = min(fmax, key=fmax.get)
        return Report(fmax | {name: 1000 / hidden.delay_ns}, used, hidden)
    return Report(fmax, used, max(map(_path, _clocked(paths)), key=lambda item: item.delay_ns, default=None))


def _ends(item: dict) -> tuple[str, str]:
    return str(item["from"]), str(item["to"])


def _clocked(paths) -> list[dict]:
    """Paths whose ends have the same clock."""
    return [item for item in paths if _ends(item)[0] == _ends(item)[1] and _ends(item)[0].startswith("posedge ")]


def _through_unclocked(paths) -> CriticalPath | None:
    """The slowest way through a multiplier of which no register is used: into it, through it, out of it.

    nextpnr takes such a multiplier for a register with a clock of its own, and leaves it out of what a clock reaches.
    """
    into = [_path(item) for item in paths if _ends(item)[0].startswith("posedge ") and UNCLOCKED in _ends(item)[1]]
    out = [_path(item) for item in paths if UNCLOCKED in _ends(item)[0] and _ends(item)[1].startswith("posedge ")]
    if not into or not out:
        return None
    a, b = (max(group, key=lambda item: item.delay_ns) for group in (into, out))
    return CriticalPath(
        delay_ns=a.delay_ns + UNCLOCKED_NS + b.delay_ns,
        routing_ns=a.routing_ns + b.routing_ns,
        levels=a.levels + 1 + b.levels,
        start=a.start,
        through=tuple(dict.fromkeys((*a.through, a.end, *b.through))),
        end=b.end,
    )


def _path(item: dict) -> CriticalPath:
    steps = item["path"]
    nets = [name for step in steps if "net" in step and (name := signal(step["net"]))]
    ends = [signal(steps[side][way]["cell"]) for side, way in ((0, "from"), (-1, "to"))]
    start = nets[0] if nets else ends[0]
    end = ends[1] or (nets[-1] if nets else "")
    through = tuple(name for name in dict.fromkeys(nets) if name not in (start, end))
    routing = sum(step["delay"] for step in steps if step["type"] == "routing")
    levels = sum(step["type"] == "logic" for step in steps)
    return CriticalPath(sum(step["delay"] for step in steps), routing, levels, start, through, end)


def signal(name: str) -> str:
    """The design's signal that a net's or a cell's name is made of; empty if it is of the tools' own making."""
    return _BLOCK.sub("", _BIT.sub("", _MADE.sub("", name)))
