"""Sequences as stream beats, and the answers that golden expects."""

from dataclasses import dataclass, field

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.plan import StepMark
from rnnhw.quantize import QuantizedNetwork

from .stimulus import Sink, Source, Stimulus

ONE_STEP = ("one-to-one", "one-to-many")  # modes in which a sequence has one input step


@dataclass(frozen=True, eq=False)
class Vectors:
    """A batch of sequences as they go over the streams of a core.

    Parameters
    ----------
    x_raw : ndarray of int64, shape (sequences, steps, inputs)
    lengths : ndarray of int64, shape (sequences,)
    complete : ndarray of bool, shape (sequences,)
        False where a sequence is broken off after its length, by the next one's start.
    initial_state : ndarray of int64, shape (sequences, state size), or None
    order : list of (int, int)
        Sequence and step of each input step, in the order in which they are sent.
    steps : list of StepMark
        The same steps, as the plan takes them.
    beats : dict of str to dict of str to ndarray of int64
        By input stream, then by field.
    expected : dict of str to dict of str to ndarray of int64
        By output stream, then by field; by golden.
    status : dict of str to int
        The plain outputs as they have to be in the end.
    answers : ndarray of int64
        What golden answers, in the form of `QuantizedNetwork.run_raw`; zero where a sequence gives no answer.
    slots : tuple of ndarray
        Index of each answer's place in `answers`, in the order in which they come out.
    final_state : ndarray of int64, shape (sequences, state size), or None
        Zero for a sequence that is broken off.
    ended : ndarray of int64
        The complete sequences, in the order in which they end.
    """

    x_raw: np.ndarray
    lengths: np.ndarray
    complete: np.ndarray
    initial_state: np.ndarray | None
    order: list[tuple[int, int]]
    steps: list[StepMark]
    beats: dict[str, dict[str, np.ndarray]]
    expected: dict[str, dict[str, np.ndarray]]
    answers: np.ndarray
    slots: tuple[np.ndarray, ...]
    final_state: np.ndarray | None
    ended: np.ndarray
    status: dict[str, int] = field(default_factory=dict)

    def stimulus(self, max_cycles: int, patterns: dict | None = None, reset_at: int | None = None) -> Stimulus:
        """These beats, with stall patterns by stream."""
        patterns = patterns or {}
        return Stimulus(
            {name: Source(columns, patterns.get(name)) for name, columns in self.beats.items()},
            {name: Sink(len(columns["data"]), patterns.get(name)) for name, columns in self.expected.items()},
            max_cycles,
            reset_at,
        )

    def answers_of(self, data) -> np.ndarray:
        """The data of the stream `o` in the form of `answers`."""
        found = np.zeros_like(self.answers)
        found[self.slots] = np.asarray(data, np.int64).reshape(-1, found.shape[-1])
        return found

    def final_state_of(self, data) -> np.ndarray | None:
        """The data of the stream `final` in the form of `final_state`."""
        if self.final_state is None:
            return None
        found = np.zeros_like(self.final_state)
        found[self.ended] = np.asarray(data, np.int64).reshape(-1, found.shape[-1])
        return found


def make_vectors(
    network: QuantizedNetwork,
    x_raw: np.ndarray,
    lengths=None,
    *,
    streams: int = 1,
    complete=None,
    initial_state=None,
    final_state: bool = False,
    image: bytes | None = None,
) -> Vectors:
    """Beats and expected answers of raw input sequences.

    Parameters
    ----------
    network : QuantizedNetwork
    x_raw : ndarray of int, shape (sequences, steps, inputs)
    lengths : ndarray of int, shape (sequences,), optional
    streams : int
        Of the core: sequence q goes to stream q mod `streams`. The streams take turns, a step each, as long as
        they have steps.
    complete : sequence of bool, optional
        Which sequences get to their end; by default all. The others are broken off after their length.
    initial_state : ndarray of int, shape (sequences, state size), optional
        Raw values, which go over the stream `state`. Without it, the network's own initial state is what counts
        and there is no such stream.
    final_state : bool
        Whether the core gives the final state on the stream `final`.
    image : bytes, optional
        What is loaded first, over the stream `load`.

    Raises
    ------
    RnnhwError
        If the shapes disagree, or a sequence of one step is to be broken off.
    """
    x_raw = np.asarray(x_raw, np.int64)
    lengths = np.full(len(x_raw), x_raw.shape[1]) if lengths is None else np.asarray(lengths)
    complete = _complete(network, complete, len(x_raw))
    initial_state = _state(network, initial_state, len(x_raw))
    order = send_order(lengths, streams)
    sequence, step = np.array(order, np.int64).reshape(-1, 2).T
    first, last = step == 0, (step == lengths[sequence] - 1) & complete[sequence]
    stream = sequence % streams
    ended = sequence[last]
    answers, state = _golden(network, x_raw, lengths, initial_state, final_state)
    slots, final = _answering(network, sequence, step, last, complete, lengths)
    beats = {"i": _marked(x_raw[sequence, step], stream, streams, first=first, last=last)}
    rows = answers[slots]
    expected = {"o": _marked(rows, slots[0] % streams, streams, last=final)}
    if initial_state is not None:
        beats["state"] = {"data": initial_state[sequence[first]].reshape(-1)}
    if final_state:
        expected["final"] = _marked(state[ended], None, 1, last=np.ones(len(ended), bool))
    if image is not None:
        values = np.frombuffer(image, np.uint8).astype(np.int64)
        beats["load"] = {"data": values, "last": (np.arange(len(values)) == len(values) - 1).astype(np.int64)}
    kept = np.zeros_like(answers)
    kept[slots] = rows
    if state is not None:
        state = np.where(complete[:, None], state, 0)
    return Vectors(
        x_raw=x_raw,
        lengths=lengths.astype(np.int64),
        complete=complete,
        initial_state=initial_state,
        order=order,
        steps=[StepMark(*mark) for mark in zip(first.tolist(), last.tolist(), stream.tolist(), strict=True)],
        beats=beats,
        expected=expected,
        answers=kept,
        slots=slots,
        final_state=state,
        ended=ended,
        status={} if image is None else {"loaded": 1, "load_error": 0},
    )


