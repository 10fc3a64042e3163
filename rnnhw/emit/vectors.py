"""Sequences as stream beats, and the answers that golden expects."""

from dataclasses import dataclass

import numpy as np

from rnnhw.quantize import QuantizedNetwork


@dataclass(frozen=True, eq=False)
class Vectors:
    """A batch of sequences as they go over the streams, one after the other.

    Parameters
    ----------
    x_raw : ndarray of int64, shape (sequences, steps, inputs)
    lengths : ndarray of int64, shape (sequences,)
    data, first, last : ndarray of int64, shape (beats,)
        Input beats.
    expected : ndarray of int64, shape (outputs,)
        Output beats' data, by golden.
    expected_last : ndarray of int64, shape (outputs,)
    """

    x_raw: np.ndarray
    lengths: np.ndarray
    data: np.ndarray
    first: np.ndarray
    last: np.ndarray
    expected: np.ndarray
    expected_last: np.ndarray


def make_vectors(network: QuantizedNetwork, x_raw: np.ndarray, lengths=None) -> Vectors:
    """Beats and expected answers of raw input sequences.

    Parameters
    ----------
    network : QuantizedNetwork
    x_raw : ndarray of int, shape (sequences, steps, inputs)
    lengths : ndarray of int, shape (sequences,), optional
    """
    answers = network.run_raw(x_raw, lengths)
    sequences, steps, inputs = x_raw.shape
    lengths = np.full(sequences, steps) if lengths is None else np.asarray(lengths)
    beats = lengths * inputs
    if network.mode == "many-to-many":
        expected = np.concatenate(
            [answer[:length].reshape(-1) for answer, length in zip(answers, lengths, strict=True)]
        )
        sizes = lengths * network.output_size
    else:
        expected, sizes = answers.reshape(-1), np.full(sequences, network.output_size)
    return Vectors(
        np.asarray(x_raw, np.int64),
        lengths.astype(np.int64),
        np.concatenate([x[:length].reshape(-1) for x, length in zip(x_raw, lengths, strict=True)]).astype(np.int64),
        _marks(beats, np.cumsum(beats) - beats),
        _marks(beats, np.cumsum(beats) - 1),
        expected.astype(np.int64),
        _marks(sizes, np.cumsum(sizes) - 1),
    )


def _marks(sizes: np.ndarray, positions: np.ndarray) -> np.ndarray:
    marks = np.zeros(int(sizes.sum()), np.int64)
    marks[positions] = 1
    return marks


def seeded_input(network: QuantizedNetwork, sequences: int = 4, steps: int = 6, seed: int = 1):
    """Raw input sequences of different lengths that reach every corner of the input's range.

    Returns
    -------
    x_raw : ndarray of int64, shape (sequences, steps, inputs)
    lengths : ndarray of int64, shape (sequences,)
    """
    rng = np.random.default_rng(seed)
    low, high = network.input.min_raw, network.input.max_raw
    x_raw = rng.integers(low, high + 1, (sequences, steps, network.input_size))
    corners = rng.random(x_raw.shape)
    x_raw = np.where(corners < 0.1, low, np.where(corners > 0.9, high, x_raw))
    return x_raw, rng.integers(1, steps + 1, sequences)
