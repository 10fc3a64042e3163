"""Amaranth components: the hardware."""

from .network_top import NetworkTop

__all__ = ["NetworkTop"]
