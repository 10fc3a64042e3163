"""What is looked at in a simulation and what comes out of it, the same for every simulator."""

from dataclasses import dataclass, field
from pathlib import Path

from rnnhw.emit.stimulus import Sink, Source, Stimulus
from rnnhw.errors import RnnhwError

__all__ = ["Probe", "Received", "Sink", "Source", "Stimulus", "Transcript", "check_probes"]


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


@dataclass(frozen=True)
class Received:
    """The beats of one output stream.

    Attributes
    ----------
    beats : dict of str to list of int
        Values by field.
    cycles : list of int
        The cycle in which each beat was transferred.
    """

    beats: dict[str, list[int]]
    cycles: list[int]


@dataclass(frozen=True)
class Transcript:
    """What one simulation did.

    Attributes
    ----------
    cycles : int
        Cycles simulated after (the last) reset, the grace cycles included.
    inputs : dict of str to list of int
        By input stream, the cycle in which each beat was taken.
    outputs : dict of str to Received
        By output stream.
    status : dict of str to int
        The plain outputs, as they stand in the last cycle.
    probes : dict of str to list of int
    seconds : float
        Wall time of the loop over the cycles alone: no elaboration, compilation, start-up.
    waveform : Path or None
    """

    cycles: int
    inputs: dict[str, list[int]]
    outputs: dict[str, Received]
    status: dict[str, int] = field(default_factory=dict)
    probes: dict[str, list[int]] = field(default_factory=dict)
    seconds: float = field(compare=False, default=0.0)
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
