"""The host link: what stands between a core's streams and a board's pins."""

from .linked_core import LinkedCore

__all__ = ["LinkedCore"]
