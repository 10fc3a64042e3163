"""Pipeline positions that the gateware obeys and the schedule computes with (docs/design.md).

Front: a column word is *issued* (addresses go to the memories), and `capture` cycles later its products are
accumulated; if it is a group's last one all sums are captured in that cycle. Back: a row is *issued* from the
drain of each pipeline, and the positions below are cycles after that.
"""

from dataclasses import dataclass
from functools import cached_property

OUTPUT = 1  # pushed into the answer queue -> offered at the port
LOADED = 1  # x accepted at the port -> may be read
TREE_LEVELS = {"few": 3, "many": 2}  # levels of adders between two registers


def tree_registers(columns: int, registers: str = "few") -> int:
    """Register stages within the adder tree over `columns` products, the accumulator being its last level."""
    levels = (columns - 1).bit_length() + 1
    return -(-levels // TREE_LEVELS[registers]) - 1


@dataclass(frozen=True)
class Timing:
    """Positions of an engine.

    Parameters
    ----------
    plain_latency : int
        Of the activation unit with few registers, pre-activation register -> activation value: 1 for a plain table, 3
        with interpolation.
    kinds : frozenset of str
        Kinds of passes that it runs (`rnnhw.plan.passes.ROWS`).
    columns : int
        Columns that a lane takes in a cycle.
    registers : str
        "few" or "many" (`Hardware.registers`): "many" puts one behind each block RAM, into each multiplier, between
        shift and saturation of each requantisation and around the arithmetic of the activation unit.
    adders : bool
        The cell update's multiplier is made of adders, which with many registers takes one more.
    """

    plain_latency: int
    kinds: frozenset[str] = frozenset({"lstm"})
    columns: int = 1
    registers: str = "few"
    adders: bool = False

    @cached_property
    def extra(self) -> int:
        """Registers more at each of those places."""
        return int(self.registers == "many")

    @cached_property
    def multiply(self) -> int:
        """A lane's multiplier inputs -> product."""
        return 2 + self.extra

    @cached_property
    def update(self) -> int:
        """The cell update's multiplier inputs -> product."""
        return self.multiply + self.extra * self.adders

    @cached_property
    def capture(self) -> int:
        """Issue of a column -> accumulation: memory, multiplier, adder tree."""
        return 1 + self.extra + self.multiply + tree_registers(self.columns, self.registers)

    @cached_property
    def sum(self) -> int:
        """The biased sum stands in its register."""
        return 1 + self.extra

    @cached_property
    def choice(self) -> int:
        """A row's pre-activation, or another value in its place, goes to the table's register."""
        return self.sum + self.extra

    @cached_property
    def direct(self) -> int:
        """A result that needs no table (relu, dense) is there."""
        return self.choice + 1

    @cached_property
    def table_latency(self) -> int:
        """Pre-activation register -> activation value."""
        return self.plain_latency + 3 * self.extra

    @cached_property
    def activation(self) -> int:
        """A row's table value stands at the multiplier's inputs."""
        return self.choice + 1 + self.table_latency

    @cached_property
    def product(self) -> int:
        """The product with that value is there."""
        return self.activation + self.update

    @cached_property
    def cell_written(self) -> int:
        """After row f of an LSTM: the new cell state is written."""
        return self.product + 1 + self.extra

    def second_preactivation(self, kind: str) -> int:
        """After a unit's last row: a value made of gates takes the place of a pre-activation.

        LSTM: the new cell state. GRU (reset after): the candidate's sum, which has a register of its own.
        """
        return self.product + (2 * self.extra if kind == "lstm" else 1 + self.extra)

    def blocked(self, kind: str) -> int:
        """After such a row: no row is issued, because that value takes its place at the table."""
        return self.second_preactivation(kind) - self.choice

    def second_activation(self, kind: str) -> int:
        """After such a row: the tanh of that value stands at the multiplier's inputs."""
        return self.second_preactivation(kind) + 1 + self.table_latency

    def ready(self, kind: str) -> int:
        """After a unit's last row: the earliest that its result is there."""
        if kind == "lstm":
            return self.second_activation(kind) + self.update + self.extra
        if kind == "gru":
            return self.second_activation(kind) + self.update + 2 * self.extra
        if kind in ("reset", "candidate"):
            return self.product + 2 * self.extra
        return self.activation if kind == "rnn" else self.direct

    @cached_property
    def result(self) -> int:
        """After a unit's last row: its new hidden state is written (it may be read a cycle later).

        The same for all recurrent kinds of an engine, so that results come in the order of their rows.
        """
        return max([self.ready(kind) for kind in self.kinds if kind != "dense"], default=self.direct)

    def written(self, kind: str) -> int:
        """After a unit's last row: its result is written."""
        return self.direct if kind == "dense" else self.result
