"""The hardware view: what a network takes as hardware, and which boards hold it, from its sizes alone."""

from .archive import archive
from .board_fit import BoardFit
from .cycles import Cycles, EngineCycles
from .size import size
from .sizing import Sizing

__all__ = ["BoardFit", "Cycles", "EngineCycles", "Sizing", "archive", "size"]
