"""Hold the hardware against golden: raw bits and cycles, in any of four simulators."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnhw.emit.core import Core
from rnnhw.emit.vectors import Vectors
from rnnhw.fixedpoint.checks import choice, integer
from rnnhw.plan import Run

from . import amaranth_backend, cocotb_backend, cxxrtl_backend
from .netlist import Netlist
from .outcome import SimulationError
from .stimulus import Stimulus, Transcript
from .trace import PROBES, first_difference

SIMULATORS = ("amaranth", "cxxrtl", "verilator", "icarus")
SETTLED = 5  # steps till a sequence's start no longer shows: two wait in the banks
RUNS = 12  # runs of ready and not ready in a stall pattern
LONGEST_STALL = 2000  # cycles


class Mismatch(SimulationError):
    """Hardware and golden differ; the message says where."""


class CycleMismatch(SimulationError):
    """The results are right but do not come when the plan says."""


@dataclass(frozen=True, eq=False)
class Verification:
    """A run in which hardware and golden were equal bit for bit.

    Parameters
    ----------
    simulator : str
    sequences : int
        Sequences that were compared.
    outputs : ndarray of int64
        Raw answers in the form of `QuantizedNetwork.run_raw` (stall-free or not).
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
    stalls: int | None = None,
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
    stalls : int, optional
        A seed: both streams then stall at random (cycles are not compared).
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
        design.vectors(x, lengths),
        simulator,
        stalls=stalls,
        sources=sources,
        waveform=waveform,
        folder=folder,
    )


def verify_core(
    core: Core, vectors: Vectors, simulator: str, *, stalls=None, sources=None, waveform=None, folder=None
) -> Verification:
    """As `verify`, for a core and beats."""
    choice("simulator", simulator, SIMULATORS)
    if stalls is not None:
        integer("stalls", stalls, 0)
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="rnnhw-") as scratch:
            return _verify(core, vectors, simulator, stalls, sources, waveform, Path(scratch))
    Path(folder).mkdir(parents=True, exist_ok=True)
    return _verify(core, vectors, simulator, stalls, sources, waveform, Path(folder))


def _verify(core, vectors, simulator, stalls, sources, waveform, folder) -> Verification:
    planned = core.plan.run(vectors.lengths.tolist())
    stimulus = _stimulus(core, vectors, stalls, planned)

    def run(probes=(), waveform=None) -> Transcript:
        return _run(core, stimulus, simulator, sources, folder, probes, waveform)

    transcript = run(waveform=waveform)
    if not _equal(vectors, transcript):
        probed = run(PROBES)
        difference = first_difference(core.plan, vectors, probed.probes)
        raise Mismatch(f"{core.name} in {simulator}: {difference or _output_difference(vectors, transcript)}")
    if stalls is None:
        _check_cycles(core, planned, transcript, simulator)
    return Verification(
        simulator,
        len(vectors.lengths),
        _answers(core, vectors, transcript),
        transcript.o_cycles[-1] + 1,
        planned.outputs[-1] + 1,
        None if stalls is not None else _cycles_per_step(core, vectors, transcript),
        transcript.cycles / max(transcript.seconds, 1e-9),
        transcript.waveform,
    )


def _stimulus(core: Core, vectors: Vectors, stalls: int | None, planned: Run) -> Stimulus:
    i_pattern = o_pattern = None
    slow = 1
    if stalls is not None:
        rng = np.random.default_rng(stalls)
        longest = int(min(2 * core.plan.cycles_per_step + 8, LONGEST_STALL))
        i_pattern, o_pattern = _pattern(rng, longest), _pattern(rng, longest)
        slow = 4 * longest
    limit = (planned.outputs[-1] + len(vectors.data) + len(vectors.expected)) * slow + 1000
    return Stimulus(vectors.data, vectors.first, vectors.last, len(vectors.expected), limit, i_pattern, o_pattern)


