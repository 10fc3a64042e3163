"""What is done to the last layer's outputs before they leave."""

import numpy as np

from rnnhw.quantize import QuantizedNetwork


def apply_head(network: QuantizedNetwork, y_raw: np.ndarray) -> np.ndarray:
    """The answers, in `network.output`, to raw outputs of shape (..., outputs)."""
    if network.head == "argmax":
        return np.argmax(y_raw, axis=-1, keepdims=True).astype(np.int64)  # the first of equals
    if network.head == "softmax":
        from .softmax import softmax_raw

        return softmax_raw(y_raw, network.result, network.head_bits)
    return y_raw
