"""A board in Python: the protocol once more, written from docs/host-link.md alone, with golden behind it."""

import time
from dataclasses import dataclass, field

import numpy as np

ANSWERS = {1: 0x81, 2: 0x82, 3: 0x83, 4: 0x84, 5: 0x85, 6: 0x86}
MODES = ("one-to-one", "one-to-many", "many-to-one", "many-to-many")


def slow_crc(content: bytes) -> int:
    value = 0xFFFF
    for byte in content:
        for bit in range(8):
            top = (value >> 15) ^ (byte >> (7 - bit) & 1)
            value = (value << 1 ^ (0x1021 if top else 0)) & 0xFFFF
    return value


def wire(sequence: int, kind: int, payload: bytes = b"") -> bytes:
    """A frame as it stands on the wire."""
    body = bytes([len(payload), sequence, kind, *payload])
    check = slow_crc(body)
    escaped = bytearray()
    for byte in (*body, check >> 8, check & 255):
        escaped += bytes([0x7D, byte ^ 0x20]) if byte in (0x7D, 0x7E) else bytes([byte])
    return bytes([0x7E, *escaped, 0x7E])


def unwire(content: bytes):
    """(sequence, kind, payload) of what stands between two flags, or the error code and the sequence."""
    plain, escape = bytearray(), False
    for byte in content:
        if byte == 0x7D and not escape:
            escape = True
            continue
        plain.append(byte ^ 0x20 if escape else byte)
        escape = False
    if escape or len(plain) < 5 or plain[0] > 240 or plain[0] != len(plain) - 5:
        return 2, plain[1] if len(plain) > 1 else 0
    if slow_crc(plain[:-2]) != plain[-2] << 8 | plain[-1]:
        return 1, plain[1]
    return plain[1], plain[2], bytes(plain[3:-2])


@dataclass
class Sequence:
    """What has come of one stream's sequence."""

    elements: list[int] = field(default_factory=list)
    state: np.ndarray | None = None
    answered: int = 0


