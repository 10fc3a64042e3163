"""Writes the stand-alone test bench: its Python files and a Makefile, copied, and the vectors."""

import hashlib
import json
import os
from importlib import resources
from pathlib import Path

import numpy as np

from rnnhw.errors import RnnhwError

from .ports import Channel, Ports
from .stimulus import Sink, Stimulus, check_range

__all__ = ["BENCH", "write_bench", "write_vectors"]

FORMAT = "rnnhw-vectors-2"
BENCH = ("bench.py", "bench_streams.py")
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
    ports: Ports,
    stimulus: Stimulus,
    expected: dict[str, dict] | None = None,
    expected_cycles: dict[str, list[int]] | None = None,
    expected_status: dict[str, int] | None = None,
    probes: list[dict] = (),
    core: str | None = None,
) -> Path:
    """Write the bench's Python files and its vector file.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    top : str
        Name of the top module.
    ports : Ports
    stimulus : Stimulus
    expected : dict, optional
        By output stream, the beats (values by field). A stream that is left out is recorded, not compared.
    expected_cycles : dict, optional
        By output stream with expected beats, the cycle in which each beat is to be transferred.
    expected_status : dict, optional
        Plain outputs as they are to be in the last cycle.
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
    stimulus = stimulus.fit(ports)
    expected, cycles, status = expected or {}, expected_cycles or {}, expected_status or {}
    outputs = [_output(c, stimulus.sinks[c.name], expected.get(c.name), cycles.get(c.name)) for c in ports.outputs]
    vectors = {
        "format": FORMAT,
        "top": top,
        "core": core,
        "inputs": [_input(channel, stimulus.sources[channel.name]) for channel in ports.inputs],
        "outputs": outputs,
        "status": [_field(field) | {"expected": status.get(field.name)} for field in ports.status],
        "max_cycles": stimulus.max_cycles,
        "reset_at": stimulus.reset_at,
        "reset_cycles": RESET_CYCLES,
        "grace_cycles": GRACE_CYCLES,
        "probes": [dict(probe) for probe in probes],
    }
    text = json.dumps(vectors, sort_keys=True, separators=(",", ":"))
    vectors["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in BENCH:
        (folder / name).write_text((_files() / name).read_text())
    path = folder / "vectors.json"
    path.write_text(json.dumps(vectors, separators=(",", ":")) + "\n")
    return path


def _files():
    return resources.files("rnnhw.emit") / "bench"


def _field(field) -> dict:
    return {"name": field.name, "width": field.width, "signed": field.signed}


def _input(channel: Channel, source) -> dict:
    return {
        "name": channel.name,
        "fields": [_field(field) for field in channel.fields],
        "beats": _columns(source.beats, channel),
        "pattern": source.pattern,
        "not_before": _integers(source.not_before),
    }


def _output(channel: Channel, sink: Sink, expected: dict | None, cycles) -> dict:
    name = channel.name
    if expected is not None:
        for field in channel.fields:
            check_range(f"expected {name}_{field.name}", np.asarray(expected[field.name]), field)
            if len(expected[field.name]) != sink.beats:
                count = len(expected[field.name])
                raise RnnhwError(f"expected {name} must have one entry per beat, {sink.beats}, not {count}")
        expected = _columns(expected, channel)
    if cycles is not None and (expected is None or len(cycles) != sink.beats):
        raise RnnhwError(f"expected_cycles of {name} must have one entry per expected beat, {sink.beats}")
    return {
        "name": name,
        "fields": [_field(field) for field in channel.fields],
        "wanted": sink.beats,
        "expected": expected,
        "cycles": _integers(cycles),
        "pattern": sink.pattern,
    }


def _columns(columns: dict, channel: Channel) -> dict[str, list[int]]:
    return {name: _integers(columns[name]) for name in channel.names}


def _integers(values) -> list[int] | None:
    return None if values is None else np.asarray(values, np.int64).tolist()
