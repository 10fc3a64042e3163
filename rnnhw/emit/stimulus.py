"""What is sent to a core: beats for its input streams, how many to wait for, and when either side is willing."""

from dataclasses import dataclass, field
from operator import index

import numpy as np

from rnnhw.errors import RnnhwError

from .ports import Ports

__all__ = ["Sink", "Source", "Stimulus"]


@dataclass(frozen=True, eq=False)
class Source:
    """The beats of one input stream.

    Attributes
    ----------
    beats : dict of str to array of int64, shape (beats,)
        Values by field.
    pattern : tuple of 0 and 1, or None
        The source may begin to offer a beat in cycle k only if ``pattern[k % len(pattern)]``; what
        it has offered it offers until it is taken. None: always.
    not_before : array of int64, shape (beats,), or None
        The first cycle in which each beat may be offered.
    """

    beats: dict[str, np.ndarray]
    pattern: tuple[int, ...] | None = None
    not_before: np.ndarray | None = None

    def __post_init__(self):
        columns = {name: _integers(name, values) for name, values in self.beats.items()}
        if not columns:
            raise RnnhwError("a source's beats must have at least one field")
        object.__setattr__(self, "beats", columns)
        object.__setattr__(self, "pattern", _pattern(self.pattern))
        checked = dict(columns)
        if self.not_before is not None:
            checked["not_before"] = _integers("not_before", self.not_before)
            object.__setattr__(self, "not_before", checked["not_before"])
        for name, values in checked.items():
            if len(values) != len(self):
                raise RnnhwError(f"{name} must have one entry per beat, {len(self)}, not {len(values)}")

    def __len__(self) -> int:
        return len(next(iter(self.beats.values())))


@dataclass(frozen=True, eq=False)
class Sink:
    """What is waited for at one output stream.

    Attributes
    ----------
    beats : int
        How many beats; one more is an error.
    pattern : tuple of 0 and 1, or None
        The sink is ready in cycle k exactly if ``pattern[k % len(pattern)]``. None: always.
    """

    beats: int
    pattern: tuple[int, ...] | None = None

    def __post_init__(self):
        object.__setattr__(self, "beats", _count("beats of a sink", self.beats, 0))
        object.__setattr__(self, "pattern", _pattern(self.pattern))


@dataclass(frozen=True, eq=False)
class Stimulus:
    """All streams of a run. Cycles are counted from 0, the first cycle in which reset is not asserted.

    Attributes
    ----------
    sources : dict of str to Source
        By input stream; nothing is sent to one that is left out.
    sinks : dict of str to Sink
        By output stream; no beat may come out of one that is left out. The simulation is complete
        when all beats have come and all have been taken; ``GRACE_CYCLES`` more cycles are run then.
    max_cycles : int
        The simulation fails if it is not complete after so many cycles.
    reset_at : int or None
        In this cycle reset is asserted, for one cycle. What was before it is forgotten (but not
        broken stream rules): all sources begin again, and the cycle after it is cycle 0.
    """

    sources: dict[str, Source] = field(default_factory=dict)
    sinks: dict[str, Sink] = field(default_factory=dict)
    max_cycles: int = 1
    reset_at: int | None = None

    def __post_init__(self):
        object.__setattr__(self, "max_cycles", _count("max_cycles", self.max_cycles, 1))
        if self.reset_at is not None:
            object.__setattr__(self, "reset_at", _count("reset_at", self.reset_at, 0))

    def fit(self, ports: Ports) -> "Stimulus":
        """The same for the streams of a core, each of them, in order.

        Raises
        ------
        RnnhwError
            If the core has no such stream or field, or a value does not fit.
        """
        for kind, given, channels in (("input", self.sources, ports.inputs), ("output", self.sinks, ports.outputs)):
            names = [channel.name for channel in channels]
            for name in given:
                if name not in names:
                    raise RnnhwError(f"the design has no {kind} stream {name!r}: it has {', '.join(names) or 'none'}")
        sources = {}
        for channel in ports.inputs:
            source = self.sources.get(channel.name) or Source(dict.fromkeys(channel.names, ()))
            if set(source.beats) != set(channel.names):
                given, wanted = (", ".join(names) for names in (source.beats, channel.names))
                raise RnnhwError(f"beats of stream {channel.name} must have the fields {wanted}, not {given}")
            for item in channel.fields:
                check_range(f"{channel.name}_{item.name}", source.beats[item.name], item)
            sources[channel.name] = source
        sinks = {channel.name: self.sinks.get(channel.name) or Sink(0) for channel in ports.outputs}
        return Stimulus(sources, sinks, self.max_cycles, self.reset_at)


def check_range(name: str, values: np.ndarray, field) -> None:
    """Refuse values that do not fit a field.

    Raises
    ------
    RnnhwError
    """
    low, high = field.limits
    for value in (int(np.min(values, initial=0)), int(np.max(values, initial=0))):
        if not low <= value <= high:
            raise RnnhwError(f"{name} must be in {low}..{high} for {field.width} bits, not {value}")


def _count(name: str, value, least: int) -> int:
    if index(value) < least:
        raise RnnhwError(f"{name} must be at least {least}, not {value}")
    return index(value)


def _pattern(pattern) -> tuple[int, ...] | None:
    if pattern is None:
        return None
    bits = tuple(index(bit) for bit in pattern)
    if not bits or set(bits) - {0, 1}:
        raise RnnhwError(f"a pattern must be None or a tuple of 0 and 1, at least one long, not {pattern!r}")
    if 1 not in bits:
        raise RnnhwError("a pattern must hold a 1: with zeros alone nothing ever moves")
    return bits


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
