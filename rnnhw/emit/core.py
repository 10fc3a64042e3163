"""A core as SystemVerilog."""

import re
import textwrap
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import numpy as np
from amaranth.hdl import Fragment

from rnnhw.errors import RnnhwError
from rnnhw.gateware import NetworkTop
from rnnhw.gateware.primitives import find_primitives
from rnnhw.plan import Plan, Run

from .ports import FlatTop, Ports
from .sv_names import identifier
from .systemverilog import SourceSet, to_systemverilog
from .vectors import Vectors, make_vectors

STREAMS = ("i", "o", "load", "state", "final")  # that a core may have
MEMBERS = ("valid", "ready", "data", "first", "last", "stream")
PORTS = ("clk", "rst", "loaded", "load_error", *(f"{name}_{member}" for name in STREAMS for member in MEMBERS))
INSTANCE = "core"  # the network's instance below the flat top module

MEANINGS = {
    "i": "input elements, a step's in order, taken where valid and ready are high; first, last: of a sequence",
    "o": "output elements; last: on the final one of a sequence's answer",
    "load": "the image of all memories, a byte at a time; last: on its final byte",
    "state": "initial state of each sequence, taken with its first step",
    "final": "state after each sequence's last step; last: on its final element",
}
STATUS = {"loaded": "the memories hold a sound image", "load_error": "the last image was not sound"}


def laws(plan: Plan) -> list[str]:
    """The cycle law of each engine, in a line: row groups times column words of each pass."""
    lines = []
    for engine in plan.engines:
        shape = engine.geometry
        terms = []
        for item in engine.passes:
            words = " + ".join(f"ceil({segment.length}/{shape.columns})" for segment in item.segments)
            terms.append(f"ceil({item.drained}/{shape.lanes})*({words})")
        pipelines = f"{shape.pipelines} pipeline{'s' * (shape.pipelines > 1)} of {shape.lanes} lanes"
        lines.append(f"{engine.name} ({pipelines}): {' + '.join(terms)}")
    return lines


