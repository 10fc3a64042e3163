"""A plan of one engine: everything about it that follows from its layers and the options."""

from dataclasses import dataclass, replace
from functools import cached_property

from rnnhw.fixedpoint import QFormat

from .config import Hardware
from .engine_passes import EnginePasses, make_passes
from .engine_schedule import EngineStage
from .geometry import Geometry
from .layout import Layout, outline
from .memory_map import MemoryUse, memory_map
from .passes import Pass
from .setting import Setting
from .states import StatePart, StatePort, state_parts
from .timing import Timing
from .varying import varying

TABLE_KINDS = {"lstm", "gru", "reset", "candidate", "rnn"}
CARRY_NAMES = {"lstm": "c", "gru": "h_gru", "reset": "h_reset"}  # memories of kinds whose units keep more than h


@dataclass(frozen=True, eq=False)
class EnginePlan:
    """The passes, the sizes and the schedule of one engine.

    Parameters
    ----------
    name : str
    network : QuantizedNetwork
        With the widths of these layers (`chain.engine_network`).
    layers : tuple
        Those of the network that it runs, in order.
    parts : tuple of int
        Elements of the parts of a job.
    every_step : bool
        Whether each job answers, or a sequence's last one.
    geometry : Geometry
    hardware : Hardware
        Its `weight_memory` is the engine's own.
    takes : QFormat
        Format of the elements that come in; it has another width than the first layer's x where the layer before has
        other activation_bits.
    """

    name: str
    network: object
    layers: tuple
    parts: tuple[int, ...]
    every_step: bool
    geometry: Geometry
    hardware: Hardware
    takes: QFormat

    @cached_property
    def setting(self) -> Setting:
        """What its schedule depends on but for the arrangement of its lanes: a plain table takes one cycle,
        interpolation two more."""
        latency, adders = 3 if self.network.table.residual_bits else 1, self.hardware.update_multiplier == "lut"
        layers, load = outline(self.layers), self.hardware.load_state
        ports = (self.loads_state, load and self.loads_state, self.reads_state)
        return Setting(layers, self.parts, self.every_step, latency, self.hardware.registers, adders, *ports)

    def arranged(self, geometry: Geometry) -> "EnginePlan":
        """The same engine with its lanes arranged in another way."""
        return self._changed(("setting",), geometry=geometry)

    def made_of(self, hardware: Hardware) -> "EnginePlan":
        """The same engine with options that differ in nothing but what memories and the lanes' multipliers are made
        of."""
        schedule = ("setting", "layout", "work", "passes", "carry_starts", "carry_ranges")
        return self._changed((*schedule, "accumulator_bits", "element_bits", "varying"), hardware=hardware)

    def _changed(self, same, **changes) -> "EnginePlan":
        """Another engine of which some properties, if they are known, are the same."""
        new = replace(self, **changes)
        vars(new).update((name, vars(self)[name]) for name in same if name in vars(self))
        return new

    @cached_property
    def layout(self) -> Layout:
        """The order of its passes, without values."""
        return self.setting.layout(self.geometry)

    @cached_property
    def work(self) -> EnginePasses:
        """Passes and state memory."""
        return make_passes(self.network, self.layers, self.layout)

    @cached_property
    def passes(self) -> tuple[Pass, ...]:
        """The passes of a step, in order."""
        return self.work.passes

    @property
    def converts(self) -> bool:
        """Whether what comes in has another width than x."""
        return self.takes.width != self.layers[0].x.width

    @property
    def input_size(self) -> int:
        """Elements of a job."""
        return sum(self.parts)

    @cached_property
    def x_words(self) -> int:
        """Words of a job in the input buffer."""
        return sum(self.geometry.words(length) for length in self.parts)

    @cached_property
    def answer_size(self) -> int:
        """Elements of an answer."""
        return sum(item.units for item in self.passes if item.final)

    @property
    def answer_format(self):
        """Format of an answer's elements."""
        return self.layers[-1].output

    @cached_property
    def timing(self) -> Timing:
        """Pipeline positions."""
        return self.setting.timing(self.geometry.columns)

    @property
    def uses_table(self) -> bool:
        """Whether any cell needs sigmoid or tanh."""
        return bool(self.timing.kinds & TABLE_KINDS)

    @cached_property
    def accumulator_bits(self) -> int:
        """Width of the accumulators: holds every partial sum, of the real weights or of all that may be loaded."""
        largest = max(item.bound for item in self.passes)
        if self.hardware.weights == "loadable":
            largest = max(largest, *(item.any_bound(self.network.config.weight_bits) for item in self.passes))
        return largest.bit_length() + 1

    @cached_property
    def element_bits(self) -> int:
        """Width of a broadcast element, after alignment."""
        shifts = [segment.shift for item in self.passes for segment in item.segments]
        return self.network.config.activation_bits + max(shifts)

    @property
    def state_words(self) -> int:
        """Words of the state memory, of each stream."""
        return self.work.words

    @cached_property
    def carry_starts(self) -> dict[str, dict[int, int]]:
        """For each kind of units that keep more than h: pass -> its first word in that kind's carry memory."""
        starts = {}
        for kind in CARRY_NAMES:
            word, of_kind = 0, {}
            for number, item in enumerate(self.passes):
                if item.kind == kind:
                    of_kind[number] = word
                    if kind == "reset":
                        of_kind[number + 1] = word
                    word += item.rounds
            if of_kind:
                starts[kind] = of_kind
        return starts

    @cached_property
    def carry_ranges(self) -> dict[str, int]:
        """For each of those kinds: words of its carry memory, of each stream."""
        return {kind: sum(p.rounds for p in self.passes if p.kind == kind) for kind in self.carry_starts}

    carry_names = CARRY_NAMES

    @property
    def state_depths(self) -> dict[str, int]:
        """Words of the memories that hold states, by name."""
        hidden, streams = {"h": self.state_words} if self.state_words else {}, self.hardware.streams
        words = hidden | {CARRY_NAMES[kind]: rounds for kind, rounds in self.carry_ranges.items()}
        return {name: streams * count for name, count in words.items()}

    @cached_property
    def memories(self) -> dict[str, MemoryUse]:
        """The memory map."""
        return memory_map(self)

    @cached_property
    def lut_multipliers(self) -> bool:
        """Whether the lanes' multipliers are made of adders."""
        choice = self.hardware.multiplier
        return choice == "lut" or (choice == "auto" and self.network.config.weight_bits <= 4)

    @cached_property
    def weight_words(self) -> list[int]:
        """The weight memory's contents."""
        return [word for item in self.passes for word in item.weight_words(self.network.config.weight_bits)]

    @cached_property
    def bias_words(self) -> list[int]:
        """The bias memory's contents."""
        return [word for item in self.passes for word in item.bias_words(self.accumulator_bits)]

    @cached_property
    def input_bias_words(self) -> list[int]:
        """The second biases of candidate rows (GRU, reset after)."""
        return [word for item in self.passes if item.split for word in item.input_bias_words(self.accumulator_bits)]

    def contents(self, name: str) -> list[int]:
        """The words of a read-only memory."""
        if name == "initial_state":
            return [word & ((1 << self.state_width) - 1) for word in self.initial_words]
        own = {"weights": "weight_words", "bias": "bias_words", "input_bias": "input_bias_words"}
        return getattr(self, own[name]) if name in own else self.network.table.words

    def varying_columns(self, name: str) -> int:
        """Bits of a read-only memory's words that are not the same in all words."""
        if name not in self.varying:
            self.varying[name] = varying(self, name)
        return self.varying[name]

    @cached_property
    def varying(self) -> dict[str, int]:
        """The memories for which these have been counted."""
        return {}

    def bound_cycles(self, answering: bool) -> int:
        """Cycles of a step without a stall: the sum over its passes of row groups times column words."""
        return sum(item.cycles for item in self.passes if item.recurrent or answering)

    @cached_property
    def state_parts(self) -> tuple[StatePart, ...]:
        """The parts of its cells' states, in the flat order."""
        return state_parts(self.layout.turns)

    @property
    def cell_bits(self) -> int:
        """Bits of an LSTM's cell state."""
        return self.network.config.cell_bits

    @cached_property
    def state_width(self) -> int:
        """Bits of an element on the streams of states: the network's widest."""
        return max(form.width for form, _ in self.network.state_formats)

    @cached_property
    def initial_words(self) -> tuple[int, ...] | None:
        """Elements of the constant initial state, if it is not zero and none is loaded."""
        cells = [cell for layer in self.layers for cell in layer.cells]
        if self.hardware.load_state or not any(cell.initial_raw.any() for cell in cells):
            return None
        return tuple(word for cell in cells for word in cell.initial_raw.tolist())

    @property
    def loads_state(self) -> bool:
        """Whether sequences begin with a state that is loaded, from the stream or as a constant."""
        return self._cells and (self.hardware.load_state or self.initial_words is not None)

    @property
    def reads_state(self) -> bool:
        """Whether final states are read out."""
        return self._cells and self.hardware.read_state

    @cached_property
    def _cells(self) -> bool:
        return any(layer.kind != "dense" for layer in self.layers)

    def stage(self, downstream, source: StatePort | None = None, sink: StatePort | None = None) -> EngineStage:
        """The engine's schedule, in front of another stage; states come from `source` and go to `sink`."""
        return self.setting.stage(self.geometry, downstream, source, sink)
