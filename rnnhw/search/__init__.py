"""Search for the configuration that suits a board best, by the estimates of all of them."""

from .best import fit
from .candidate import Candidate
from .found import Found
from .space import KNOBS

__all__ = ["KNOBS", "Candidate", "Found", "fit"]
