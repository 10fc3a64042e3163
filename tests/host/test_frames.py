"""Frames on the wire, against the double's own encoder."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.host.frames import Decoder, Frame, crc, decode, encode

from .double import slow_crc, unwire, wire


def random_frames(count, seed=1):
    rng = np.random.default_rng(seed)
    for number in range(count):
        size = int(rng.integers(0, 241)) if number else 240
        low = 0x7C if number % 2 else 0  # full of bytes that must be escaped
        payload = bytes(rng.integers(low, 0x7F if low else 256, size).tolist())
        yield Frame(int(rng.integers(256)), int(rng.integers(256)), payload)


def test_the_crc_is_that_of_the_standard():
    assert crc(b"123456789") == slow_crc(b"123456789") == 0x29B1


def test_frames_are_those_of_the_double():
    for frame in random_frames(60):
        sent = encode(frame)
        assert sent == wire(frame.sequence, frame.kind, frame.payload)
        assert unwire(sent[1:-1]) == (frame.sequence, frame.kind, frame.payload)
        assert decode(sent[1:-1]) == frame


@pytest.mark.parametrize("size", [1, 2, 7, 100000])
def test_frames_come_in_any_pieces(size):
    frames = list(random_frames(20))
    line = b"noise before" + b"".join(map(encode, frames)) + b"\x7e\x7e"
    decoder, found = Decoder(), []
    for start in range(0, len(line), size):
        found += decoder.feed(line[start : start + size])
    assert found == frames


def test_a_flag_may_stand_for_two():
    frames = list(random_frames(3))
    line = b"\x7e" + b"".join(encode(frame)[1:] for frame in frames)
    assert Decoder().feed(line) == frames


def test_every_turned_bit_is_found():
    frame = Frame(9, 2, bytes([0x7E, 0, 1, 0x7D, 0x5E, 200]))
    sent, after = encode(frame), Frame(10, 2, b"after")
    for bit in range(8 * len(sent)):
        altered = bytearray(sent)
        altered[bit // 8] ^= 1 << bit % 8
        found = Decoder().feed(bytes(altered) + b"\x7e" + encode(after))
        assert frame not in found or found[0] == frame  # a spoilt flag at an end may leave it whole
        assert all(isinstance(item, str) or item in (frame, after) for item in found)
        assert found[-1] == after


def test_every_cut_and_every_doubled_byte_is_found():
    sent = encode(Frame(9, 2, bytes(range(30))))[1:-1]
    for at in range(len(sent)):
        assert isinstance(decode(sent[:at] + sent[at + 1 :]), str)
        assert isinstance(decode(sent[:at]), str)
        assert isinstance(decode(sent[: at + 1] + sent[at:]), str)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\x7d", "an escape stands before another one or at a frame's end"),
        (b"\x00\x01\x7d\x7d\x02", "an escape stands before another one or at a frame's end"),
        (b"\x00\x01\x02\x03", "a frame has the wrong length"),
        (b"\x01\x01\x02\x03\x04", "a frame has the wrong length"),
        (b"\x00\x01\x02\x03\x04", "a frame has the wrong CRC"),
    ],
)
def test_what_is_wrong(content, text):
    assert decode(content) == text


def test_a_frame_without_end_does_not_grow():
    decoder = Decoder()
    decoder.feed(b"\x7e")
    for _ in range(100):
        assert decoder.feed(bytes(1000)) == []
    assert len(decoder._content) < 1000
    frame = Frame(1, 2, b"3")
    assert decoder.feed(encode(frame)) == ["a frame has the wrong length", frame]


def test_a_payload_that_is_too_long():
    with pytest.raises(RnnhwError, match=r"^a payload must have at most 240 bytes, not 241$"):
        encode(Frame(0, 0, bytes(241)))
