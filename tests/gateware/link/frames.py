"""A second writing of the link's frames, from the description of the protocol alone."""

import binascii
import struct
from typing import NamedTuple

HELLO, ELEMENTS, LOAD, STATE, COUNTERS, RESET = range(1, 7)
OUTPUT, FINAL, ERROR = 0xC1, 0xC2, 0xFF
CRC, LENGTH, UNKNOWN, DUPLICATE, PAYLOAD, NOT_LOADED, OVERRUN, BUSY = range(1, 9)


class Frame(NamedTuple):
    """What stands in a frame."""

    type: int
    sequence: int
    payload: bytes = b""


class Error(NamedTuple):
    """What stands in an error frame."""

    code: int
    sequence: int
    detail: int = 0


def content(type: int, sequence: int, payload: bytes = b"") -> bytes:
    """Length to CRC."""
    body = bytes([len(payload), sequence, type]) + payload
    return body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")


def stuffed(body: bytes) -> bytes:
    """A frame's bytes on the wire, with a flag at both ends."""
    out = bytearray(b"~")
    for byte in body:
        out += bytes([0x7D, byte ^ 0x20]) if byte in (0x7E, 0x7D) else bytes([byte])
    return bytes(out + b"~")


def frame(type: int, sequence: int, payload: bytes = b"") -> bytes:
    """A whole frame."""
    return stuffed(content(type, sequence, payload))


def parse(wire: bytes) -> list[Frame]:
    """All frames in a run of bytes, each of which must be right and whole."""
    assert wire[:1] == b"~", wire
    assert wire[-1:] == b"~", wire
    frames = []
    for piece in filter(None, wire.split(b"~")):
        body, escape = bytearray(), 0
        for byte in piece:
            if byte == 0x7D:
                assert not escape
                escape = 0x20
                continue
            assert not escape or byte in (0x5E, 0x5D)
            body.append(byte ^ escape)
            escape = 0
        assert not escape
        assert len(body) == body[0] + 5, body
        assert binascii.crc_hqx(bytes(body), 0xFFFF) == 0, body
        frames.append(Frame(body[2], body[1], bytes(body[3:-2])))
    return frames


def size_of(bits: int) -> int:
    """Bytes of an element."""
    return (bits + 7) // 8


def elements(values, bits: int, *, first=False, last=False, stream: int = 0) -> bytes:
    """The payload of ELEMENTS, or of STATE with `first` alone."""
    return bytes([first + 2 * last, stream]) + packed(values, bits)


def packed(values, bits: int) -> bytes:
    """Elements as bytes."""
    return b"".join(int(value).to_bytes(size_of(bits), "little", signed=True) for value in values)


def unpacked(payload: bytes, bits: int) -> list[int]:
    """Bytes as elements."""
    size = size_of(bits)
    assert len(payload) % size == 0
    return [int.from_bytes(payload[at : at + size], "little", signed=True) for at in range(0, len(payload), size)]


def hello_fields(payload: bytes) -> tuple:
    """The numbers in an answer to HELLO."""
    return struct.unpack("<B8sHHBbBbBBBHBHHIBB", payload)


def counter_fields(payload: bytes) -> dict[str, int]:
    """The numbers in an answer to COUNTERS."""
    names = {"cycles": 6, "busy": 6, "inputs": 4, "outputs": 4, "saturations": 4, "good": 2, "bad": 2}
    assert len(payload) == sum(names.values())
    values, at = {}, 0
    for name, size in names.items():
        values[name] = int.from_bytes(payload[at : at + size], "little")
        at += size
    return values
