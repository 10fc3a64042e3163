"""From what a simulator recorded to a transcript, or to the error that it stands for."""

from dataclasses import dataclass, field
from pathlib import Path

from rnnhw.emit.stimulus import Stimulus

from .stimulus import Received, Transcript

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
    outcome : str
        ``"ok"``, ``"timeout"``, ``"extra"`` or ``"violation"``.
    inputs, outputs, status, probes
        As in a transcript.
    offender : (str, dict)
        For ``"extra"`` and ``"violation"``: the stream, and the values of its fields as they stood in
        cycle ``cycles - 1``.
    """

    outcome: str = "ok"
    cycles: int = 0
    seconds: float = 0.0
    inputs: dict[str, list[int]] = field(default_factory=dict)
    outputs: dict[str, Received] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    probes: dict[str, list[int]] = field(default_factory=dict)
    offender: tuple[str, dict[str, int]] = ("", {})

    def transcript(self, stimulus: Stimulus, waveform: Path | None = None) -> Transcript:
        """Return the transcript of a complete simulation of a stimulus that fits the design.

        Raises
        ------
        SimulationTimeout, ExtraOutput, StreamViolation
            If the simulation ended in one of these ways.
        """
        if self.outcome == "timeout":
            raise SimulationTimeout(f"not complete after {self.cycles} cycles: {self._progress(stimulus)}")
        name, beat = self.offender
        moment = f"in cycle {self.cycles - 1}"
        if self.outcome == "extra":
            values = ", ".join(f"{key} {value}" for key, value in beat.items())
            wanted = stimulus.sinks[name].beats
            raise ExtraOutput(f"beat {wanted} of {name} offered {moment}, but only {wanted} were expected: {values}")
        if self.outcome == "violation":
            where = f"beat {len(self.outputs[name].cycles)} of {name}"
            raise StreamViolation(f"{where} was taken back or changed {moment}, while it waited for {name}_ready")
        if self.outcome != "ok":
            raise SimulationError(f"unknown outcome {self.outcome!r}")
        return Transcript(
            cycles=self.cycles,
            inputs=self.inputs,
            outputs=self.outputs,
            status=self.status,
            probes=self.probes,
            seconds=self.seconds,
            waveform=waveform,
        )

    def _progress(self, stimulus: Stimulus) -> str:
        """How far each stream came that was to move at all."""
        parts = [
            f"{len(self.inputs[name])} of {len(source)} beats of {name} taken"
            for name, source in stimulus.sources.items()
            if len(source)
        ]
        parts += [
            f"{len(self.outputs[name].cycles)} of {sink.beats} beats of {name} received"
            for name, sink in stimulus.sinks.items()
            if sink.beats
        ]
        return ", ".join(parts)
