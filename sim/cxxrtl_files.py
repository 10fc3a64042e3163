"""The files between Python and the native driver: stimulus in, memory contents in, record out.

Stimulus, as 64-bit words: max_cycles, grace cycles, reset cycles, the cycle of the reset in the middle
(or -1); for each input stream three arrays, each after its length: beats (raw words), not_before (may be
empty), pattern; for each output stream the beats to wait for, then the pattern after its length.

Record, as 64-bit words: outcome (index into ``OUTCOMES``), cycles, nanoseconds, number of the offending
stream and its beat; then arrays, each after its length: the plain outputs; for each input stream the
cycles; for each output stream the cycles and the beats; then for each probe its width and its values.
"""

from pathlib import Path

import numpy as np

from rnnhw.emit.bench_files import GRACE_CYCLES, RESET_CYCLES
from rnnhw.emit.ports import Ports
from rnnhw.emit.stimulus import Stimulus

from .outcome import Record
from .stimulus import Probe, Received

__all__ = ["memory_image", "read_record", "write_stimulus"]

OUTCOMES = ("ok", "timeout", "extra", "violation")


def write_stimulus(path: Path, stimulus: Stimulus, ports: Ports) -> None:
    """Write the stimulus file; the stimulus has each stream of the design."""
    reset_at = -1 if stimulus.reset_at is None else stimulus.reset_at
    words = [np.array([stimulus.max_cycles, GRACE_CYCLES, RESET_CYCLES, reset_at], np.int64)]

    def put(array) -> None:
        words.extend([np.array([len(array)], np.int64), np.asarray(array, np.int64)])

    for channel in ports.inputs:
        source = stimulus.sources[channel.name]
        put(channel.pack(source.beats).view(np.int64))
        put(() if source.not_before is None else source.not_before)
        put(source.pattern or (1,))
    for channel in ports.outputs:
        sink = stimulus.sinks[channel.name]
        words.append(np.array([sink.beats], np.int64))
        put(sink.pattern or (1,))
    np.concatenate(words).tofile(path)


def read_record(path: Path, ports: Ports, probes: tuple[Probe, ...]) -> Record:
    """Read the record file of a design."""
    words = np.fromfile(path, np.int64)
    outcome, cycles, nanoseconds, number, beat = words[:5].tolist()
    position = 5

    def array() -> np.ndarray:
        nonlocal position
        start = position + 1
        position = start + int(words[position])
        return words[start:position]

    record = Record(OUTCOMES[outcome], cycles, nanoseconds * 1e-9)
    levels = array().tolist()
    record.status = {field.name: field.read(level) for field, level in zip(ports.status, levels, strict=False)}
    for channel in ports.inputs:
        record.inputs[channel.name] = array().tolist()
    for channel in ports.outputs:
        taken = array().tolist()
        record.outputs[channel.name] = Received(channel.unpack(array().view(np.uint64)), taken)
    if ports.outputs:
        channel = ports.outputs[number]
        values = channel.unpack(np.array([beat]).view(np.uint64))
        record.offender = channel.name, {key: column[0] for key, column in values.items()}
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