def send_order(lengths, streams: int = 1) -> list[tuple[int, int]]:
    """Sequence and step of each input step: the streams take turns, a step each, as long as they have steps."""
    steps = [(sequence, step) for sequence, length in enumerate(lengths) for step in range(length)]
    queues = [[item for item in steps if item[0] % streams == number] for number in range(streams)]
    rounds = max(map(len, queues), default=0)
    return [queue[turn] for turn in range(rounds) for queue in queues if turn < len(queue)]


def _complete(network, complete, sequences: int) -> np.ndarray:
    complete = np.ones(sequences, bool) if complete is None else np.asarray(complete, bool)
    if complete.shape != (sequences,):
        raise RnnhwError(f"complete must have one entry per sequence, {sequences}, not {complete.shape}")
    if network.mode in ONE_STEP and not complete.all():
        raise RnnhwError(f"a sequence of a {network.mode} network has one step: it cannot be broken off")
    return complete


def _state(network, state, sequences: int) -> np.ndarray | None:
    if state is None:
        return None
    state, wanted = np.asarray(state), (sequences, network.state_size)
    if state.dtype.kind not in "iu" or state.shape != wanted:
        raise RnnhwError(f"initial_state must hold integers of shape {wanted}, not {state.dtype} of {state.shape}")
    return state.astype(np.int64)


def _golden(network, x_raw, lengths, initial_state, final_state: bool):
    options = {} if initial_state is None else {"initial_state": initial_state}
    if not final_state:
        return network.run_raw(x_raw, lengths, **options), None
    return network.run_raw(x_raw, lengths, return_state=True, **options)


def _answering(network, sequence, step, last, complete, lengths) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """The answers in the order in which they come: indices into golden's, and which of them end a sequence's."""
    ended = sequence[last]
    if network.mode == "many-to-one":
        return (ended,), np.ones(len(ended), bool)
    if network.mode == "one-to-many":
        count = np.full(len(ended), network.steps)
    elif any(True in layer.backwards for layer in network.layers):
        count = lengths[ended]  # whole sequences are stored, then answered: one that is broken off never is
    else:
        return (sequence, step), last
    sequence = np.repeat(ended, count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return (sequence, step), step == np.repeat(count, count) - 1


def _marked(rows: np.ndarray, stream, streams: int, **marks) -> dict[str, np.ndarray]:
    """Rows as beats: `first` stands on a row's first element, `last` on its last one."""
    columns = {"data": rows.reshape(-1).astype(np.int64)}
    for name, mark in marks.items():
        column = np.zeros(rows.shape, np.int64)
        column[:, 0 if name == "first" else -1] = mark
        columns[name] = column.reshape(-1)
    if streams > 1:
        columns["stream"] = np.repeat(stream, rows.shape[-1]).astype(np.int64)
    return columns


def seeded_input(network: QuantizedNetwork, sequences: int = 4, steps: int = 6, seed: int = 1):
    """Raw input sequences of different lengths that reach every corner of the input's range.

    Returns
    -------
    x_raw : ndarray of int64, shape (sequences, steps, inputs)
        With one step where the network's mode says so.
    lengths : ndarray of int64, shape (sequences,)
    """
    rng = np.random.default_rng(seed)
    steps = 1 if network.mode in ONE_STEP else steps
    x_raw = _corners(rng, network.input, (sequences, steps, network.input_size))
    return x_raw, rng.integers(1, steps + 1, sequences)


def seeded_state(network: QuantizedNetwork, sequences: int, seed: int = 2) -> np.ndarray:
    """Raw initial states, shape (sequences, state size), that reach every corner of their formats."""
    rng = np.random.default_rng(seed)
    return np.concatenate([_corners(rng, form, (sequences, count)) for form, count in network.state_formats], axis=1)


def _corners(rng, form, shape) -> np.ndarray:
    low, high = form.min_raw, form.max_raw
    values = rng.integers(low, high + 1, shape)
    corners = rng.random(shape)
    return np.where(corners < 0.1, low, np.where(corners > 0.9, high, values))


def raw_state(network: QuantizedNetwork, state) -> np.ndarray:
    """Raw values of float states, shape (sequences, state size).

    Raises
    ------
    RnnhwError
        If the shape is another.
    """
    state = np.asarray(state, np.float64)
    if state.ndim != 2 or state.shape[1] != network.state_size:
        raise RnnhwError(f"a state must have the shape (sequences, {network.state_size}), not {state.shape}")
    ends = np.cumsum([count for _, count in network.state_formats])[:-1]
    parts = zip(network.state_formats, np.split(state, ends, axis=1), strict=True)
    return np.concatenate([form.from_float(part) for (form, _), part in parts], axis=1)
