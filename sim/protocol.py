"""The two stream partners of a design, cycle by cycle: the source, the sink and the checks.

This generator is the definition of what a :class:`~rnnhw.sim.stimulus.Stimulus` means. The native
driver (``native/driver.cpp``) and the emitted bench do the same in their own languages; the tests
hold all of them against each other.
"""

from collections.abc import Generator

from rnnhw.emit.bench_files import GRACE_CYCLES

from .outcome import Record
from .stimulus import Stimulus

__all__ = ["drive", "sign_extend"]

O_VALID, O_LAST, O_DATA = 1, 2, 3
"""Bit positions in the status word; bit 0 is i_ready."""
O_READY, I_FIRST, I_LAST, I_DATA = 1, 2, 3, 4
"""Bit positions in the command word; bit 0 is i_valid."""


def sign_extend(values: list[int], width: int) -> list[int]:
    """Read raw words of ``width`` bits as two's complement."""
    half, full = 1 << (width - 1), 1 << width
    return [value - full if value >= half else value for value in values]


def drive(stimulus: Stimulus, record: Record, i_width: int, o_width: int, probes=()) -> Generator:
    """Play source and sink: yield the command of each cycle, be sent the status at its end.

    Parameters
    ----------
    stimulus : Stimulus
    record : Record
        Filled in while running; outputs and probe logs are raw words, not yet sign-extended.
    i_width, o_width : int
        Bits of the input and output data.
    probes : sequence of (list, int, int, int)
        The list to append to, position of the valid bit and of the value in the status word, mask.

    Yields
    ------
    int
        The command word: i_valid, o_ready, i_first, i_last, i_data from bit 0 on.
    """
    offers = _offers(stimulus, i_width)
    not_before = [0] * len(offers) if stimulus.i_not_before is None else stimulus.i_not_before.tolist()
    i_pattern, o_pattern = stimulus.i_pattern or (1,), stimulus.o_pattern or (1,)
    i_period, o_period = len(i_pattern), len(o_pattern)
    payload_mask, wanted, beats = (2 << o_width) - 1, stimulus.outputs, len(offers)
    sent = received = offer = cycle = 0
    waiting, stop = None, (None if beats or wanted else GRACE_CYCLES)
    while True:
        if not offer and sent < beats and i_pattern[cycle % i_period] and cycle >= not_before[sent]:
            offer = offers[sent]
        ready = o_pattern[cycle % o_period]
        status = yield offer | ready << O_READY
        for log, valid, position, mask in probes:
            if status >> valid & 1:
                log.append(status >> position & mask)
        payload = status >> O_LAST & payload_mask if status >> O_VALID & 1 else None
        cycle += 1
        record.cycles = cycle
        if payload != waiting and waiting is not None:
            record.status, record.offender = "violation", _beat(payload or 0, o_width)
            return
        if payload is not None:
            if received == wanted:
                record.status, record.offender = "extra", _beat(payload, o_width)
                return
            if ready:
                record.outputs.append(payload >> 1)
                record.lasts.append(payload & 1)
                record.o_cycles.append(cycle - 1)
                received, waiting = received + 1, None
            else:
                waiting = payload
        if offer and status & 1:
            record.i_cycles.append(cycle - 1)
            sent, offer = sent + 1, 0
        if stop is None:
            if sent == beats and received == wanted:
                stop = cycle + GRACE_CYCLES
            elif cycle == stimulus.max_cycles:
                record.status = "timeout"
                return
        elif cycle == stop:
            return


def _offers(stimulus: Stimulus, width: int) -> list[int]:
    mask = (1 << width) - 1
    beats = zip(stimulus.data.tolist(), stimulus.first.tolist(), stimulus.last.tolist(), strict=True)
    return [1 | first << I_FIRST | last << I_LAST | (data & mask) << I_DATA for data, first, last in beats]


def _beat(payload: int, width: int) -> tuple[int, int]:
    return sign_extend([payload >> 1], width)[0], payload & 1
