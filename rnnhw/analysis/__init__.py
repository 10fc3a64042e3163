"""What a recurrent network costs to run and to train, and whether it will train: from its sizes alone, in numpy."""

from rnnhw.analysis.alternatives import Saving, savings, side_by_side
from rnnhw.analysis.architecture import Architecture, shape_of
from rnnhw.analysis.calculation import Calculation, Memory, Time, Work, calculate
from rnnhw.analysis.figure import Figure
from rnnhw.analysis.initial import FRAMEWORKS, initial_network, other_cells
from rnnhw.analysis.measure import measure_processor
from rnnhw.analysis.memory import activation_elements
from rnnhw.analysis.operations import Elementwise, backward_macs, forward_elementwise, forward_macs
from rnnhw.analysis.processor import PROCESSORS, Processor, find_processor
from rnnhw.analysis.pruning import Pruned, pruned
from rnnhw.analysis.roofline import Phase
from rnnhw.analysis.shapes import CellShape, DenseShape, Shape
from rnnhw.analysis.workload import OPTIMISERS, PRECISIONS, Workload

__all__ = [
    "FRAMEWORKS",
    "OPTIMISERS",
    "PRECISIONS",
    "PROCESSORS",
    "Architecture",
    "Calculation",
    "CellShape",
    "DenseShape",
    "Elementwise",
    "Figure",
    "Memory",
    "Phase",
    "Processor",
    "Pruned",
    "Saving",
    "Shape",
    "Time",
    "Work",
    "Workload",
    "activation_elements",
    "backward_macs",
    "calculate",
    "find_processor",
    "forward_elementwise",
    "forward_macs",
    "initial_network",
    "measure_processor",
    "other_cells",
    "pruned",
    "savings",
    "shape_of",
    "side_by_side",
]
