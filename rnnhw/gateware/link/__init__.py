"""The host link: what stands between a core's streams and a board's pins."""

from .flash_loader import FlashImage
from .linked_core import LinkedCore

__all__ = ["FlashImage", "LinkedCore"]
