"""Pipeline positions that the gateware obeys and the schedule computes with (docs/design.md).

Front: a column word is *issued* (addresses go to the memories), and `capture` cycles later its products are
accumulated; if it is a group's last one all sums are captured in that cycle. Back: a row is *issued* from the
drain of each pipeline, and the positions below are cycles after that.
"""

from dataclasses import dataclass

SUM = 1  # the biased sum stands in its register
DENSE_RESULT = 2  # a dense result is written or pushed out
PRODUCT = 2  # multiplier inputs -> product
OUTPUT = 1  # pushed into the answer queue -> offered at the port
LOADED = 1  # x accepted at the port -> may be read
TREE_LEVELS = 3  # levels of adders between two registers


def tree_registers(columns: int) -> int:
    """Register stages within the adder tree over `columns` products, the accumulator being its last level."""
    levels = (columns - 1).bit_length() + 1
    return -(-levels // TREE_LEVELS) - 1


@dataclass(frozen=True)
class Timing:
    """Positions of an engine.

    Parameters
    ----------
    table_latency : int
        Pre-activation register -> activation value: 1 for a plain table, 3 with interpolation.
    kinds : frozenset of str
        Kinds of passes that it runs (`rnnhw.plan.passes.ROWS`).
    columns : int
        Columns that a lane takes in a cycle.
    """

    table_latency: int
    kinds: frozenset[str] = frozenset({"lstm"})
    columns: int = 1

    @property
    def capture(self) -> int:
        """Issue of a column -> accumulation: memory, multiplier input, product, adder tree."""
        return 3 + tree_registers(self.columns)

    @property
    def activation(self) -> int:
        """A row's table value stands at the multiplier's inputs."""
        return 2 + self.table_latency

    @property
    def product(self) -> int:
        """The product with that value is there."""
        return self.activation + PRODUCT

    @property
    def cell_written(self) -> int:
        """After row f of an LSTM: the new cell state is written."""
        return self.product + 1

    def second_preactivation(self, kind: str) -> int:
        """After a unit's last row: a value made of gates takes the place of a pre-activation.

        LSTM: the new cell state. GRU (reset after): the candidate's sum, which has a register of its own.
        """
        return self.product + (kind == "gru")

    def blocked(self, kind: str) -> int:
        """After such a row: no row is issued, because that value takes its place at the table."""
        return self.second_preactivation(kind) - 1

    def second_activation(self, kind: str) -> int:
        """After such a row: the tanh of that value stands at the multiplier's inputs."""
        return self.second_preactivation(kind) + 1 + self.table_latency

    def ready(self, kind: str) -> int:
        """After a unit's last row: the earliest that its result is there."""
        if kind in ("lstm", "gru"):
            return self.second_activation(kind) + PRODUCT
        if kind in ("reset", "candidate"):
            return self.product
        return self.activation if kind == "rnn" else DENSE_RESULT

    @property
    def result(self) -> int:
        """After a unit's last row: its new hidden state is written (it may be read a cycle later).

        The same for all recurrent kinds of an engine, so that results come in the order of their rows.
        """
        return max([self.ready(kind) for kind in self.kinds if kind != "dense"], default=DENSE_RESULT)

    def written(self, kind: str) -> int:
        """After a unit's last row: its result is written."""
        return DENSE_RESULT if kind == "dense" else self.result
