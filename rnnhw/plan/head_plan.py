"""A plan of a head."""

from dataclasses import dataclass
from functools import cached_property

from rnnhw.fixedpoint import QFormat
from rnnhw.fixedpoint.exponential import SoftmaxTables, softmax_tables

from .memory_map import MemoryUse, head_memory_map


@dataclass(frozen=True)
class HeadPlan:
    """What stands behind the last layer: "argmax" or "softmax" over `size` elements of a format, to another format."""

    name: str
    size: int
    source: QFormat
    target: QFormat

    @cached_property
    def tables(self) -> SoftmaxTables:
        """What a softmax computes with."""
        return softmax_tables(self.size, self.source, self.target.frac)

    @cached_property
    def memories(self) -> dict[str, MemoryUse]:
        """The memory map."""
        return head_memory_map(self)

    def contents(self, _name: str) -> tuple[int, ...]:
        """The words of the one read-only memory."""
        return self.tables.words

    def varying_columns(self, _name: str) -> int:
        """Bits of its words that are not the same in all words."""
        return self.tables.varying_columns
