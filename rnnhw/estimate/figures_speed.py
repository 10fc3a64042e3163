"""How long sequences take, and what a core does in a second at a clock."""

from dataclasses import dataclass
from functools import cached_property

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer
from rnnhw.plan import Plan, StepMark
from rnnhw.plan.pace import cycles_between_steps

from .figures_needs import scaled
from .fitted import Fitted

COUNTED = 512  # steps of sequences up to which cycles are counted, not extrapolated
LONGEST_SEQUENCE = 1 << 20  # steps of a sequence
ROUNDED = 1e-6  # of a cycle, by which a mean of whole numbers may be off


@dataclass(frozen=True)
class Sequence:
    """What a sequence takes.

    Parameters
    ----------
    length : int
        Steps of its input; of a one-to-many network, its answers.
    latency_cycles : float
        First element of its input -> last element of its (last) answer, in an idle core.
    interval_cycles : float
        From one sequence's answer to the next one's where they follow one another without a pause; with interleaved
        streams a sequence's share of the cycles in which all streams run one each.
    macs : int
        Multiply-accumulates.
    """

    length: int
    latency_cycles: float
    interval_cycles: float
    macs: int

    @property
    def operations(self) -> int:
        """A multiply-accumulate is two: one multiplication, one addition."""
        return 2 * self.macs


def usual_length(plan: Plan) -> int | None:
    """Steps of a sequence as far as the network or the core says: None where sequences may be of any length."""
    if plan.network.mode == "one-to-one":
        return 1
    if plan.network.mode == "one-to-many":
        return plan.network.steps
    return plan.hardware.max_steps if plan.buffered else None


def sequence(plan: Plan, length: int) -> Sequence:
    """What a sequence of so many steps takes.

    Raises
    ------
    RnnhwError
        If the core takes no sequence of that length.
    """
    length = check_length(plan, length)
    once = 0 if plan.every_step else _macs(plan, recurrent=False)
    each = _macs(plan, recurrent=True) + (_macs(plan, recurrent=False) if plan.every_step else 0)
    return Sequence(length, latency(plan, length), cycles_per_inference(plan, length), each * length + once)


def check_length(plan: Plan, length: int) -> int:
    """Refuse a number of steps that no sequence of the network can have.

    Raises
    ------
    RnnhwError
    """
    usual, mode = usual_length(plan), plan.network.mode
    if not mode.startswith("one-to"):
        return integer("length", length, 1, usual or LONGEST_SEQUENCE)
    if integer("length", length) != usual:
        raise RnnhwError(f"length must be {usual} for this {mode} network, not {length}")
    return usual


def _macs(plan: Plan, recurrent: bool) -> int:
    passes = (item for engine in plan.engines for item in engine.passes)
    return sum(item.rows * item.columns for item in passes if item.recurrent == recurrent)


def latency(plan: Plan, length: int) -> float:
    """Cycles from the first element of a sequence's input to the last one of its answer, in an idle core.

    Of more than `COUNTED` steps: `Plan.cycles_per_step` more for each.
    """
    if plan.network.mode.startswith("one-to"):
        counted, marks = length, [StepMark(True, True)]
    else:
        counted = min(length, COUNTED)
        marks = [StepMark(t == 0, t == counted - 1) for t in range(counted)]
    run = plan.run(marks)
    return run.answers[-1] - run.accepted[0][0] + (length - counted) * _own_cycles(plan)


def _own_cycles(plan: Plan) -> float:
    """Cycles from step to step of one sequence alone."""
    if plan.hardware.streams == 1:
        return plan.cycles_per_step
    marks = [StepMark(t == 0, t == COUNTED - 1) for t in range(COUNTED)]
    starts = [first for first, _ in plan.run(marks).accepted]
    return (starts[-1] - starts[COUNTED // 2]) / (COUNTED // 2 - 1)


def cycles_per_inference(plan: Plan, length: int) -> float:
    """Cycles from one sequence's answer to the next one's, if sequences of `length` steps follow one another for ever.

    With interleaved streams a sequence's share of the cycles in which all streams run one each. Of more than `COUNTED`
    steps: `Plan.cycles_per_step` more for each.
    """
    network, streams = plan.network, plan.hardware.streams
    if network.mode == "one-to-many":
        return plan.cycles_per_step * network.steps
    steps = 1 if network.mode == "one-to-one" else min(length, COUNTED)
    cycles = steps * cycles_between_steps(plan.links, network.input_size, steps, streams, COUNTED)
    longer = 0 if network.mode == "one-to-one" else length - steps
    whole = cycles + longer * plan.cycles_per_step
    return round(whole) if abs(whole - round(whole)) < ROUNDED else whole


@dataclass(frozen=True)
class Speed:
    """What a core does at a clock.

    Parameters
    ----------
    figures : Estimate
    clock_mhz : Fitted
        Its band is its value where it was given.
    """

    figures: object
    clock_mhz: Fitted

    def per_second(self, cycles: float) -> Fitted:
        """How often in a second something happens that takes so many cycles."""
        return scaled(self.clock_mhz, 1e6 / cycles)

    def microseconds(self, cycles: float) -> Fitted:
        """How long so many cycles take."""
        clock = self.clock_mhz
        return Fitted(cycles / clock.value, cycles / clock.high, cycles / clock.low)

    @cached_property
    def steps_per_second(self) -> Fitted:
        """In the middle of long sequences; of one-to-one networks: sequences, of one-to-many: answers."""
        return self.per_second(self.figures.cycles_per_step)

    @property
    def sequences_per_second(self) -> Fitted | None:
        """One after another without a pause; None where their length is not known."""
        sequence = self.figures.sequence
        return None if sequence is None else self.per_second(sequence.interval_cycles)

    @property
    def step_latency_us(self) -> Fitted:
        """Last input element of a step -> last element of its answer."""
        return self.microseconds(self.figures.latency_cycles)

    @property
    def sequence_latency_us(self) -> Fitted | None:
        """First input element of a sequence -> last element of its answer."""
        sequence = self.figures.sequence
        return None if sequence is None else self.microseconds(sequence.latency_cycles)

    @property
    def operations_per_second(self) -> Fitted:
        """In the middle of long sequences."""
        return scaled(self.steps_per_second, 2 * self.figures.steady_macs)

    @property
    def weight_bits_per_second(self) -> Fitted:
        """Bits read from weight memory, in the middle of long sequences."""
        return scaled(self.steps_per_second, self.figures.weight_bits_per_step)
