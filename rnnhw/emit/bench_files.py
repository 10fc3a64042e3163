"""Writes the stand-alone test bench: bench.py and a Makefile, copied, and the vectors."""

import hashlib
import json
import os
from importlib import resources
from operator import index
from pathlib import Path

from rnnhw.errors import RnnhwError

__all__ = ["write_bench", "write_vectors"]

FORMAT = "rnnhw-vectors-1"
RESET_CYCLES = 3
GRACE_CYCLES = 64
"""Cycles to go on after the last expected beat, watching for one too many."""


def write_bench(folder: Path, *, top: str, sources: list[Path], **vectors) -> Path:
    """Write a bench that needs cocotb and a simulator only, not rnnhw: make runs it.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    top : str
        Name of the top module.
    sources : list of Path
        The Verilog files; the Makefile names them relative to ``folder``.
    **vectors
        As for :func:`write_vectors`.

    Returns
    -------
    Path
        The vector file.

    Raises
    ------
    RnnhwError
        If a value does not fit its port, the counts disagree, or a Makefile cannot name a source.
    """
    folder = Path(folder)
    names = [os.path.relpath(source, folder) for source in sources]
    for name in names:
        if any(letter in name for letter in " \t$#:\\"):
            raise RnnhwError(f"a Makefile cannot name the file {name!r}: use a path of plain characters")
    path = write_vectors(folder, top=top, **vectors)
    makefile = (_files() / "Makefile").read_text()
    makefile = makefile.replace("@SOURCES@", " ".join(names)).replace("@TOP@", top)
    (folder / "Makefile").write_text(makefile)
    return path


def write_vectors(
    folder: Path,
    *,
    top: str,
    data_width: int,
    output_width: int,
    beats: list[tuple[int, int, int]],
    outputs: int,
    expected: list[tuple[int, int]] | None = None,
    expected_cycles: list[int] | None = None,
    max_cycles: int,
    i_pattern: list[int] | None = None,
    o_pattern: list[int] | None = None,
    i_not_before: list[int] | None = None,
    probes: list[dict] = (),
    core: str | None = None,
) -> Path:
    """Write bench.py and its vector file.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    top : str
        Name of the top module.
    data_width, output_width : int
        Bits of ``i_data`` and ``o_data``.
    beats : list of (data, first, last)
        The input beats, data as signed integers.
    outputs : int
        Output beats to wait for.
    expected : list of (data, last), optional
        The output beats, data as signed integers. None: they are recorded, not compared.
    expected_cycles : list of int, optional
        The cycle in which each output beat is to be transferred.
    max_cycles : int
        Watchdog.
    i_pattern, o_pattern : list of 0 and 1, optional
        In which cycles (modulo the length) the source may begin to offer a beat, and the sink is
        ready.
    i_not_before : list of int, optional
        The first cycle in which each beat may be offered.
    probes : list of dict
        ``name``, ``path`` and ``valid`` (lists of names as they are in the Verilog, below
        ``core``), ``signed``.
    core : str, optional
        The instance below the top that probe paths start from.

    Returns
    -------
    Path
        The vector file. It carries a hash of its content, which the bench checks first.

    Raises
    ------
    RnnhwError
        If a value does not fit its port, or the counts disagree.
    """
    _check("data", [data for data, _, _ in beats], data_width)
    if expected is not None:
        _check("expected data", [data for data, _ in expected], output_width)
        if len(expected) != outputs:
            raise RnnhwError(f"expected must have one entry per output beat, {outputs}, not {len(expected)}")
    if expected_cycles is not None and (expected is None or len(expected_cycles) != outputs):
        raise RnnhwError(f"expected_cycles must have one entry per expected output beat, {outputs}")
    vectors = {
        "format": FORMAT,
        "top": top,
        "core": core,
        "data_width": data_width,
        "output_width": output_width,
        "beats": _columns(beats, ("data", "first", "last")),
        "outputs": outputs,
        "expected": _expected(expected, expected_cycles),
        "max_cycles": max_cycles,
        "reset_cycles": RESET_CYCLES,
        "grace_cycles": GRACE_CYCLES,
        "i_pattern": _integers(i_pattern),
        "o_pattern": _integers(o_pattern),
        "i_not_before": _integers(i_not_before),
        "probes": [dict(probe) for probe in probes],
    }
    text = json.dumps(vectors, sort_keys=True, separators=(",", ":"))
    vectors["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.py").write_text((_files() / "bench.py").read_text())
    path = folder / "vectors.json"
    path.write_text(json.dumps(vectors, separators=(",", ":")) + "\n")
    return path


def _files():
    return resources.files("rnnhw.emit") / "bench"


def _expected(beats: list[tuple[int, int]] | None, cycles: list[int] | None) -> dict | None:
    if beats is None:
        return None
    return _columns(beats, ("data", "last")) | {"cycles": _integers(cycles)}


def _columns(rows: list[tuple], names: tuple[str, ...]) -> dict[str, list[int]]:
    return {name: [index(row[position]) for row in rows] for position, name in enumerate(names)}


def _integers(values) -> list[int] | None:
    return None if values is None else [index(value) for value in values]


def _check(name: str, values: list[int], width: int) -> None:
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    for value in values:
        if not low <= value <= high:
            raise RnnhwError(f"{name} must be in {low}..{high} for {width} bits, not {value}")
