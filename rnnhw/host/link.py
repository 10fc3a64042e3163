"""Requests and their answers: two under way at a time, numbered, with time limits."""

import time
from collections import deque

from .errors import BoardTimeout, HostError, LinkDamaged, NoBoard, Refused
from .frames import FLAG, Decoder, Frame, encode
from .messages import ANSWER, ERROR, FINAL, OUTPUT

TRIES = 3
"""How often a request is sent that may be repeated without harm."""


class Link:
    """The host's end of the line.

    Parameters
    ----------
    transport : object
        Has `read(timeout) -> bytes` and `write(bytes)`.
    timeout : float
        Seconds in which something sound has to come while something is awaited.

    Attributes
    ----------
    window : int
        Requests that may be unanswered.
    received : dict of (int, int) to bytearray
        Elements by kind of event (OUTPUT, FINAL) and stream.
    """

    def __init__(self, transport, timeout: float):
        self.transport, self.timeout, self.window = transport, timeout, 1
        self.received: dict[tuple[int, int], bytearray] = {}
        self._decoder, self._frames = Decoder(), deque()
        self._sequence, self._event = 0, 0
        self._waiting, self.answer, self._known = deque(), b"", False

    def send(self, kind: int, payload: bytes = b"") -> None:
        """Send a request as soon as there is room for it; its answer comes by and by."""
        self.wait(lambda: len(self._waiting) < self.window)
        self._waiting.append(self._write(kind, payload))
        self.pump(0)

    def drain(self) -> None:
        """Wait until every request is answered."""
        self.wait(lambda: not self._waiting)

    def request(self, kind: int, payload: bytes = b"") -> bytes:
        """Send a request and wait for its answer's payload, with nothing else under way."""
        self.drain()
        self.send(kind, payload)
        self.drain()
        return self.answer

    def take(self, kind: int, stream: int, count: int) -> bytes | None:
        """The next so many bytes of elements, or None if they have not all come."""
        here = self.received.get((kind, stream), b"")
        if len(here) < count:
            return None
        taken = bytes(here[:count])
        del here[:count]
        return taken

    def wait(self, condition) -> None:
        """Take in what comes until a condition holds.

        Raises
        ------
        BoardTimeout, LinkDamaged, Refused
            As the line deserves.
        """
        deadline = time.monotonic() + self.timeout
        while not condition():
            if self.pump(deadline - time.monotonic()):
                deadline = time.monotonic() + self.timeout
            elif time.monotonic() >= deadline:
                raise BoardTimeout(f"the board did not answer within {self.timeout:g} s")

    def pump(self, patience: float) -> bool:
        """Take in what has come, or the next that comes within so many seconds; returns whether there was a frame."""
        self._frames.extend(self._decoder.feed(self.transport.read(max(0, patience))))
        found = bool(self._frames)
        while self._frames:
            self._take_in(self._frames.popleft())
        return found

    def _take_in(self, frame: Frame | str) -> None:
        if isinstance(frame, str):
            raise LinkDamaged(f"what the board sent came damaged: {frame}")
        if frame.kind == ERROR and len(frame.payload) == 2:
            self._waiting = deque(item for item in self._waiting if item[0] != frame.sequence)
            raise Refused(*frame.payload)
        if frame.kind in (OUTPUT, FINAL) and len(frame.payload) > 2:
            if frame.sequence != self._event:
                raise LinkDamaged(f"event {self._event} of the board is missing: event {frame.sequence} came")
            self._event = (self._event + 1) % 256
            self.received.setdefault((frame.kind, frame.payload[1]), bytearray()).extend(frame.payload[2:])
        elif self._waiting and self._waiting[0] == (frame.sequence, frame.kind & ~ANSWER) and frame.kind & ANSWER:
            self._waiting.popleft()
            self.answer = frame.payload
        else:
            raise LinkDamaged(f"the board sent what nobody asked for (type {frame.kind:#04x})")

    def _write(self, kind: int, payload: bytes) -> tuple[int, int]:
        self._sequence = (self._sequence + 1) % 256
        self.transport.write(encode(Frame(self._sequence, kind, payload)))
        return self._sequence, kind

    def synchronise(self, kind: int) -> bytes:
        """Send a request that may come at any time (HELLO, RESET), until it is answered; drop whatever else comes.

        Returns
        -------
        bytes
            The answer's payload.

        Raises
        ------
        NoBoard
            If no answer comes.
        """
        self._waiting.clear()
        self.received.clear()
        self._decoder, self._frames = Decoder(), deque()
        heard = False
        for _ in range(TRIES):
            self.transport.write(bytes([FLAG, FLAG]))  # whatever the board has of a frame ends here
            wanted = self._write(kind, b"")
            deadline = time.monotonic() + self.timeout / TRIES
            while time.monotonic() < deadline:
                came = self.transport.read(max(0, deadline - time.monotonic()))
                heard |= bool(came.strip(bytes([FLAG])))
                self._frames.extend(self._decoder.feed(came))
                answer = self._find(wanted)
                if answer is not None:
                    self._event, self._known = 0, True
                    return answer
        talk = "what answers is no rnnhw board, or at another baud rate" if heard else "no rnnhw board answers"
        talk = "the board answers no more" if self._known else talk
        raise NoBoard(f"{getattr(self.transport, 'name', 'port')}: {talk}")

    def _find(self, wanted: tuple[int, int]) -> bytes | None:
        while self._frames:
            frame = self._frames.popleft()
            if isinstance(frame, Frame) and (frame.sequence, frame.kind) == (wanted[0], wanted[1] | ANSWER):
                return frame.payload
        return None

    def repeat(self, kind: int) -> bytes:
        """A request that changes nothing on the board: sent again if it or its answer is lost.

        Raises
        ------
        HostError
            The last one, if all tries fail.
        """
        for _ in range(TRIES - 1):
            try:
                return self.request(kind)
            except (BoardTimeout, LinkDamaged, Refused) as error:
                self._settle(error)
        return self.request(kind)

    def _settle(self, error: HostError) -> None:
        """Let what is still on the way come in, and forget it."""
        self._waiting.clear()
        self._decoder, self._frames = Decoder(), deque()
        if not isinstance(error, BoardTimeout):
            while self.transport.read(self.timeout / 20):
                pass