def _pattern(rng, longest: int) -> tuple[int, ...]:
    """Runs of ready and of not ready, short ones and ones that outlast a step, so that both halves stand still."""
    bits = []
    for _ in range(RUNS):
        bits += [1] * int(rng.integers(1, 1 + rng.choice([1, 4, 16])))
        bits += [0] * int(rng.integers(1, 1 + rng.choice([1, 4, longest])))
    return tuple(bits)


def _run(core: Core, stimulus: Stimulus, simulator, sources, folder: Path, probes, waveform) -> Transcript:
    if simulator == "amaranth":
        return amaranth_backend.run(core.component(), stimulus, probes, waveform)
    if simulator == "cxxrtl":
        return cxxrtl_backend.build(core.component(), folder).run(stimulus, probes, waveform)
    network = core.plan.network
    if probes:  # where Amaranth's netlist, and so the Verilog, has these signals
        probes = tuple(map(Netlist(core.component()).locate_probe, probes))
    transcript = cocotb_backend.run(
        sources or core.write_sources(folder),
        core.name,
        stimulus,
        data_width=network.input.width,
        output_width=network.output.width,
        folder=folder / ("traced" if probes else simulator),
        simulator=simulator,
        probes=probes,
        waveform=waveform is not None,
        builds=folder,
    )
    if waveform is not None:
        Path(waveform).parent.mkdir(parents=True, exist_ok=True)
        Path(waveform).write_bytes(transcript.waveform.read_bytes())
    return transcript


def _equal(vectors: Vectors, transcript: Transcript) -> bool:
    return transcript.outputs == vectors.expected.tolist() and transcript.lasts == vectors.expected_last.tolist()


def _output_difference(vectors: Vectors, transcript: Transcript) -> str:
    """Where the output stream differs although every traced signal is right."""
    pairs = zip(transcript.outputs, transcript.lasts, strict=True)
    wanted = zip(vectors.expected.tolist(), vectors.expected_last.tolist(), strict=True)
    for index, (found, expected) in enumerate(zip(pairs, wanted, strict=False)):
        if found != expected:
            return f"output element {index} is (data, last) = {found}, golden says {expected}"
    return f"{len(transcript.outputs)} output elements, golden has {len(vectors.expected)}"


def _check_cycles(core: Core, plan: Run, transcript: Transcript, simulator: str) -> None:
    inputs = core.plan.network.input_size
    for what, found, wanted in (
        ("first element of input step", transcript.i_cycles[::inputs], [step[0] for step in plan.accepted]),
        ("last element of input step", transcript.i_cycles[inputs - 1 :: inputs], [step[1] for step in plan.accepted]),
        ("output element", transcript.o_cycles, plan.outputs),
    ):
        for index, (have, want) in enumerate(zip(found, wanted, strict=True)):
            if have != want:
                raise CycleMismatch(f"{core.name} in {simulator}: {what} {index} in cycle {have}, the plan says {want}")


def _cycles_per_step(core: Core, vectors: Vectors, transcript: Transcript) -> float | None:
    """Cycles between the first elements of neighbouring steps, in the middle of sequences."""
    inputs = core.plan.network.input_size
    starts = np.array(transcript.i_cycles[::inputs])
    ends = np.cumsum(vectors.lengths)
    measured = []
    for length, end in zip(vectors.lengths.tolist(), ends.tolist(), strict=True):
        measured.extend(np.diff(starts[end - length : end])[SETTLED:].tolist())
    if not measured:
        return None
    mean = float(np.mean(measured))
    return int(mean) if mean.is_integer() else mean


def _answers(core: Core, vectors: Vectors, transcript: Transcript) -> np.ndarray:
    """The outputs in the form that golden gives them."""
    network, found = core.plan.network, np.array(transcript.outputs, np.int64)
    if network.mode == "many-to-one":
        return found.reshape(-1, network.output_size)
    sequences, steps, _ = vectors.x_raw.shape
    answers = np.zeros((sequences, steps, network.output_size), np.int64)
    answers[np.arange(steps) < vectors.lengths[:, None]] = found.reshape(-1, network.output_size)
    return answers
