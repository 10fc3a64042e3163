"""A batch of sequences over the link: requests out, elements in."""

import time

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat

from .errors import LinkDamaged, Refused
from .link import Link
from .messages import BEGIN, ELEMENTS, END, FINAL, OUTPUT, STATE, Info, element_bytes, pack_elements, unpack_elements

BUSY = 8
BUSY_WAIT = 0.001
"""Seconds before an initial state is sent again that the board has no room for yet."""


def raw_integers(name: str, values, form: QFormat) -> np.ndarray:
    """Integers that are inside a format, as int64."""
    values = np.asarray(values)
    if values.dtype.kind not in "iu":
        raise RnnhwError(f"raw {name} must be integers, not {values.dtype}")
    if values.size and (values.min() < form.min_raw or values.max() > form.max_raw):
        raise RnnhwError(f"raw {name} must be in {form.min_raw}..{form.max_raw}, not {values.min()}..{values.max()}")
    return values.astype(np.int64)


def send_elements(link: Link, info: Info, x_raw: np.ndarray, stream: int, first: bool, last: bool) -> None:
    """Send elements of a sequence in as few requests as they need."""
    width = info.input.width
    content, most = pack_elements(x_raw, width), _room(info, width)
    for start in range(0, len(content), most):
        begins, ends = first and start == 0, last and start + most >= len(content)
        flags = (BEGIN if begins else 0) | (END if ends else 0)
        link.send(ELEMENTS, bytes([flags, stream]) + content[start : start + most])


def send_state(link: Link, info: Info, state_raw: np.ndarray) -> None:
    """Send an initial state, as soon as the board has taken the one before."""
    content, most = pack_elements(state_raw, info.state_bits), _room(info, info.state_bits)
    for start in range(0, len(content), most):
        payload = bytes([0 if start else BEGIN, 0]) + content[start : start + most]
        deadline = time.monotonic() + link.timeout
        while True:
            try:
                link.request(STATE, payload)
                break
            except Refused as refused:
                if refused.code != BUSY or time.monotonic() > deadline:
                    raise
            link.pump(BUSY_WAIT)


def state_form(info: Info) -> QFormat:
    """What holds every raw element of a state."""
    return QFormat(info.state_bits, 0)


def _room(info: Info, width: int) -> int:
    """Bytes of whole elements that a request holds."""
    return (info.largest_payload - 2) // element_bytes(width) * element_bytes(width)


class Batch:
    """Runs sequences, one after the other; they take turns on the core's streams.

    Parameters
    ----------
    link : Link
    info : Info
    x_raw : ndarray of int64, shape (sequences, steps, inputs)
    lengths : ndarray of int64, shape (sequences,)
    states_raw : ndarray of int64, shape (sequences, state size), or None
    progress : callable or None
        Takes how many sequences are answered, and how many there are.
    """

    def __init__(self, link: Link, info: Info, x_raw, lengths, states_raw=None, progress=None):
        self.link, self.info, self.x_raw, self.lengths = link, info, x_raw, lengths
        self.states_raw, self.progress = states_raw, progress or (lambda done, total: None)
        counts = {"many-to-many": lengths, "one-to-many": np.full(len(lengths), info.steps)}
        self.answers = counts.get(info.mode, np.ones_like(lengths))
        sequences = np.arange(len(lengths))
        self._of_stream = [sequences[sequences % info.streams == number] for number in range(info.streams)]
        size = info.output_size * element_bytes(info.output.width)
        self._ends = [np.cumsum(self.answers[numbers] * size) for numbers in self._of_stream]  # in bytes
        self._reported = 0

    def run(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Send everything, and return the raw answers (in the form of `QuantizedNetwork.run_raw`) and final states."""
        info, link = self.info, self.link
        for sequence, length in enumerate(self.lengths.tolist()):
            if self.states_raw is not None:
                send_state(link, info, self.states_raw[sequence])
            send_elements(link, info, self.x_raw[sequence, :length], sequence % info.streams, True, True)
            self._report()
        link.wait(self._complete)
        link.drain()
        return self._outputs(), self._finals()

    def _come(self, kind: int, stream: int) -> int:
        return len(self.link.received.get((kind, stream), b""))

    def _complete(self) -> bool:
        self._report()
        outputs = all(self._come(OUTPUT, stream) >= ends[-1] for stream, ends in enumerate(self._ends) if ends.size)
        return outputs and self._come(FINAL, 0) >= self._final_bytes()

    def _final_bytes(self) -> int:
        info = self.info
        return len(self.lengths) * info.state_size * element_bytes(info.state_bits) if info.gives_states else 0

    def _report(self) -> None:
        done = 0
        for stream, ends in enumerate(self._ends):
            done += int(np.searchsorted(ends, self._come(OUTPUT, stream), "right"))
        if done > self._reported:
            self._reported = done
            self.progress(done, len(self.lengths))

    def _all(self, kind: int, stream: int, count: int, form: QFormat) -> np.ndarray:
        received = self.link.received.pop((kind, stream), bytearray())
        if len(received) != count:
            raise LinkDamaged(f"the board gave {len(received)} bytes of elements, not {count}")
        return unpack_elements(bytes(received), form)

    def _outputs(self) -> np.ndarray:
        info, size = self.info, self.info.output_size
        steps = info.steps if info.mode == "one-to-many" else self.x_raw.shape[1]
        every = np.zeros((len(self.lengths), steps, size), np.int64)
        for stream, numbers in enumerate(self._of_stream):
            total = int(self._ends[stream][-1]) if numbers.size else 0
            rows = self._all(OUTPUT, stream, total, info.output).reshape(-1, size)
            starts = np.cumsum(self.answers[numbers]) - self.answers[numbers]
            for number, start in zip(numbers.tolist(), starts.tolist(), strict=True):
                count = int(self.answers[number])
                every[number, :count] = rows[start : start + count]
        return every[:, 0] if info.mode == "many-to-one" else every

    def _finals(self) -> np.ndarray | None:
        """Final states come in the order in which the sequences end, which is the order in which they are sent."""
        if not self.info.gives_states:
            return None
        return self._all(FINAL, 0, self._final_bytes(), state_form(self.info)).reshape(
            len(self.lengths), self.info.state_size
        )
