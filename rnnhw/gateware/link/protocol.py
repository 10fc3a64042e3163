"""The numbers of the link's protocol, version 1."""

from enum import IntEnum

VERSION = 1
FLAG, ESCAPE, ESCAPED = 0x7E, 0x7D, 0x20
LARGEST = 240  # bytes of a payload
WINDOW = 2  # requests that are held
POLYNOMIAL, CRC_START = 0x1021, 0xFFFF  # of CRC-16 (CCITT-FALSE)

ANSWER = 0x80  # stands in an answer's type beside the request's
ERROR = 0xFF
OUTPUT, FINAL = 0xC1, 0xC2
MODES = ("one-to-one", "one-to-many", "many-to-one", "many-to-many")


class Request(IntEnum):
    """Types of requests."""

    HELLO = 1
    ELEMENTS = 2
    LOAD = 3
    STATE = 4
    COUNTERS = 5
    RESET = 6


class Code(IntEnum):
    """Codes of error frames."""

    CRC = 1
    LENGTH = 2
    UNKNOWN = 3
    DUPLICATE = 4
    PAYLOAD = 5
    NOT_LOADED = 6
    OVERRUN = 7
    BUSY = 8


class Reply(IntEnum):
    """Short payloads, which stand in the outbox as constants: an error's code and detail, or a load's status."""

    CRC = 0
    LENGTH = 1
    UNKNOWN = 2
    DUPLICATE = 3
    SIZE = 4
    FLAGS = 5
    RANGE = 6
    STEP = 7
    STREAM = 8
    WEIGHTS_MISSING = 9
    STATE_MISSING = 10
    OVERRUN = 11
    STATE_WAITING = 12
    LOADING = 13
    LOADED = 14
    LOAD_ERROR = 15


#: Two bytes of each `Reply`: code and detail of an error; of a load the status, which is one byte.
REPLIES = {
    Reply.CRC: (Code.CRC, 0),
    Reply.LENGTH: (Code.LENGTH, 0),
    Reply.UNKNOWN: (Code.UNKNOWN, 0),
    Reply.DUPLICATE: (Code.DUPLICATE, 0),
    Reply.SIZE: (Code.PAYLOAD, 1),  # bytes missing, bytes too many, or part of an element
    Reply.FLAGS: (Code.PAYLOAD, 2),  # a reserved bit, or a sequence or vector that has not begun goes on
    Reply.RANGE: (Code.PAYLOAD, 3),  # a value that its format does not have
    Reply.STEP: (Code.PAYLOAD, 4),  # a sequence would begin or end in the middle of a step
    Reply.STREAM: (Code.PAYLOAD, 5),  # no such stream, or another one in the middle of a step
    Reply.WEIGHTS_MISSING: (Code.NOT_LOADED, 1),
    Reply.STATE_MISSING: (Code.NOT_LOADED, 2),  # a sequence would begin without its state
    Reply.OVERRUN: (Code.OVERRUN, 0),
    Reply.STATE_WAITING: (Code.BUSY, 0),
    Reply.LOADING: (0, 0),
    Reply.LOADED: (1, 0),
    Reply.LOAD_ERROR: (2, 0),
}