@dataclass(frozen=True, eq=False)
class Core:
    """A planned network with a name, as a component and as source text.

    Parameters
    ----------
    plan : Plan
    name : str
        Becomes the top module's name.

    Raises
    ------
    RnnhwError
        If no identifier can be made of the name.
    """

    plan: Plan
    name: str

    def __post_init__(self):
        if not re.search(r"[A-Za-z]", self.name) or not self.name.isascii():
            raise RnnhwError(f"name must hold a letter and be ASCII, not {self.name!r}")
        name = identifier(self.name)
        object.__setattr__(self, "name", f"{name}_" if name in PORTS or name == INSTANCE else name)

    def component(self) -> NetworkTop:
        """A fresh Amaranth component (elaborating one uses it up)."""
        return NetworkTop(self.plan)

    @cached_property
    def ports(self) -> Ports:
        """The streams and plain outputs."""
        component = self.component()
        Fragment.get(component, None)  # or Amaranth would complain of a component that is never elaborated
        return Ports.of(component)

    @property
    def streams(self) -> int:
        """Independent sequences that are interleaved."""
        return self.plan.hardware.streams

    def vectors(self, x_raw, lengths=None, *, complete=None, initial_state=None) -> Vectors:
        """Beats for all streams of this core, with the answers that golden expects.

        Parameters
        ----------
        x_raw : ndarray of int, shape (sequences, steps, inputs)
        lengths, complete
            See `make_vectors`.
        initial_state : ndarray of int, shape (sequences, state size), optional
            By default the network's own; only for a core that takes initial states.

        Raises
        ------
        RnnhwError
            If there is an initial state that the core does not take, or a sequence that is too long for it.
        """
        plan, hardware = self.plan, self.plan.hardware
        self._check_lengths(np.full(len(x_raw), np.shape(x_raw)[1]) if lengths is None else lengths, complete)
        if hardware.load_state:
            if initial_state is None:
                initial_state = np.tile(plan.network.initial_raw, (len(x_raw), 1))
        elif initial_state is not None:
            raise RnnhwError("the core takes no initial state: it was made without load_state")
        return make_vectors(
            plan.network,
            x_raw,
            lengths,
            streams=self.streams,
            complete=complete,
            initial_state=initial_state,
            final_state=hardware.read_state,
            image=plan.load_image() if hardware.weights == "loadable" else None,
        )

    def can_break_off(self, length: int) -> bool:
        """Whether a sequence may be broken off after so many steps, by the next one's start.

        Where whole sequences are stored, one of `max_steps` steps is over in any case, and each initial state needs
        its sequence.
        """
        hardware = self.plan.hardware
        if not self.plan.network.mode.startswith("many-to"):
            return False
        return not self.plan.buffered or (length < hardware.max_steps and not hardware.load_state)

    def _check_lengths(self, lengths, complete) -> None:
        longest, most = max(lengths, default=0), self.plan.hardware.max_steps
        if self.plan.buffered and longest > most:
            raise RnnhwError(f"the core stores sequences of at most {most} steps (max_steps), not {longest}")
        for number, (length, whole) in enumerate(zip(lengths, complete if complete is not None else (), strict=False)):
            if not whole and not self.can_break_off(length):
                raise RnnhwError(f"sequence {number} of {length} steps cannot be broken off in this core")

    def planned(self, vectors: Vectors) -> Run:
        """When each beat of these vectors goes in and out, by the plan."""
        return self.plan.run(vectors.steps)

    @cached_property
    def rtlil(self) -> str:
        """The core as RTLIL, with flat ports, of behavioural parts only."""
        return self._rtlil(self.component())

    def rtlil_for(self, family: str | None) -> str:
        """The core as RTLIL, with flat ports, for synthesis: with the cells of an FPGA family (`find_primitives`)."""
        return self._rtlil(NetworkTop(self.plan, find_primitives(family)))

    def _rtlil(self, component: NetworkTop) -> str:
        from amaranth.back import rtlil

        flat = FlatTop(component, INSTANCE)
        return rtlil.convert(flat, name=self.name, ports=flat.ports(), emit_src=False)

    @cached_property
    def sources(self) -> SourceSet:
        """The core as SystemVerilog."""
        return to_systemverilog(self.rtlil, top=self.name, header=self.header)

    @property
    def source_names(self) -> list[str]:
        """Names of the Verilog files: the logic, then the memories with contents."""
        return [f"{self.name}.sv"] + ([f"{self.name}_roms.sv"] if self.sources.memories else [])

    def write_sources(self, folder: Path) -> list[Path]:
        """Write the Verilog files into an existing folder."""
        paths = [Path(folder) / name for name in self.source_names]
        for path, text in zip(paths, (self.sources.logic, self.sources.memories), strict=False):
            path.write_text(text)
        return paths

    @property
    def header(self) -> str:
        """What stands at the head of each file."""
        plan, network = self.plan, self.plan.network
        layers = ", ".join(f"{layer.name} {layer.input_size}->{layer.output_size}" for layer in network.layers)
        text = textwrap.dedent(f"""\
            {self.name}: a recurrent network as hardware. Made by rnnhw {version("rnnhw")}; this file is yours.

            Network  {layers}; {network.mode}
            Input    {network.input_size} elements a step, {network.input} (value = raw * 2^{-network.input.frac})
            Output   {network.output_size} elements an answer, {network.output} (value = raw * 2^{-network.output.frac})
            Cycles   {plan.cycles_per_step} a step in steady state, {plan.latency_cycles} from last input to answer:
            LAW
            """)
        text = text.replace("LAW\n", "".join(f"         {line}\n" for line in laws(plan)) + "\n")
        ports = [("clk, rst", "clock; synchronous reset, active high")]
        ports += [self._describe(channel) for channel in self.ports.channels]
        ports += [(field.name, STATUS.get(field.name, "")) for field in self.ports.status]
        width = max(len(names) for names, _ in ports)
        return text + "\n".join(f"{names:{width}} {meaning}".rstrip() for names, meaning in ports)

    def _describe(self, channel) -> tuple[str, str]:
        names = (f"{channel.name}_{member}" for member in ("valid", "ready", *channel.names))
        return ", ".join(names), MEANINGS.get(channel.name, "")
