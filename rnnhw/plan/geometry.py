"""How an engine's lanes are arranged."""

from typing import NamedTuple


class Geometry(NamedTuple):
    """Lanes, the pipelines behind them, and the columns that they take in a cycle.

    Unit u of a pass belongs to pipeline ``u % pipelines``; each pipeline has `lanes` lanes of its own, and all
    of them work in lockstep on the same columns: in *round* j on units ``j * pipelines ..``.

    Parameters
    ----------
    lanes : int
        Multiply-accumulators of each pipeline.
    pipelines : int
        Drain, activation and update pipelines.
    columns : int
        Columns a cycle; divides `pipelines` or is divided by it.
    """

    lanes: int
    pipelines: int = 1
    columns: int = 1

    @property
    def all_lanes(self) -> int:
        """Multiply-accumulators of the engine."""
        return self.lanes * self.pipelines

    @property
    def word(self) -> int:
        """Elements of a word of the state memory: what is written, or read, in a cycle at most."""
        return max(self.pipelines, self.columns)

    def rounds(self, units: int) -> int:
        """Rounds in which the pipelines do `units` units."""
        return -(-units // self.pipelines)

    def words(self, length: int) -> int:
        """Cycles in which a vector of `length` elements is read."""
        return -(-length // self.columns)
