"""From what a simulator recorded to a transcript, or to the error that it stands for."""

from dataclasses import dataclass, field
from pathlib import Path

from .stimulus import Transcript

__all__ = [
    "ExtraOutput",
    "Record",
    "SimulationError",
    "SimulationTimeout",
    "StreamViolation",
    "VectorMismatch",
]


class SimulationError(RuntimeError):
    """The simulation did not run as it should have; no transcript exists."""


class SimulationTimeout(SimulationError):
    """The watchdog expired: the design did not answer within ``max_cycles``."""


class ExtraOutput(SimulationError):
    """The design offered an output beat after the last expected one."""


class StreamViolation(SimulationError):
    """The design took an offered output beat back, or changed it while it waited."""


class VectorMismatch(SimulationError):
    """An output differs from the vector file, or the file is not the one that was written."""


@dataclass
class Record:
    """The raw record of one run; every simulator fills in the same one.

    Attributes
    ----------
    status : str
        ``"ok"``, ``"timeout"``, ``"extra"`` or ``"violation"``.
    offender : tuple of int
        For ``"extra"`` and ``"violation"``: data (sign-extended) and last, as they stood in cycle
        ``cycles - 1``.
    """

    status: str = "ok"
    cycles: int = 0
    seconds: float = 0.0
    outputs: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)
    i_cycles: list[int] = field(default_factory=list)
    o_cycles: list[int] = field(default_factory=list)
    probes: dict[str, list[int]] = field(default_factory=dict)
    offender: tuple[int, int] = (0, 0)

    def transcript(self, outputs: int, beats: int, waveform: Path | None = None) -> Transcript:
        """Return the transcript of a complete simulation that was to send and to receive so many beats.

        Raises
        ------
        SimulationTimeout, ExtraOutput, StreamViolation
            If the simulation ended in one of these ways.
        """
        moment = f"in cycle {self.cycles - 1}"
        if self.status == "timeout":
            raise SimulationTimeout(
                f"not complete after {self.cycles} cycles: {len(self.i_cycles)} of {beats} "
                f"input beats taken, {len(self.outputs)} of {outputs} output beats received"
            )
        if self.status == "extra":
            raise ExtraOutput(
                f"output beat {outputs} offered {moment}, but only {outputs} were expected: "
                f"data {self.offender[0]}, last {self.offender[1]}"
            )
        if self.status == "violation":
            raise StreamViolation(
                f"output beat {len(self.outputs)} was taken back or changed {moment}, while it waited for o_ready"
            )
        if self.status != "ok":
            raise SimulationError(f"unknown status {self.status!r}")
        return Transcript(
            outputs=self.outputs,
            lasts=self.lasts,
            i_cycles=self.i_cycles,
            o_cycles=self.o_cycles,
            cycles=self.cycles,
            seconds=self.seconds,
            probes=self.probes,
            waveform=waveform,
        )
