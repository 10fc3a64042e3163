"""Search for the configuration that suits a board best, by the estimates of all of them."""

from .candidate import Candidate
from .fit import fit
from .found import Found
from .space import KNOBS

__all__ = ["KNOBS", "Candidate", "Found", "fit"]