class Core:
    """What is behind the frames: a network, the elements that have come, states and weights.

    Attributes
    ----------
    answer : bytes
        The payload of the answer to the request that was carried out last.
    out : bytearray
        What goes to the host.
    """

    def __init__(self, network, identity=bytes(8), *, takes=False, gives=False, images=None, streams=1, max_steps=0):
        self.network, self.identity, self.takes, self.gives = network, identity, takes, gives
        self.images, self.loaded, self.load_error = images, False, False
        self.streams, self.max_steps, self.version = streams, max_steps, 1
        self.out, self.answer, self.good, self.errors = bytearray(), b"", 0, 0
        self.begin_anew()

    def begin_anew(self):
        self.sequences, self.event, self.state_bytes, self.states = {}, 0, b"", []
        self.image, self.given, self.taken = b"", 0, 0

    def carry_out(self, kind, payload):
        self.answer = b""
        work = (None, self._hello, self._elements, self._load, self._state, self._counters, self._reset)
        return work[kind](payload)

    def _hello(self, payload):
        net = self.network
        flags = (1, self.images is not None), (2, self.takes), (4, self.gives), (8, self.loaded), (16, self.load_error)
        numbers = [(self.version, 1), *((byte, 1) for byte in self.identity), (net.input_size, 2), (net.output_size, 2)]
        numbers += [(net.input.width, 1), (net.input.frac & 255, 1), (net.output.width, 1), (net.output.frac & 255, 1)]
        numbers += [(MODES.index(net.mode), 1), (sum(bit for bit, on in flags if on), 1), (self.streams, 1)]
        has_state = self.takes or self.gives
        bits = max(form.width for form, _ in net.state_formats) if has_state else 0
        numbers += [(net.state_size if has_state else 0, 2), (bits, 1), (net.steps or 0, 2), (self.max_steps, 2)]
        numbers += [(12_000_000, 4), (2, 1), (240, 1)]
        self.answer = b"".join(value.to_bytes(size, "little") for value, size in numbers)

    def _elements(self, payload):
        size = -(-self.network.input.width // 8)
        if len(payload) < 2 + size or (len(payload) - 2) % size or payload[0] > 3 or payload[1] >= self.streams:
            return 5
        if self.images is not None and not self.loaded:
            return 6
        flags, stream = payload[0], payload[1]
        if flags & 1:
            if self.takes and not self.states:
                return 5
            self.sequences[stream] = Sequence(state=self.states.pop(0) if self.takes else None)
        values = [payload[at : at + size] for at in range(2, len(payload), size)]
        here = self.sequences[stream]
        here.elements += [int.from_bytes(value, "little", signed=True) for value in values]
        self.taken += len(values)
        self._answer(stream, here, bool(flags & 2))
        return None

    def _answer(self, stream, here, last):
        net = self.network
        steps = len(here.elements) // net.input_size
        if not steps or (not last and (net.mode != "many-to-many" or self.max_steps)):
            return
        x = np.array(here.elements[: steps * net.input_size]).reshape(1, steps, -1)
        options = {} if here.state is None else {"initial_state": here.state[None]}
        y, final = net.run_raw(x, return_state=True, **options)
        rows = y.reshape(-1, net.output_size)
        if net.mode == "many-to-many":
            rows, here.answered = rows[here.answered :], len(rows)
        for row in rows:
            self._event(0xC1, stream, row, net.output.width)
        self.given += rows.size
        if last and self.gives:
            self._event(0xC2, 0, final[0], max(form.width for form, _ in net.state_formats))

    def _event(self, kind, stream, values, width):
        size = -(-width // 8)
        content = b"".join((int(value) & (1 << 8 * size) - 1).to_bytes(size, "little") for value in values)
        for start in range(0, len(content), 128 // size * size):
            part = content[start : start + 128 // size * size]
            ends = 2 if start + len(part) == len(content) else 0
            self.out += wire(self.event, kind, bytes([ends, stream]) + part)
            self.event = (self.event + 1) % 256

    def _load(self, payload):
        if self.images is None or not payload:
            return 5
        self.image += payload[1:]
        if payload[0] & 1:
            self.loaded = self.image in self.images
            self.load_error = not self.loaded
            self.network = self.images.get(self.image, self.network)
            self.image = b""
        self.answer = bytes([1 if self.loaded else 2])
        return None

    def _state(self, payload):
        if not self.takes:
            return 5
        if self.states:
            return 8
        size = -(-max(form.width for form, _ in self.network.state_formats) // 8)
        self.state_bytes = (b"" if payload[0] & 1 else self.state_bytes) + payload[2:]
        if len(self.state_bytes) == size * self.network.state_size:
            values = [self.state_bytes[at : at + size] for at in range(0, len(self.state_bytes), size)]
            self.states.append(np.array([int.from_bytes(value, "little", signed=True) for value in values]))
        return None

    def _counters(self, payload):
        numbers = (1000, 6), (500, 6), (self.taken, 4), (self.given, 4), (0, 4), (self.good, 2), (self.errors, 2)
        self.answer = b"".join(value.to_bytes(size, "little") for value, size in numbers)

    def _reset(self, payload):
        self.begin_anew()
        self.good = self.errors = 0


class Double(Core):
    """Behaves as a board; each frame that has come is worked on at once.

    Attributes
    ----------
    seen : list of (int, int, bytes)
        Sound requests: sequence number, kind, payload.
    script : list
        For the next requests other than HELLO and RESET, in order: None (carry it out), an error code, "mute" (carry
        it out, say nothing) or a callable that takes the answer's bytes and returns others.
    held : bool
        Leave requests unanswered until `release`; how many waited at most is `most_held`.
    """

    name = "double"

    def __init__(self, network, identity=bytes(8), **facts):
        self.seen, self.script, self.closed = [], [], False
        self.held, self.queue, self.most_held = False, [], 0
        self.pending, self.begun, self.last = bytearray(), False, None
        super().__init__(network, identity, **facts)

    def begin_anew(self):
        super().begin_anew()
        self.queue.clear()

    def read(self, timeout):
        if not self.out and self.held and self.queue and timeout:
            self.release(1)
        if not self.out:
            time.sleep(min(timeout, 0.01))
        received, self.out = bytes(self.out), bytearray()
        return received

    def write(self, sent):
        for byte in sent:
            if byte != 0x7E:
                self.pending.append(byte)
                continue
            if self.begun and self.pending:
                self._frame(bytes(self.pending))
            self.begun = True
            self.pending.clear()

    def close(self):
        self.closed = True

    def _error(self, sequence, code):
        self.errors += 1
        self.out += wire(sequence, 0xFF, bytes([code, 0]))

    def _frame(self, content):
        found = unwire(content)
        if len(found) == 2:
            return self._error(found[1], found[0])
        sequence, kind, _ = found
        self.good += 1
        if kind not in ANSWERS:
            return self._error(sequence, 3)
        if kind != 1 and sequence == self.last:
            return self._error(sequence, 4)
        if kind != 1:
            self.last = sequence
        self.seen.append(found)
        self.queue.append(found)
        self.most_held = max(self.most_held, len(self.queue))
        return None if self.held and kind not in (1, 6) else self.release(len(self.queue))

    def release(self, count):
        for _ in range(count):
            sequence, kind, payload = self.queue.pop(0)
            act = self.script.pop(0) if self.script and kind not in (1, 6) else None
            if isinstance(act, int):
                self._error(sequence, act)
                continue
            kept, self.out = self.out, bytearray()
            code = self.carry_out(kind, payload)
            answer = wire(sequence, ANSWERS[kind], self.answer) if code is None else b""
            if code is not None:
                self._error(sequence, code)
            made = self.out + answer
            self.out = kept + (b"" if act == "mute" else act(bytes(made)) if act else made)
            if kind == 6:
                return
