"""Frames on the wire: delimited, escaped, with length, sequence number and CRC."""

from binascii import crc_hqx
from dataclasses import dataclass

from rnnhw.errors import RnnhwError

FLAG, ESCAPE, FLIP = 0x7E, 0x7D, 0x20
LARGEST = 240
"""Bytes of payload that a frame may have."""
AROUND = 5
"""Bytes of a frame beside its payload: length, sequence, type, CRC."""
LONGEST = 2 * (LARGEST + AROUND) + 1
"""More bytes than a frame can have between its flags: what comes after them changes nothing."""


@dataclass(frozen=True)
class Frame:
    """One whole, sound frame.

    Parameters
    ----------
    sequence, kind : int
        0..255; the kind is the protocol's "type".
    payload : bytes
    """

    sequence: int
    kind: int
    payload: bytes = b""


def crc(content: bytes) -> int:
    """CRC-16 of polynomial 0x1021, begun with 0xFFFF, nothing reflected."""
    return crc_hqx(content, 0xFFFF)


def encode(frame: Frame) -> bytes:
    """The bytes of a frame on the wire, a flag before and behind.

    Raises
    ------
    RnnhwError
        If the payload is too long.
    """
    if len(frame.payload) > LARGEST:
        raise RnnhwError(f"a payload must have at most {LARGEST} bytes, not {len(frame.payload)}")
    content = bytes([len(frame.payload), frame.sequence, frame.kind]) + frame.payload
    content += crc(content).to_bytes(2, "big")
    for byte in (ESCAPE, FLAG):
        content = content.replace(bytes([byte]), bytes([ESCAPE, byte ^ FLIP]))
    return bytes([FLAG]) + content + bytes([FLAG])


def decode(content: bytes) -> Frame | str:
    """The frame between two flags, or what is wrong with it.

    Parameters
    ----------
    content : bytes
        As they came, without the flags.
    """
    parts = content.split(bytes([ESCAPE]))
    if any(not part for part in parts[1:]):
        return "an escape stands before another one or at a frame's end"
    plain = parts[0] + b"".join(bytes([part[0] ^ FLIP]) + part[1:] for part in parts[1:])
    if len(plain) < AROUND or len(plain) > AROUND + LARGEST or plain[0] != len(plain) - AROUND:
        return "a frame has the wrong length"
    if crc(plain[:-2]) != int.from_bytes(plain[-2:], "big"):
        return "a frame has the wrong CRC"
    return Frame(plain[1], plain[2], plain[3:-2])


class Decoder:
    """Takes bytes as they come and gives the frames in them.

    What comes before the first flag is dropped, and so is a frame that never ends.
    """

    def __init__(self):
        self._begun, self._content = False, bytearray()

    def feed(self, received: bytes) -> list[Frame | str]:
        """The frames that these bytes end; a text for each that is damaged."""
        found = []
        pieces = received.split(bytes([FLAG]))
        for number, piece in enumerate(pieces):
            if number:  # a flag stood before this piece
                if self._begun and self._content:
                    found.append(decode(bytes(self._content)))
                self._begun = True
                self._content.clear()
            if self._begun:
                self._content += piece[
                    : 2 * (LARGEST + AROUND) + 1 - len(self._content)
                ]  # a longer one is wrong anyway
        return found
