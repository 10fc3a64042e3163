"""Hold the hardware against golden: raw bits and cycles, in any of four simulators."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnhw.emit.core import Core
from rnnhw.emit.vectors import Vectors
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import choice, integer

from . import amaranth_backend, cocotb_backend, cxxrtl_backend
from .cycles import check_cycles, cycles_per_step
from .netlist import Netlist
from .outcome import SimulationError
from .stimulus import Stimulus, Transcript
from .trace import first_difference, trace_probes

SIMULATORS = ("amaranth", "cxxrtl", "verilator", "icarus")
RUNS = 12  # runs of ready and not ready in a stall pattern
LONGEST_STALL = 2000  # cycles


class Mismatch(SimulationError):
    """Hardware and golden differ; the message says where."""


@dataclass(frozen=True, eq=False)
class Verification:
    """A run in which hardware and golden were equal bit for bit.

    Parameters
    ----------
    simulator : str
    sequences : int
        Sequences that were compared.
    outputs : ndarray of int64
        Raw answers in the form of `QuantizedNetwork.run_raw`; zero where a sequence that was broken off gives none.
    final_state : ndarray of int64, or None
        Raw, as `run_raw` gives it, from a core that hands it out; zero where a sequence was broken off.
    cycles : int
        From the first cycle to the last output element.
    planned_cycles : int
        The same without stalls, by the plan.
    cycles_per_step : int, float or None
        Measured in the middle of sequences; None if no sequence has the seven steps that it takes, or
        with stalls.
    cycles_per_second : float
        Simulation speed.
    waveform : Path or None
    """

    simulator: str
    sequences: int
    outputs: np.ndarray
    final_state: np.ndarray | None
    cycles: int
    planned_cycles: int
    cycles_per_step: float | None
    cycles_per_second: float
    waveform: Path | None


def verify(
    design,
    x,
    lengths=None,
    simulator: str = "amaranth",
    *,
    complete=None,
    initial_state=None,
    stalls: int | None = None,
    reset_at: int | None = None,
    sources: list[Path] | None = None,
    waveform: Path | None = None,
    folder: Path | None = None,
) -> Verification:
    """Run sequences through the hardware and compare every output bit and every cycle.

    Parameters
    ----------
    design : rnnhw.Design
    x : ndarray of float, shape (sequences, steps, inputs)
    lengths : ndarray of int, shape (sequences,), optional
    simulator : str
        "amaranth", "cxxrtl" (native), "verilator" or "icarus".
    complete : sequence of bool, optional
        Which sequences get to their end; by default all. The others are broken off after their length.
    initial_state : ndarray of float, shape (sequences, state size), optional
        Only for a core that takes initial states; by default the network's own.
    stalls : int, optional
        A seed: all streams then stall at random (cycles are not compared).
    reset_at : int, optional
        The cycle of a reset in the middle, after which everything begins anew and has to come as in a fresh run.
    sources : list of Path, optional
        Verilog files to simulate instead of freshly made ones (Verilator and Icarus).
    waveform : Path, optional
        Where to write a waveform.
    folder : Path, optional
        Where builds and logs stay; by default a temporary folder.

    Returns
    -------
    Verification

    Raises
    ------
    Mismatch
        On the first differing bit, naming sequence, step, layer, unit and signal.
    CycleMismatch
        If an element comes in another cycle than planned.
    RnnhwError
        For unusable arguments or a missing tool.
    SimulationError
        If the simulation fails or never ends (watchdog).
    """
    if not hasattr(design, "core"):
        raise TypeError(f"design must be a Design (rnnhw.Design makes one), not {type(design).__name__}")
    return verify_core(
        design.core,
        design.vectors(x, lengths, complete=complete, initial_state=initial_state),
        simulator,
        stalls=stalls,
        reset_at=reset_at,
        sources=sources,
        waveform=waveform,
        folder=folder,
    )


def verify_core(
    core: Core,
    vectors: Vectors,
    simulator: str,
    *,
    stalls=None,
    reset_at=None,
    sources=None,
    waveform=None,
    folder=None,
) -> Verification:
    """As `verify`, for a core and beats."""
    choice("simulator", simulator, SIMULATORS)
    with Verifier(core, simulator, sources=sources, folder=folder) as verifier:
        return verifier.verify(vectors, stalls=stalls, reset_at=reset_at, waveform=waveform)


class Verifier:
    """Holds one core against golden with any number of vectors; what is built is built once.

    To be used in a `with` statement.

    Parameters
    ----------
    core, simulator, sources, folder
        As of `verify`.
    """

    def __init__(self, core: Core, simulator: str, *, sources=None, folder=None):
        self.core, self.simulator, self.sources = core, choice("simulator", simulator, SIMULATORS), sources
        self._scratch = tempfile.TemporaryDirectory(prefix="rnnhw-") if folder is None else None
        self.folder = Path(folder or self._scratch.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._models = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._scratch is not None:
            self._scratch.cleanup()

    def verify(self, vectors: Vectors, *, stalls=None, reset_at=None, waveform=None) -> Verification:
        """Compare every output bit and, without stalls, every cycle (see `verify`)."""
        if stalls is not None:
            integer("stalls", stalls, 0)
        if reset_at is not None:
            integer("reset_at", reset_at, 0)
        core = self.core
        planned = core.planned(vectors)
        end = max([planned.accepted[-1][1], *planned.outputs[-1:], *planned.final_outputs[-1:]])
        stimulus = _stimulus(core, vectors, stalls, reset_at, end)
        transcript = self._run(stimulus, waveform=waveform)
        wrong = _output_difference(vectors, transcript)
        if wrong is not None:
            raise Mismatch(f"{core.name} in {self.simulator}: {self._traced(stimulus, vectors) or wrong}")
        if stalls is None:
            check_cycles(core, vectors, planned, transcript, self.simulator)
        final = transcript.outputs.get("final")
        return Verification(
            self.simulator,
            len(vectors.lengths),
            vectors.answers_of(transcript.outputs["o"].beats["data"]),
            None if final is None else vectors.final_state_of(final.beats["data"]),
            max([cycle for received in transcript.outputs.values() for cycle in received.cycles[-1:]], default=-1) + 1,
            end + 1,
            None if stalls is not None else cycles_per_step(core, vectors, transcript),
            transcript.cycles / max(transcript.seconds, 1e-9),
            transcript.waveform,
        )

    def _traced(self, stimulus: Stimulus, vectors: Vectors) -> str | None:
        """Where the first difference is; not told of sources without the signals to look at, as a netlist of cells."""
        try:
            probed = self._run(stimulus, trace_probes(self.core.plan))
        except RnnhwError:
            if self.sources is None:
                raise
            return None
        return first_difference(self.core.plan, vectors, probed.probes)

    def _run(self, stimulus: Stimulus, probes=(), waveform=None) -> Transcript:
        core = self.core
        if self.simulator == "amaranth":
            return self._model(probes, lambda: amaranth_backend.Model(core.component(), probes)).run(stimulus, waveform)
        if self.simulator == "cxxrtl":
            model = self._model((), lambda: cxxrtl_backend.build(core.component(), self.folder))
            return model.run(stimulus, probes, waveform)
        if probes:  # where Amaranth's netlist, and so the Verilog, has these signals
            probes = tuple(map(Netlist(core.component()).locate_probe, probes))
        transcript = cocotb_backend.run(
            self.sources or core.write_sources(self.folder),
            core.name,
            stimulus,
            ports=core.ports,
            folder=self.folder / ("traced" if probes else self.simulator),
            simulator=self.simulator,
            probes=probes,
            waveform=waveform is not None,
            builds=self.folder,
        )
        if waveform is not None:
            Path(waveform).parent.mkdir(parents=True, exist_ok=True)
            Path(waveform).write_bytes(transcript.waveform.read_bytes())
        return transcript

    def _model(self, key, build):
        """What was built before, or what is built now."""
        if key not in self._models:
            self._models[key] = build()
        return self._models[key]


def _stimulus(core: Core, vectors: Vectors, stalls: int | None, reset_at: int | None, end: int) -> Stimulus:
    patterns, slow = {}, 1
    if stalls is not None:
        rng = np.random.default_rng(stalls)
        longest = int(min(2 * core.plan.cycles_per_step + 8, LONGEST_STALL))
        patterns = {name: _pattern(rng, longest) for name in (*vectors.beats, *vectors.expected)}
        slow = 4 * longest
    beats = sum(len(columns["data"]) for columns in (*vectors.beats.values(), *vectors.expected.values()))
    return vectors.stimulus((end + beats) * slow + 1000, patterns, reset_at)


def _pattern(rng, longest: int) -> tuple[int, ...]:
    """Runs of ready and of not ready, short ones and ones that outlast a step, so that both halves stand still."""
    bits = []
    for _ in range(RUNS):
        bits += [1] * int(rng.integers(1, 1 + rng.choice([1, 4, 16])))
        bits += [0] * int(rng.integers(1, 1 + rng.choice([1, 4, longest])))
    return tuple(bits)


def _output_difference(vectors: Vectors, transcript: Transcript) -> str | None:
    """Where an output stream differs, whatever the signals inside do."""
    for stream, wanted in vectors.expected.items():
        names, found = tuple(wanted), transcript.outputs[stream].beats
        rows = zip(*(column.tolist() for column in wanted.values()), strict=True)
        for index, (have, want) in enumerate(
            zip(zip(*(found[name] for name in names), strict=True), rows, strict=True)
        ):
            if have != want:
                return f"beat {index} of {stream} is ({', '.join(names)}) = {have}, golden says {want}"
    for name, wanted in vectors.status.items():
        if transcript.status[name] != wanted:
            return f"{name} is {transcript.status[name]} in the end, not {wanted}"
    return None
