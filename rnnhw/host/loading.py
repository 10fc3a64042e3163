"""Weights over the link."""

from rnnhw.errors import RnnhwError

from .link import Link
from .messages import LOAD, LOAD_END, LOADED, Info


def image_of(weights, reference) -> bytes:
    """The image to send, of an image or of a network."""
    if isinstance(weights, bytes | bytearray):
        if not weights:
            raise RnnhwError("an image must have a byte at least")
        return bytes(weights)
    if not hasattr(weights, "layers"):
        raise TypeError(f"weights must be an image (bytes) or a QuantizedNetwork, not {type(weights).__name__}")
    if reference is None or reference.plan is None:
        raise RnnhwError("a network can be loaded where the board was opened with design=, else an image")
    return reference.plan.load_image(weights)


def send_image(link: Link, info: Info, image: bytes, progress=None) -> bool:
    """Send an image; returns whether the board says that it came whole and is its own."""
    most = info.largest_payload - 1
    for start in range(0, len(image), most):
        end = start + most
        link.send(LOAD, bytes([LOAD_END if end >= len(image) else 0]) + image[start:end])
        if progress is not None:
            progress(min(end, len(image)), len(image))
    link.drain()
    return link.answer[:1] == bytes([LOADED])
