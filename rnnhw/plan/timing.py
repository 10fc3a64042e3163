"""Pipeline positions that the gateware obeys and the schedule computes with (docs/design.md).

Front: a column is *issued* (addresses go to the memories), and `CAPTURE` cycles later its product is
accumulated; if it is a group's last column all sums are captured in that cycle. Back: a row is *issued*
from the drain, and the positions below are cycles after that.
"""

from dataclasses import dataclass

from rnnhw.fixedpoint import ActivationTable

CAPTURE = 3  # issue of a column -> accumulation: memory, multiplier input, product
SUM = 1  # the biased sum stands in its register
DENSE_RESULT = 2  # a dense result is written or pushed out
PRODUCT = 2  # multiplier inputs -> product
OUTPUT = 1  # pushed into the output buffer -> transferred at the port
LOADED = 1  # x accepted at the port -> may be read


@dataclass(frozen=True)
class Timing:
    """Positions that depend on the activation table.

    Parameters
    ----------
    table_latency : int
        Pre-activation register -> activation value: 1 for a plain table, 3 with interpolation.
    """

    table_latency: int

    @classmethod
    def of(cls, table: ActivationTable) -> "Timing":
        """Timing with a given table."""
        return cls(3 if table.residual_bits else 1)

    @property
    def activation(self) -> int:
        """A gate's value stands at the multiplier's inputs."""
        return 2 + self.table_latency

    @property
    def product(self) -> int:
        """The product with that value is there."""
        return self.activation + PRODUCT

    @property
    def cell_written(self) -> int:
        """After row f: the new cell state is written."""
        return self.product + 1

    @property
    def cell_preactivation(self) -> int:
        """After row o: the new cell state takes the place of a pre-activation."""
        return self.product

    @property
    def blocked(self) -> int:
        """After row o: no row is issued, because the cell state takes its place at the table."""
        return self.cell_preactivation - 1

    @property
    def cell_activation(self) -> int:
        """After row o: tanh(c') stands at the multiplier's inputs."""
        return self.cell_preactivation + 1 + self.table_latency

    @property
    def result(self) -> int:
        """After row o: the new hidden state is written (it may be read a cycle later)."""
        return self.cell_activation + PRODUCT
