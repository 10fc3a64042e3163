"""What a recurrent network costs to run and to train, and whether it will train: from its sizes alone, in numpy."""

from rnnhw.analysis.architecture import Architecture, shape_of
from rnnhw.analysis.initial import FRAMEWORKS, initial_network
from rnnhw.analysis.shapes import CellShape, DenseShape, Shape

__all__ = [
    "FRAMEWORKS",
    "Architecture",
    "CellShape",
    "DenseShape",
    "Shape",
    "initial_network",
    "shape_of",
]
