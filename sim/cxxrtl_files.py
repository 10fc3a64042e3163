"""The files between Python and the native driver: stimulus in, memory contents in, record out.

Stimulus, as 64-bit words: outputs, max_cycles, grace cycles, reset cycles; then five arrays, each
after its length: data (raw words of the port's width), flags (first + 2 * last), not_before (may be
empty), i_pattern, o_pattern.

Record, as 64-bit words: status (index into ``STATUS``), cycles, nanoseconds, data and last of the
offending beat; then four arrays, each after its length: i_cycles, o_cycles, outputs, lasts; then for
each probe its width, its length and its values.
"""

from pathlib import Path

import numpy as np

from rnnhw.emit.bench_files import GRACE_CYCLES, RESET_CYCLES

from .outcome import Record
from .protocol import sign_extend
from .stimulus import Probe, Stimulus

__all__ = ["memory_image", "read_record", "write_stimulus"]

STATUS = ("ok", "timeout", "extra", "violation")


def write_stimulus(path: Path, stimulus: Stimulus, width: int) -> None:
    """Write the stimulus file for an input port of ``width`` bits."""
    mask = np.uint64((1 << width) - 1)
    data = (stimulus.data.view(np.uint64) & mask).view(np.int64)
    none = np.zeros(0, np.int64)
    words = [np.array([stimulus.outputs, stimulus.max_cycles, GRACE_CYCLES, RESET_CYCLES], np.int64)]
    for part in (
        data,
        stimulus.first + 2 * stimulus.last,
        none if stimulus.i_not_before is None else stimulus.i_not_before,
        np.array(stimulus.i_pattern or (1,), np.int64),
        np.array(stimulus.o_pattern or (1,), np.int64),
    ):
        words += [np.array([len(part)], np.int64), part]
    np.concatenate(words).tofile(path)


def read_record(path: Path, width: int, probes: tuple[Probe, ...]) -> Record:
    """Read the record file of a design whose output port has ``width`` bits."""
    words = np.fromfile(path, np.int64)
    status, cycles, nanoseconds, data, last = words[:5].tolist()
    position = 5

    def array() -> np.ndarray:
        nonlocal position
        start = position + 1
        position = start + int(words[position])
        return words[start:position]

    i_cycles, o_cycles, outputs, lasts = (array() for _ in range(4))
    record = Record(
        status=STATUS[status],
        cycles=cycles,
        seconds=nanoseconds * 1e-9,
        outputs=_values(outputs, width, True),
        lasts=lasts.tolist(),
        i_cycles=i_cycles.tolist(),
        o_cycles=o_cycles.tolist(),
        offender=(sign_extend([data & (1 << width) - 1], width)[0], last),
    )
    for probe in probes:
        bits = int(words[position])
        position += 1
        record.probes[probe.name] = _values(array(), bits, probe.signed)
    return record


def memory_image(rows: list[int], width: int) -> bytes:
    """The contents of a memory as CXXRTL lays them out: 32-bit chunks, the lowest first."""
    size, mask = 4 * ((width + 31) // 32), (1 << width) - 1
    return b"".join((row & mask).to_bytes(size, "little") for row in rows)


def _values(words: np.ndarray, width: int, signed: bool) -> list[int]:
    if not signed:
        return words.view(np.uint64).tolist()
    spare = np.int64(64 - width)
    return ((words << spare) >> spare).tolist()
