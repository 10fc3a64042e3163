"""What goes into a simulation and what comes out of it, the same for every simulator."""

from dataclasses import dataclass, field
from operator import index
from pathlib import Path

import numpy as np

from rnnhw.errors import RnnhwError

__all__ = ["Probe", "Stimulus", "Transcript", "check_probes"]


@dataclass(frozen=True)
class Probe:
    """A signal inside the design whose values are logged.

    Attributes
    ----------
    name : str
        The log's name in ``Transcript.probes``.
    path : tuple of str
        Names from the top component down to the signal: submodules, then the signal. A member of a
        stream is written as in Verilog, with two underscores: ``o__valid``.
    valid : tuple of str
        Path of a 1-bit signal: the value is logged in each cycle in which this is 1, as both
        stand just before the clock edge that ends the cycle.
    signed : bool
        Whether the bits are read as two's complement.
    """

    name: str
    path: tuple[str, ...]
    valid: tuple[str, ...]
    signed: bool = False

    def __post_init__(self):
        for role in ("path", "valid"):
            value = getattr(self, role)
            if isinstance(value, str):
                raise TypeError(f"{role} of probe {self.name!r} must be a tuple of names, not a string")
            if not value or not all(isinstance(part, str) and part for part in value):
                raise RnnhwError(f"{role} of probe {self.name!r} must be a tuple of names, not {value!r}")
            object.__setattr__(self, role, tuple(value))


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Beats to send, how many to wait for, and when either side is willing.

    Cycles are counted from 0, the first cycle in which reset is not asserted.

    Attributes
    ----------
    data : array of int64, shape (beats,)
    first, last : arrays of 0 and 1, shape (beats,)
    outputs : int
        Output beats to wait for. The simulation is complete when they have come and all input
        beats have been taken; ``GRACE_CYCLES`` more cycles are run then.
    max_cycles : int
        The simulation fails if it is not complete after so many cycles.
    i_pattern : tuple of 0 and 1, or None
        The source may begin to offer a beat in cycle k only if ``i_pattern[k % len(i_pattern)]``;
        what it has offered it offers until it is taken. None: always.
    o_pattern : tuple of 0 and 1, or None
        The sink is ready in cycle k exactly if ``o_pattern[k % len(o_pattern)]``. None: always.
    i_not_before : array of int64, shape (beats,), or None
        The first cycle in which each beat may be offered.
    """

    data: np.ndarray
    first: np.ndarray
    last: np.ndarray
    outputs: int
    max_cycles: int
    i_pattern: tuple[int, ...] | None = None
    o_pattern: tuple[int, ...] | None = None
    i_not_before: np.ndarray | None = None

    def __post_init__(self):
        for name in ("data", "first", "last", "i_not_before"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _integers(name, getattr(self, name)))
        beats = len(self.data)
        for name in ("first", "last", "i_not_before"):
            values = getattr(self, name)
            if values is not None and len(values) != beats:
                raise RnnhwError(f"{name} must have one entry per beat, {beats}, not {len(values)}")
        for name in ("first", "last"):
            values = getattr(self, name)
            if np.any((values != 0) & (values != 1)):
                raise RnnhwError(f"{name} must hold only 0 and 1")
        for name in ("i_pattern", "o_pattern"):
            object.__setattr__(self, name, _pattern(name, getattr(self, name)))
        for name, least in (("outputs", 0), ("max_cycles", 1)):
            value = index(getattr(self, name))
            if value < least:
                raise RnnhwError(f"{name} must be at least {least}, not {value}")
            object.__setattr__(self, name, value)

    def check_width(self, width: int) -> None:
        """Refuse beats that do not fit ``width`` signed bits.

        Raises
        ------
        RnnhwError
            If a beat is outside -2**(width-1) .. 2**(width-1)-1, or width is above 64.
        """
        if not 1 <= width <= 64:
            raise RnnhwError(f"the width of the input stream must be in 1..64, not {width}")
        low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
        for value in (int(self.data.min(initial=0)), int(self.data.max(initial=0))):
            if not low <= value <= high:
                raise RnnhwError(f"data must be in {low}..{high} for {width} bits, not {value}")


@dataclass(frozen=True)
class Transcript:
    """What one simulation did.

    Attributes
    ----------
    outputs : list of int
        Data of the output beats, sign-extended.
    lasts : list of int
        Their ``last`` bits.
    i_cycles, o_cycles : list of int
        The cycle in which each input and output beat was transferred.
    cycles : int
        Cycles simulated after reset, the grace cycles included.
    seconds : float
        Wall time of the loop over the cycles alone: no elaboration, compilation, start-up.
    probes : dict of str to list of int
    waveform : Path or None
    """

    outputs: list[int]
    lasts: list[int]
    i_cycles: list[int]
    o_cycles: list[int]
    cycles: int
    seconds: float = field(compare=False, default=0.0)
    probes: dict[str, list[int]] = field(default_factory=dict)
    waveform: Path | None = field(compare=False, default=None)


def check_probes(probes: tuple[Probe, ...]) -> None:
    """Refuse two probes of one name.

    Raises
    ------
    RnnhwError
    """
    names = [probe.name for probe in probes]
    for name in names:
        if names.count(name) > 1:
            raise RnnhwError(f"probe names must differ, but {names.count(name)} are called {name!r}")


def _integers(name: str, values) -> np.ndarray:
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise TypeError(f"{name} must hold integers, not {array.dtype}")
    if array.ndim != 1:
        raise RnnhwError(f"{name} must have 1 dimension, not {array.ndim}")
    if array.dtype.kind == "u" and array.size and int(array.max()) >= 1 << 63:
        raise RnnhwError(f"{name} must be below 2**63, not {int(array.max())}")
    array = array.astype(np.int64)
    array.setflags(write=False)
    return array


def _pattern(name: str, pattern) -> tuple[int, ...] | None:
    if pattern is None:
        return None
    bits = tuple(index(bit) for bit in pattern)
    if not bits or set(bits) - {0, 1}:
        raise RnnhwError(f"{name} must be None or a tuple of 0 and 1, at least one long, not {pattern!r}")
    if 1 not in bits:
        raise RnnhwError(f"{name} must hold a 1: with zeros alone nothing ever moves")
    return bits
