"""The block diagram of a core, with its sizes, as SVG."""

from .draw import engine_diagram, page_diagram

__all__ = ["engine_diagram", "page_diagram"]
