"""What the frames say: kinds, the answers to HELLO and COUNTERS, elements as bytes."""

import struct
from dataclasses import dataclass

import numpy as np

from rnnhw.fixedpoint import QFormat

from .errors import LinkDamaged, NoBoard

VERSION = 1
HELLO, ELEMENTS, LOAD, STATE, COUNTERS, RESET = range(1, 7)
ANSWER = 0x80
"""Added to a request's kind in its answer."""
OUTPUT, FINAL, ERROR = 0xC1, 0xC2, 0xFF
BEGIN, END = 1, 2
"""Flags of ELEMENTS, STATE, OUTPUT and FINAL."""
LOAD_END, LOADED = 1, 1
MODES = ("one-to-one", "one-to-many", "many-to-one", "many-to-many")

_HELLO = struct.Struct("<B8sHHBbBbBBBHBHHIBB")


@dataclass(frozen=True)
class Info:
    """What a board says of itself.

    Parameters
    ----------
    identity : bytes
        The first 8 bytes of the design's hash.
    input_size, output_size : int
        Elements of an input step and of an answer.
    input, output : QFormat
    mode : str
    loadable, takes_states, gives_states : bool
        Of the core: weights come over the link; each sequence takes an initial state, gives its final one.
    loaded, load_error : bool
        Whether the memories of a loadable core hold a sound image now, or one came that was not sound.
    streams : int
        Independent sequences that the core works on in turn.
    state_size, state_bits : int
        Elements of a state vector and their width; 0 where there is none on the link.
    steps : int
        Answers of a one-to-many network, else 0.
    max_steps : int
        Longest sequence of a core that stores whole ones, else 0.
    clock_hz : int
    window : int
        Requests that the board holds at a time.
    largest_payload : int
    """

    identity: bytes
    input_size: int
    output_size: int
    input: QFormat
    output: QFormat
    mode: str
    loadable: bool
    takes_states: bool
    gives_states: bool
    loaded: bool
    load_error: bool
    streams: int
    state_size: int
    state_bits: int
    steps: int
    max_steps: int
    clock_hz: int
    window: int
    largest_payload: int

    @classmethod
    def parse(cls, payload: bytes) -> "Info":
        """Read the answer to HELLO.

        Raises
        ------
        NoBoard
            If the board speaks another version of the protocol, or says what cannot be.
        """
        if not payload or payload[0] != VERSION:
            spoken = payload[0] if payload else "none"
            raise NoBoard(f"the board speaks version {spoken} of the protocol, this rnnhw speaks {VERSION}")
        if len(payload) != _HELLO.size:
            raise NoBoard(f"the board's answer to HELLO has {len(payload)} bytes, not {_HELLO.size}")
        _, identity, inputs, outputs, *formats, mode, flags = (values := _HELLO.unpack(payload))[:10]
        in_bits, in_frac, out_bits, out_frac = formats
        *rest, window, largest = values[10:]
        if mode >= len(MODES) or 0 in (in_bits, out_bits, inputs, outputs, rest[0], window) or largest < 16:
            raise NoBoard("the board's answer to HELLO holds values that cannot be")
        return cls(
            identity,
            inputs,
            outputs,
            QFormat(in_bits, in_frac),
            QFormat(out_bits, out_frac, signed=not flags & 32),
            MODES[mode],
            *(bool(flags & bit) for bit in (1, 2, 4, 8, 16)),
            *rest,
            window,
            largest,
        )

    @property
    def one_step(self) -> bool:
        """Whether a sequence has one input step."""
        return self.mode.startswith("one-to")


@dataclass(frozen=True)
class Counters:
    """What a board has counted since it was reset.

    Parameters
    ----------
    cycles : int
    busy_cycles : int
        Cycles in which a sequence was under way.
    elements_in, elements_out : int
        Input elements taken and output elements given.
    saturations : int
        Values that were clipped.
    good_frames, error_frames : int
        Frames that came whole, and error frames sent.
    """

    cycles: int
    busy_cycles: int
    elements_in: int
    elements_out: int
    saturations: int
    good_frames: int
    error_frames: int

    @classmethod
    def parse(cls, payload: bytes) -> "Counters":
        """Read the answer to COUNTERS."""
        sizes = (6, 6, 4, 4, 4, 2, 2)
        if len(payload) != sum(sizes):
            raise LinkDamaged(f"the answer to COUNTERS has {len(payload)} bytes, not {sum(sizes)}")
        ends = np.cumsum(sizes).tolist()
        fields = zip(ends, sizes, strict=True)
        return cls(*(int.from_bytes(payload[end - size : end], "little") for end, size in fields))


def element_bytes(width: int) -> int:
    """Bytes in which an element of `width` bits comes."""
    return -(-width // 8)


def pack_elements(raw: np.ndarray, width: int) -> bytes:
    """Raw integers as bytes, two's complement, the least significant byte first."""
    values = np.ascontiguousarray(raw, "<i8").reshape(-1, 1)
    return values.view(np.uint8)[:, : element_bytes(width)].tobytes()


def unpack_elements(received: bytes, form: QFormat) -> np.ndarray:
    """Raw integers of bytes.

    Raises
    ------
    LinkDamaged
        If one of them is outside the format.
    """
    size = element_bytes(form.width)
    parts = np.frombuffer(received, np.uint8).reshape(-1, size)
    negative = form.signed & (parts[:, -1:] >= 128)
    full = np.repeat(np.where(negative, 255, 0).astype(np.uint8), 8, axis=1)
    full[:, :size] = parts
    values = full.view("<i8").reshape(-1).astype(np.int64)
    if values.size and (values.min() < form.min_raw or values.max() > form.max_raw):
        raise LinkDamaged(f"the board gave a value outside {form.min_raw}..{form.max_raw}")
    return values
