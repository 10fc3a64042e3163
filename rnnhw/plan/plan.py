"""A plan: everything about a core that follows from the network and the options."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rnnhw.errors import RnnhwError
from rnnhw.quantize import QuantizedNetwork

from .chain import BufferPlan, EngineLayers, chain
from .choose import Arrangements, check_limits, choose, shapes_of
from .config import Hardware
from .engine_plan import EnginePlan
from .geometry import Geometry
from .head_plan import HeadPlan
from .load_image import image_size
from .loading import loaded_memories, make_image
from .memory_map import MemoryUse
from .pace import Arranged, Links, cycles_between_steps, cycles_to_answer, sequence_steps
from .stages import Sink, Step
from .states import StatePort

LONGEST = 256  # steps of stored sequences up to which cycles are counted, not extrapolated
LIMITS = ("lanes", "columns_per_cycle", "pipelines")  # options that may be one for each engine


class StepMark(NamedTuple):
    """A step as it comes over the input stream."""

    first: bool
    last: bool
    stream: int = 0


@dataclass(frozen=True)
class Run:
    """What a schedule says of a run; cycle 0 is the first one after reset.

    Parameters
    ----------
    accepted : tuple of (int, int)
        For each input step: cycles in which its first and its last element are accepted.
    outputs : tuple of int
        For each output element: cycle in which it is transferred.
    answers : tuple of int
        For each answer: cycle in which its last element is transferred.
    state_accepted, final_outputs : tuple of int
        For each element of an initial, of a final state: cycle in which it is transferred.
    """

    accepted: tuple[tuple[int, int], ...]
    outputs: tuple[int, ...]
    answers: tuple[int, ...]
    state_accepted: tuple[int, ...] = ()
    final_outputs: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Plan:
    """The schedule and the sizes of one core.

    Parameters
    ----------
    network : QuantizedNetwork
    hardware : Hardware
    stages : tuple of EnginePlan, BufferPlan and HeadPlan
        In the order in which data goes through them.
    """

    network: QuantizedNetwork
    hardware: Hardware
    stages: tuple

    @cached_property
    def engines(self) -> tuple[EnginePlan, ...]:
        """The engines, in order."""
        return tuple(stage for stage in self.stages if isinstance(stage, EnginePlan))

    @cached_property
    def buffered(self) -> bool:
        """Whether whole sequences are stored."""
        return any(isinstance(stage, BufferPlan) for stage in self.stages)

    @property
    def every_step(self) -> bool:
        """Whether every step answers."""
        return self.network.mode != "many-to-one"

    @cached_property
    def memories(self) -> dict[str, MemoryUse]:
        """The memories of all stages; the stage's name stands before a dot, but for an only engine's."""
        return {self.prefix(stage) + name: use for stage in self.stages for name, use in stage.memories.items()}

    def prefix(self, stage) -> str:
        """What stands before the names of a stage's parts."""
        return "" if (stage,) == self.engines else f"{stage.name}."

    @cached_property
    def by_prefix(self) -> dict:
        """The stages by what stands before the names of their parts."""
        return {self.prefix(stage): stage for stage in self.stages}

    @property
    def lanes(self) -> int:
        """Multiply-accumulators of all engines."""
        return sum(engine.geometry.all_lanes for engine in self.engines)

    @property
    def multipliers(self) -> int:
        """Multipliers of all lanes."""
        return sum(engine.geometry.all_lanes * engine.geometry.columns for engine in self.engines)

    @property
    def macs_per_step(self) -> int:
        """Multiply-accumulates of a step with an answer."""
        return sum(item.rows * item.columns for engine in self.engines for item in engine.passes)

    def _bound(self, answering: bool) -> int:
        return max(engine.bound_cycles(answering) for engine in self.engines if answering or self._steady(engine))

    def _steady(self, engine: EnginePlan) -> bool:
        """Whether an engine works in every step, not just at a sequence's end."""
        after_final = engine.passes[0].kind == "dense" and not self.every_step
        return not after_final

    @property
    def bound_cycles(self) -> int:
        """Cycles of a steady-state step without any stall: of the slowest engine the row groups times column words."""
        return self._bound(self.every_step)

    @property
    def head_cycles(self) -> int:
        """Cycles of the dense layers where they run in a sequence's last step only, else 0."""
        if self.every_step:
            return 0
        dense = (item.cycles for engine in self.engines for item in engine.passes if not item.recurrent)
        return sum(dense)

    @cached_property
    def cycles_per_step(self) -> float:
        """Cycles from one step to the next in the middle of a long sequence, exact.

        With interleaved streams: from any step to the next one. Where whole sequences are stored: of sequences of
        `max_steps` steps, one after the other. One-to-one: from sequence to sequence. One-to-many: from answer to
        answer.
        """
        network, hardware = self.network, self.hardware
        steps = sequence_steps(network, hardware)
        return cycles_between_steps(self.links, network.input_size, steps, hardware.streams, LONGEST)

    @property
    def stall_cycles(self) -> float:
        """Cycles of a steady-state step in which the lanes (of the slowest engine) wait."""
        return self.cycles_per_step - self.bound_cycles

    @cached_property
    def latency_cycles(self) -> int:
        """Cycles from a step's last input element to the last element of its answer, in an idle core.

        Where whole sequences are stored: of a sequence of `max_steps` steps.
        """
        steps = self.hardware.max_steps if self.buffered else 3
        if self.network.mode.startswith("one-to"):
            marks = ((True, True),) * 2
        else:
            marks = tuple((t == 0, t == steps - 1) for t in range(steps))
        idle = not self.buffered or self.network.mode.startswith("one-to")
        return cycles_to_answer(self.links, self.network.input_size, marks, idle)

    def run(self, marks, not_before=None) -> Run:
        """When each element goes in and out.

        Parameters
        ----------
        marks : iterable of StepMark
            The input steps, in order.
        not_before : callable, optional
            Number of a step -> earliest cycle in which its first element is offered; its elements follow one
            a cycle. Where weights are loaded, counted from when they are.
        """
        sink, accepted, ports = Sink(), [], (StatePort(), StatePort())
        first = self.links.first(sink, ports)
        for number, mark in enumerate(marks):
            start = 0 if not_before is None else not_before(number)
            cycles = first.push(Step([start] * self.network.input_size, *mark))
            accepted.append((cycles[0], cycles[-1]))
        begin = self.load_cycles
        streams = ([c for cycles in sink.transfers for c in cycles], [cycles[-1] for cycles in sink.transfers])
        streams = (*streams, *(port.cycles for port in ports))
        steps = tuple((start + begin, end + begin) for start, end in accepted)
        return Run(steps, *(tuple(cycle + begin for cycle in cycles) for cycles in streams))

    @cached_property
    def load_cycles(self) -> int:
        """Cycles in which the weights are loaded, a byte each; 0 where they are fixed."""
        if self.hardware.weights == "rom":
            return 0
        memories = {engine.name: engine.memories for engine in self.engines}
        uses = [memories[engine][name] for engine, name in loaded_memories(self)]
        return image_size([(use.depth, use.width) for use in uses])

    def load_image(self, network: QuantizedNetwork | None = None) -> bytes:
        """What a core with loadable weights takes: of its own network, or of one that differs in nothing else."""
        return make_image(self, network)

    @cached_property
    def links(self) -> Links:
        """What its schedule depends on."""
        stages = [Arranged(s.setting, s.geometry) if isinstance(s, EnginePlan) else s for s in self.stages]
        return Links(tuple(stages), self.network.steps if self.network.mode == "one-to-many" else 0)


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
        For options that the network cannot use, with those that it can.
    """
    if hardware is not None and options:
        raise TypeError("make_plan takes hardware or its fields, not both")
    hardware = hardware or Hardware(**options)
    stages = chain(network, hardware)
    engines = iter(arrangements(network, hardware, stages))
    planned = [choose(next(engines)) if isinstance(stage, EngineLayers) else stage for stage in stages]
    if network.head != "none":
        planned.append(HeadPlan(network.head, network.layers[-1].output_size, network.result, network.output))
    return Plan(network, hardware, tuple(planned))


def arrangements(network, hardware, stages, most: int | None = None) -> list[Arrangements]:
    """What may be chosen from, for each engine of a chain; with `most`, of at most so many lanes each.

    Raises
    ------
    RnnhwError
        For options that the network cannot use.
    """
    _check_streams(network, hardware, stages)
    engines = [stage for stage in stages if isinstance(stage, EngineLayers)]
    names = [f"engine{at}" if len(engines) > 1 else "engine" for at in range(len(engines))]
    limits = [_each(field, getattr(hardware, field), len(engines)) for field in LIMITS]
    kinds = _each("weight_memory", hardware.weight_memory, len(engines), "word")
    own = [hardware if kind is hardware.weight_memory else _with(hardware, kind) for kind in kinds]
    every = [shapes_of(engine.layers, engine.parts, engine.every_step) for engine in engines]
    if not isinstance(hardware.lanes, tuple):  # one number for all: as many as each can use
        check_limits("", sum(every, ()), hardware.lanes, limits[1][0], "auto")
    found = []
    for engine, name, mine, shapes, lanes, columns, pipelines in zip(engines, names, own, every, *limits, strict=True):
        if not isinstance(hardware.lanes, tuple):
            lanes = min(most or lanes, max(shape.gates * shape.units for shape in shapes))
        if not isinstance(hardware.columns_per_cycle, tuple):
            columns = min(columns, max(length for shape in shapes for length in shape.lengths))
        check_limits(name if len(engines) > 1 else "", shapes, lanes, columns, pipelines)
        plan = EnginePlan(name, network, engine.layers, engine.parts, engine.every_step, Geometry(1), mine)
        found.append(Arrangements(plan, lanes, columns, pipelines))
    return found


def _with(hardware: Hardware, weight_memory: str) -> Hardware:
    return hardware.model_copy(update={"weight_memory": weight_memory})


def _each(name: str, value, engines: int, what: str = "number") -> tuple:
    """One value for each engine."""
    if not isinstance(value, tuple):
        return (value,) * engines
    if len(value) != engines:
        raise RnnhwError(f"{name} must be one {what} or one for each of the {engines} engines, not {len(value)}")
    return value


def _check_streams(network, hardware: Hardware, stages) -> None:
    if hardware.streams == 1:
        return
    if any(isinstance(stage, BufferPlan) for stage in stages):
        raise RnnhwError("streams must be 1 for a network with layers that go backwards (whole sequences are stored)")
    if network.mode == "one-to-many":
        raise RnnhwError("streams must be 1 for a one-to-many network (its answers come back as inputs)")
