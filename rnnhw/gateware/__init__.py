"""Amaranth components: the hardware."""

from .encoder_decoder import EncoderDecoder
from .network_top import NetworkTop

__all__ = ["EncoderDecoder", "NetworkTop"]
