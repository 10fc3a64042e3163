"""The schedule of a core's chain, stage by stage: when each element goes from one stage to the next."""

from .base import Sink, Stage, Step, accept
from .feedback import FeedbackStage
from .heads import ArgmaxStage, SoftmaxStage
from .sequence_buffer import Piece, SequenceBufferStage, buffer_words

__all__ = [
    "ArgmaxStage",
    "FeedbackStage",
    "Piece",
    "SequenceBufferStage",
    "Sink",
    "SoftmaxStage",
    "Stage",
    "Step",
    "accept",
    "buffer_words",
]
