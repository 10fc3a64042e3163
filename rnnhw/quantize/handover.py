"""The state that one network leaves becomes the state that another begins with."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import requantize

from .quantized import QuantizedNetwork


def handover(encoder: QuantizedNetwork, decoder: QuantizedNetwork, state_raw) -> np.ndarray:
    """Bring an encoder's final states to the formats of a decoder's initial ones, each element rounded half up.

    Parameters
    ----------
    encoder, decoder : QuantizedNetwork
        With cells of the same kinds and sizes, in the same order.
    state_raw : ndarray of int, shape (sequences, state_size)
        As `encoder.run_raw` returns it.

    Returns
    -------
    ndarray of int64, shape (sequences, state_size)
        As `decoder.run_raw` takes it.

    Raises
    ------
    RnnhwError
        If the cells differ, or `state_raw` has another shape, is not made of integers or is outside its formats.
    """
    check_handover(encoder, decoder)
    state_raw = np.asarray(state_raw)
    if state_raw.dtype.kind not in "iu":
        raise RnnhwError(f"state_raw must be integers, not {state_raw.dtype}")
    if state_raw.ndim != 2 or state_raw.shape[1] != encoder.state_size:
        raise RnnhwError(f"state_raw must have the shape (sequences, {encoder.state_size}), not {state_raw.shape}")
    ends = np.cumsum([count for _, count in encoder.state_formats])[:-1]
    parts = []
    for part, (source, _), (target, _) in zip(
        np.split(state_raw, ends, axis=1), encoder.state_formats, decoder.state_formats, strict=True
    ):
        if part.size and (part.min() < source.min_raw or part.max() > source.max_raw):
            raise RnnhwError(f"state_raw must be in {source.min_raw}..{source.max_raw} where its format is {source}")
        parts.append(requantize(part, source, target))
    return np.concatenate(parts, axis=1)


def check_handover(encoder: QuantizedNetwork, decoder: QuantizedNetwork) -> None:
    """Check that one network's states can become the other's.

    Raises
    ------
    RnnhwError
        Naming the first cells that differ in kind or size.
    TypeError
        If one is no QuantizedNetwork.
    """
    for role, network in (("encoder", encoder), ("decoder", decoder)):
        if not isinstance(network, QuantizedNetwork):
            raise TypeError(f"{role} must be a QuantizedNetwork, not {type(network).__name__}")
    if len(encoder.cells) != len(decoder.cells):
        raise RnnhwError(f"the encoder has {len(encoder.cells)} cells, the decoder {len(decoder.cells)}")
    for mine, other in zip(encoder.cells, decoder.cells, strict=True):
        have, want = ((cell.kind, cell.hidden_size) for cell in (mine, other))
        if have != want:
            raise RnnhwError(
                f"cell {mine.name} of the encoder ({have[0]}, {have[1]} units) cannot hand its state to "
                f"{other.name} of the decoder ({want[0]}, {want[1]} units)"
            )
