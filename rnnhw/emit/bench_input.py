"""What an emitted bench runs: seeded sequences that exercise every stream, and such sequences read back."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnhw.errors import RnnhwError

from .core import Core
from .vectors import Vectors, seeded_input, seeded_state

STEPS = 6  # of the longest seeded sequence
CORNERS = 4  # sequences of corner cases, and two more for each further stream
BROKEN_OFF = 1  # the one of them that is


@dataclass(frozen=True, eq=False)
class Sequences:
    """Raw sequences, as `Core.vectors` takes them."""

    x_raw: np.ndarray
    lengths: np.ndarray
    complete: np.ndarray
    state: np.ndarray | None

    def first(self, count: int | None) -> "Sequences":
        """The first so many."""
        state = None if self.state is None else self.state[:count]
        return Sequences(self.x_raw[:count], self.lengths[:count], self.complete[:count], state)


def seeded_vectors(core: Core, x_raw=None, lengths=None) -> Vectors:
    """Given sequences, if any, and behind them seeded ones that reach the corners of all that goes in.

    One of the seeded ones is broken off, and each has its own initial state where the core takes one.
    """
    network = core.plan.network
    longest = min(STEPS, core.plan.hardware.max_steps) if core.plan.buffered else STEPS
    corners, corner_lengths = seeded_input(network, CORNERS + 2 * (core.streams - 1), longest)
    complete = np.ones(len(corners), bool)
    complete[BROKEN_OFF] = not core.can_break_off(int(corner_lengths[BROKEN_OFF]))
    takes_state = any(channel.name == "state" for channel in core.ports.channels)
    state = seeded_state(network, len(corners)) if takes_state else None
    if x_raw is not None:
        steps = max(x_raw.shape[1], corners.shape[1])
        padded = [np.pad(part, ((0, 0), (0, steps - part.shape[1]), (0, 0))) for part in (x_raw, corners)]
        corners, corner_lengths = np.concatenate(padded), np.concatenate([lengths, corner_lengths])
        complete = np.concatenate([np.ones(len(x_raw), bool), complete])
        if takes_state:
            state = np.concatenate([np.tile(network.initial_raw, (len(x_raw), 1)), state])
    return core.vectors(corners, corner_lengths, complete=complete, initial_state=state)


def read_sequences(path: Path, core: Core) -> Sequences:
    """The sequences whose beats a vector file holds.

    Raises
    ------
    RnnhwError
        If the file is not one of this core's.
    """
    network, streams = core.plan.network, core.streams
    try:
        beats = {stream["name"]: stream["beats"] for stream in json.loads(Path(path).read_text())["inputs"]}
        columns = {name: np.array(values, np.int64) for name, values in beats["i"].items()}
        steps = {name: values.reshape(-1, network.input_size) for name, values in columns.items()}
        state = np.array(beats["state"]["data"], np.int64).reshape(-1, network.state_size) if "state" in beats else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RnnhwError(f"{path}: not the vectors of {core.name} ({error})") from None
    stream = steps["stream"][:, 0] if streams > 1 else np.zeros(len(steps["data"]), np.int64)
    first = steps["first"][:, 0].astype(bool)
    started = np.zeros(streams, np.int64)  # sequences, by stream
    number = np.zeros(len(first), np.int64)
    for step, where in enumerate(stream.tolist()):
        started[where] += first[step]
        number[step] = where + streams * (started[where] - 1)
    lengths = np.bincount(number, minlength=1) if (number >= 0).all() else np.zeros(1, np.int64)
    if not lengths.all():
        raise RnnhwError(f"{path}: not the vectors of {core.name} (a step without its sequence)")
    x_raw = np.zeros((len(lengths), int(lengths.max()), network.input_size), np.int64)
    complete = np.zeros(len(lengths), bool)
    seen = np.zeros(len(lengths), np.int64)
    for step, sequence in enumerate(number.tolist()):
        x_raw[sequence, seen[sequence]] = steps["data"][step]
        complete[sequence] |= bool(steps["last"][step, -1])
        seen[sequence] += 1
    if state is not None:
        state = state[np.argsort(number[first])]
    return Sequences(x_raw, lengths, complete, state)
