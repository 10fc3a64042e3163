"""What a core does, whatever device it is on: all exact."""

from dataclasses import dataclass

from .figures_speed import Sequence


@dataclass(frozen=True)
class MultiplierEstimate:
    """Equal multipliers of a core: how many, their operands' bits, the product's, and the blocks of all."""

    name: str
    count: int
    a_bits: int
    b_bits: int
    product_bits: int
    dsp: int


@dataclass(frozen=True)
class MemoryEstimate:
    """Equal memories: words, bits of a word, those of them that are not constant, style, and the blocks of all."""

    name: str
    count: int
    depth: int
    width: int
    stored_width: int
    style: str
    bram: int
    lut_ram: int
    spram: int


@dataclass(frozen=True)
class EngineEstimate:
    """An engine: its layers, how it is arranged, its cycles in a steady-state step, and their useful share.

    `multipliers` are those of the lanes, one a column each.
    """

    name: str
    layers: tuple[str, ...]
    lanes: int
    pipelines: int
    columns: int
    multipliers: int
    bound_cycles: int
    utilisation: float


@dataclass(frozen=True)
class Work:
    """Cycles, products and bits.

    Parameters
    ----------
    cycles_per_step : float
        In the middle of a long sequence; an int wherever it is whole.
    bound_cycles, stall_cycles : float
        The cycles in which the lanes multiply, and those in which they wait; their sum is `cycles_per_step`.
    latency_cycles : int
        Last input element -> last element of the answer.
    head_cycles : int
        Of the dense layers, where they run at a sequence's end only.
    macs_per_step, steady_macs : int
        Multiply-accumulates of a step with an answer, and of one in the middle of a sequence.
    utilisation : float
        Share of the lanes' multipliers' cycles that do useful work, 0..1, in a steady-state step.
    lanes : int
        Multiply-accumulators of all engines.
    weight_memory_bits, state_memory_bits : int
        Bits of the weight memories, padding included, and of the memories of h and c.
    weight_bits_per_cycle, weight_bits_per_step : int
        Bits read from weight memory: in a cycle at most, and in a step in the middle of a sequence.
    input_bits, output_bits : int
        Of a step's input and of an answer.
    engines : tuple of EngineEstimate
    sequence : Sequence or None
        Of the length that was asked for.
    """

    cycles_per_step: float
    bound_cycles: int
    stall_cycles: float
    latency_cycles: int
    head_cycles: int
    macs_per_step: int
    steady_macs: int
    utilisation: float
    lanes: int
    weight_memory_bits: int
    state_memory_bits: int
    weight_bits_per_cycle: int
    weight_bits_per_step: int
    input_bits: int
    output_bits: int
    engines: tuple[EngineEstimate, ...]
    sequence: Sequence | None = None

    @property
    def operations_per_step(self) -> int:
        """Of a step with an answer; a multiply-accumulate is two, all else (activations, cell updates) is none."""
        return 2 * self.macs_per_step
