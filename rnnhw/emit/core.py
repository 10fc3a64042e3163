"""A core as SystemVerilog."""

import re
import textwrap
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from rnnhw.errors import RnnhwError
from rnnhw.gateware import NetworkTop
from rnnhw.plan import Plan

from .ports import FlatTop
from .sv_names import identifier
from .systemverilog import SourceSet, to_systemverilog

PORTS = ("clk", "rst", *(f"{s}_{p}" for s in "io" for p in ("valid", "ready", "data", "first", "last")))
INSTANCE = "core"  # the network's instance below the flat top module


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
    def rtlil(self) -> str:
        """The core as RTLIL, with flat ports."""
        from amaranth.back import rtlil

        flat = FlatTop(self.component(), INSTANCE)
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
        law = " + ".join(f"ceil({p.rows}/{plan.hardware.lanes})*{p.columns}" for p in plan.passes)
        layers = ", ".join(f"{layer.name} {layer.input_size}->{layer.output_size}" for layer in network.layers)
        return textwrap.dedent(f"""\
            {self.name}: a recurrent network as hardware. Made by rnnhw {version("rnnhw")}; this file is yours.

            Network  {layers}; {network.mode}
            Input    {network.input_size} elements a step, {network.input} (value = raw * 2^{-network.input.frac})
            Output   {network.output_size} elements an answer, {network.output} (value = raw * 2^{-network.output.frac})
            Cycles   {law} (a dense layer of a many-to-one network: last step only);
                     {plan.cycles_per_step} a step in steady state, {plan.latency_cycles} from last input to answer

            clk, rst                         clock; synchronous reset, active high
            i_valid, i_ready, i_data         input elements, a step's in order; taken where valid and ready are high
            i_first, i_last                  first element of a sequence (clears the state); its final element
            o_valid, o_ready, o_data, o_last output elements; o_last with the final one of a sequence's answer""")
