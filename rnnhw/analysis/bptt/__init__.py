"""How gradients travel through time: Jacobians of the recurrences, backpropagation in full and truncated."""

from rnnhw.analysis.bptt.analyse import Bptt, analyse
from rnnhw.analysis.bptt.backward import Pass
from rnnhw.analysis.bptt.jacobians import products, step_jacobians
from rnnhw.analysis.bptt.tape import read_tapes

__all__ = ["Bptt", "Pass", "analyse", "products", "read_tapes", "step_jacobians"]
