"""Runs emitted Verilog in Verilator or Icarus Verilog, through the bench that is emitted with it."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from rnnhw.emit.bench_files import BENCH, write_vectors
from rnnhw.emit.ports import Ports
from rnnhw.emit.stimulus import Sink, Source
from rnnhw.errors import RnnhwError

from .outcome import Record, SimulationError, VectorMismatch
from .stimulus import Probe, Received, Stimulus, Transcript, check_probes
from .tools import check_verilator_builds, cocotb_version, find_icarus, find_verilator

__all__ = ["SIMULATORS", "run", "run_vectors"]

SIMULATORS = ("verilator", "icarus")
RUNNER = Path(__file__).with_name("cocotb_runner.py")
LIMIT_SECONDS = 3600
"""Wall time after which a simulator is taken to hang: no cycle count stops a loop without time."""


def run(
    sources: list[Path],
    toplevel: str,
    stimulus: Stimulus,
    *,
    ports: Ports,
    folder: Path,
    simulator: str = "verilator",
    probes: tuple[Probe, ...] = (),
    core: str | None = None,
    waveform: bool = False,
    run_in: Path | None = None,
    builds: Path | None = None,
) -> Transcript:
    """Simulate Verilog with one stimulus; reset is asserted for 3 cycles first.

    Parameters
    ----------
    sources : list of Path
        The Verilog files.
    toplevel : str
        Name of the top module, with the flat ports of :class:`rnnhw.emit.ports.FlatTop`.
    stimulus : Stimulus
    ports : Ports
        Of the component that the Verilog was made of.
    folder : Path
        Bench, logs and waveform go here. Not to be shared by two runs at a time.
    simulator : str
        ``"verilator"`` or ``"icarus"``.
    probes : tuple of Probe
        Paths are names in the Verilog, below ``core``: see
        :meth:`rnnhw.sim.netlist.Netlist.locate_probe`.
    core : str, optional
        The instance below the top that probe paths start from.
    waveform : bool
        Write ``wave.vcd`` (Verilator) or ``wave.fst`` (Icarus) into the folder.
    run_in : Path, optional
        The simulator's working folder, from which ``$readmemh`` counts; default ``folder``.
    builds : Path, optional
        Keeps what was built, each under the hash of its sources, for later runs to find; default
        ``folder``. Safe for several processes at a time.

    Raises
    ------
    RnnhwError
        If a beat does not fit, a probe names no signal, or a tool is missing.
    SimulationTimeout, ExtraOutput, StreamViolation
        As the design deserves.
    SimulationError
        If building fails, or the outputs are unknown (X).
    """
    check_probes(probes)
    stimulus = stimulus.fit(ports)
    vectors = write_vectors(
        folder,
        top=toplevel,
        core=core,
        ports=ports,
        stimulus=stimulus,
        probes=[{"name": p.name, "path": list(p.path), "valid": list(p.valid), "signed": p.signed} for p in probes],
    )
    record, wave = _simulate(vectors, sources, toplevel, simulator, Path(folder), waveform, run_in, builds)
    return record.transcript(stimulus, wave)


def run_vectors(
    vectors: Path,
    sources: list[Path],
    toplevel: str,
    *,
    folder: Path,
    simulator: str = "verilator",
    waveform: bool = False,
    run_in: Path | None = None,
    builds: Path | None = None,
) -> Transcript:
    """Run an emitted bench with its own vectors: every output is compared with the expected one.

    Parameters
    ----------
    vectors : Path
        The ``vectors.json`` of an emitted bench; the Python files beside it are what runs.
    sources, toplevel, folder, simulator, waveform, run_in, builds
        As for :func:`run`.

    Raises
    ------
    VectorMismatch
        If an output differs, or the vector file was altered.
    RnnhwError, SimulationError
        As for :func:`run`.
    """
    vectors, folder = Path(vectors), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in BENCH:
        (folder / name).write_text((vectors.parent / name).read_text())
    record, wave = _simulate(vectors, sources, toplevel, simulator, folder, waveform, run_in, builds)
    content = json.loads(vectors.read_text())  # which the bench has found to be sound
    sources = {stream["name"]: Source(stream["beats"]) for stream in content["inputs"]}
    sinks = {stream["name"]: Sink(stream["wanted"]) for stream in content["outputs"]}
    return record.transcript(Stimulus(sources, sinks), wave)


def _simulate(
    vectors: Path,
    sources: list[Path],
    toplevel: str,
    simulator: str,
    folder: Path,
    waveform: bool,
    run_in: Path | None,
    builds: Path | None,
) -> tuple[Record, Path | None]:
    environment = _environment(simulator)
    folder = folder.absolute()
    builds = Path(builds).absolute() if builds else folder
    build = _digest(sources, toplevel, simulator, waveform, environment["PATH"].split(os.pathsep)[0])
    wave = folder / ("wave.vcd" if simulator == "verilator" else "wave.fst") if waveform else None
    transcript, counts, log = folder / "transcript.json", folder / "counts.json", folder / f"{simulator}.log"
    for file in (transcript, counts, wave):
        if file is not None:
            file.unlink(missing_ok=True)
    settings = {
        "folder": str(folder),
        "sources": [str(Path(source).absolute()) for source in sources],
        "top": toplevel,
        "simulator": simulator,
        "waveform": str(wave) if wave else "",
        "build": str(builds / f"build-{build}"),
        "run_in": str(Path(run_in).absolute() if run_in else folder),
        "counts": str(counts),
        "environment": {"RNNHW_VECTORS": str(Path(vectors).absolute()), "RNNHW_TRANSCRIPT": str(transcript)},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    _execute(folder, simulator, log, environment)
    return _read(transcript, counts, simulator, log), wave


def _execute(folder: Path, simulator: str, log: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-P", str(RUNNER), str(folder / "settings.json")]
    with open(log, "w") as file:
        child = subprocess.Popen(command, stdout=file, stderr=file, env=environment, cwd=folder, start_new_session=True)
    try:
        child.wait(LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        message = f"{simulator} did not end within {LIMIT_SECONDS} seconds, see {log}"
        raise SimulationError(message) from None
    finally:
        if child.poll() is None:  # the runner and the simulator under it
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _environment(simulator: str) -> dict[str, str]:
    if simulator not in SIMULATORS:
        raise RnnhwError(f"simulator must be one of {', '.join(SIMULATORS)}, not {simulator!r}")
    cocotb_version()
    folder, extra = find_verilator() if simulator == "verilator" else (find_icarus(), {})
    if simulator == "verilator":
        check_verilator_builds()
    # cocotb's runner and cocotb itself act on these; a caller's own must not reach this simulation.
    unwanted = ("COCOTB_", "PYTEST_", "RNNHW_", "WAVES", "GUI", "GPI_", "PYGPI_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    environment |= extra
    environment["PATH"] = os.pathsep.join([str(folder), environment.get("PATH", "")])
    # This interpreter's own view of where modules are, so that the child finds the same rnnhw.
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return environment


def _digest(sources: list[Path], *rest) -> str:
    """A build's name: the simulators look at times only, and would take another design's for this one's."""
    content = [Path(source).read_bytes() for source in sources]
    return hashlib.sha256(b"\0".join([*content, repr(rest).encode()])).hexdigest()[:12]


def _read(transcript: Path, counts: Path, simulator: str, log: Path) -> Record:
    content = {"outcome": "error", "message": ""}
    if transcript.exists():
        content = json.loads(transcript.read_text())
    outcome = content.pop("outcome")
    message = content.pop("message")
    if outcome in ("mismatch", "altered"):
        raise VectorMismatch(message)
    if outcome == "probe":
        raise RnnhwError(message)
    if outcome == "unknown":
        raise SimulationError(message)
    if outcome == "error":
        raise SimulationError(f"{simulator} failed, see {log}; it ends with:\n{_tail(log)}")
    ran, failed = json.loads(counts.read_text()) if counts.exists() else (0, 0)
    if outcome == "ok" and (ran < 1 or failed):
        raise SimulationError(f"{simulator} ran {ran} tests, {failed} failed, see {log}:\n{_tail(log)}")
    content["offender"] = tuple(content["offender"])
    content["outputs"] = {name: Received(*received) for name, received in content["outputs"].items()}
    return Record(outcome=outcome, **content)


def _tail(log: Path, lines: int = 25) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
