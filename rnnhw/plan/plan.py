"""A plan: everything about a core that follows from the network and the options."""

from dataclasses import dataclass
from functools import cached_property

from rnnhw.errors import RnnhwError
from rnnhw.quantize import QuantizedNetwork

from .config import Hardware
from .memory_map import MemoryUse, memory_map
from .passes import Pass, make_passes
from .schedule import Run, Schedule
from .timing import Timing

WARM_UP = 6  # steps after which the steady state is looked for
WINDOW = 12  # steps over which it is averaged (a period that divides 12 comes out exactly)
IDLE = 1 << 40  # a cycle at which everything before is long over


@dataclass(frozen=True, eq=False)
class Plan:
    """The schedule and the sizes of one core.

    Parameters
    ----------
    network : QuantizedNetwork
    hardware : Hardware
    passes : tuple of Pass
    """

    network: QuantizedNetwork
    hardware: Hardware
    passes: tuple[Pass, ...]

    @cached_property
    def timing(self) -> Timing:
        """Pipeline positions."""
        return Timing.of(self.network.table)

    @property
    def every_step(self) -> bool:
        """Whether every step answers."""
        return self.network.mode == "many-to-many"

    @cached_property
    def schedule(self) -> Schedule:
        """The recurrence of this core."""
        return Schedule(self.passes, self.timing, self.every_step)

    @cached_property
    def accumulator_bits(self) -> int:
        """Width of the accumulators: holds every partial sum over the real weights."""
        return max(item.bound for item in self.passes).bit_length() + 1

    @cached_property
    def element_bits(self) -> int:
        """Width of the broadcast element, after alignment."""
        shifts = [segment.shift for item in self.passes for segment in item.segments]
        return self.network.config.activation_bits + max(shifts)

    @cached_property
    def memories(self) -> dict[str, MemoryUse]:
        """The memory map."""
        return memory_map(self.network, self.passes, self.hardware.lanes, self.accumulator_bits)

    @cached_property
    def weight_words(self) -> list[int]:
        """The weight memory's contents."""
        return [word for item in self.passes for word in item.weight_words(self.network.config.weight_bits)]

    @cached_property
    def bias_words(self) -> list[int]:
        """The bias memory's contents, as unsigned words."""
        mask = (1 << self.accumulator_bits) - 1
        return [bias & mask for item in self.passes for bias in item.bias_raw.tolist()]

    @property
    def macs_per_step(self) -> int:
        """Multiply-accumulates of a step with an answer."""
        return sum(item.rows * item.columns for item in self.passes)

    def _bound(self, answering: bool) -> int:
        return sum(item.cycles for item in self.passes if item.recurrent or answering)

    @property
    def bound_cycles(self) -> int:
        """Cycles of a steady-state step without any stall: sum of ceil(rows / lanes) * columns."""
        return self._bound(self.every_step)

    @property
    def head_cycles(self) -> int:
        """Cycles of the dense layers where they run in a sequence's last step only, else 0."""
        return 0 if self.every_step else self._bound(True) - self._bound(False)

    @cached_property
    def cycles_per_step(self) -> float:
        """Cycles from one step to the next in the middle of a long sequence, exact."""
        accepted = self.run([WARM_UP + WINDOW + 2]).accepted
        cycles = accepted[WARM_UP + WINDOW][0] - accepted[WARM_UP][0]
        return cycles // WINDOW if cycles % WINDOW == 0 else cycles / WINDOW

    @property
    def stall_cycles(self) -> float:
        """Cycles of a steady-state step in which the lanes wait."""
        return self.cycles_per_step - self.bound_cycles

    @cached_property
    def latency_cycles(self) -> int:
        """Cycles from a step's last input element to the last element of its answer, in an idle core."""
        run = self.schedule.run([3], lambda number: number * IDLE)
        return run.answers[-1] - run.accepted[-1][1]

    def run(self, lengths, not_before=None) -> Run:
        """When each element goes in and out, for sequences one after the other (see `Schedule.run`)."""
        return self.schedule.run(lengths, not_before)


def make_plan(network: QuantizedNetwork, hardware: Hardware | None = None, **options) -> Plan:
    """Plan a core.

    Parameters
    ----------
    network : QuantizedNetwork
    hardware : Hardware, optional
    **options
        Fields of `Hardware` if `hardware` is not given.

    Raises
    ------
    RnnhwError
        If there are more lanes than rows, or for other unusable options.
    """
    if hardware is not None and options:
        raise TypeError("make_plan takes hardware or its fields, not both")
    hardware = hardware or Hardware(**options)
    rows = max(p.rows for p in make_passes(network, 1))
    if hardware.lanes > rows:
        raise RnnhwError(f"lanes must be in 1..{rows} (the rows of the largest layer), not {hardware.lanes}")
    return Plan(network, hardware, make_passes(network, hardware.lanes))
