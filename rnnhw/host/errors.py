"""What can go wrong between the host and a board; each message is one line."""

import copy

from rnnhw.errors import RnnhwError

CODES = {
    1: ("CRC", "a request came damaged"),
    2: ("LENGTH", "a request came cut off or too long"),
    3: ("UNKNOWN", "it does not know the request"),
    4: ("DUPLICATE", "a request came twice"),
    5: ("PAYLOAD", "the request does not fit its design"),
    6: ("NOT_LOADED", "something must be loaded first"),
    7: ("OVERRUN", "more requests came than it can hold"),
    8: ("BUSY", "the last initial state was not taken yet"),
}
"""Error code -> its name in docs/host-link.md, and what it means."""
DETAILS = {
    (5, 1): "bytes are missing or too many",
    (5, 2): "a reserved flag, no such stream, or what has not begun goes on",
    (5, 3): "a value is outside its format",
    (5, 4): "a sequence begins or ends, or the stream changes, in the middle of a step",
    (6, 1): "no weights are loaded yet (board.load)",
    (6, 2): "the sequence has no initial state",
}
"""The meaning of some details."""


class HostError(RnnhwError):
    """The board, the line or the port did not do what it should."""

    def followed_by(self, text: str) -> "HostError":
        """The same error, with more to say."""
        error = copy.copy(self)
        error.args = (f"{self}; {text}",)
        return error


class NoBoard(HostError):
    """There is no port, it cannot be opened, or nothing on it answers as a board."""


class WrongDesign(HostError):
    """The board runs another design than the one that was asked for."""


class BoardTimeout(HostError):
    """The board did not answer in time."""


class LinkDamaged(HostError):
    """What came from the board was damaged, or something is missing."""


class Refused(HostError):
    """The board answered a request with an error frame.

    Attributes
    ----------
    code, detail : int
        As in docs/host-link.md.
    """

    def __init__(self, code: int, detail: int = 0):
        name, meaning = CODES.get(code, (f"error {code}", "unknown to this rnnhw"))
        meaning = DETAILS.get((code, detail), meaning)
        super().__init__(f"the board refused: {meaning} ({name}, detail {detail})")
        self.code, self.detail = code, detail

    def __reduce__(self):
        return Refused, (self.code, self.detail), {"args": self.args}
