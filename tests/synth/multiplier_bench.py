# amaranth: UnusedElaboratable=no
"""Multipliers of a family, synthesised, beside behavioural ones: the same operands, and every product compared."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from amaranth import Module
from amaranth.back import rtlil
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.emit.systemverilog import to_systemverilog
from rnnhw.gateware.primitives import GENERIC, Primitives
from rnnhw.synth.netlist_sim import synthesised

WIDTH = 24  # bits of the operands' words; each multiplier takes the low ones
BENCH = """`timescale 1ns / 1ps
module bench;
  reg clk = 0, enable = 1, done = 0;
  reg [{word}:0] words [0:{count}];
  reg [{last}:0] a = 0, c = 0, b = 0;
{wires}
  generic one (.clk(clk), .rst(1'b0), .a(a), .c(c), .b(b), .enable(enable){ones});
  family other (.clk(clk), .rst(1'b0), .a(a), .c(c), .b(b), .enable(enable){others});
  integer step, compared = 0;
  initial begin
    $readmemh("words.hex", words);
    for (step = 0; step <= {count}; step = step + 1) begin
      {{enable, a, c, b}} = words[step];
      #5 clk = 1;
      #4;
      if (step >= 8) begin
        compared = compared + 1;
{checks}
      end
      #1 clk = 0;
    end
    $display("compared %0d", compared);
    $finish;
  end
endmodule
"""


@dataclass(frozen=True)
class Size:
    """A multiplier to be tried: one, or a pair."""

    a: int
    b: int
    stages: int = 2
    pair: bool = False

    @property
    def name(self) -> str:
        return f"{'pair' if self.pair else 'one'}_{self.a}x{self.b}_{self.stages}"


class Multipliers(wiring.Component):
    """Many multipliers with the same operands; of a family without pairs, a pair is two multipliers."""

    def __init__(self, sizes: list[Size], primitives: Primitives):
        self.sizes, self.primitives = sizes, primitives
        outputs = {size.name: Out((1 + size.pair) * (size.a + size.b)) for size in sizes}
        super().__init__({"a": In(WIDTH), "c": In(WIDTH), "b": In(WIDTH), "enable": In(1), **outputs})

    def elaborate(self, platform):
        m = Module()
        for size in self.sizes:
            output, widths = getattr(self, size.name), (size.a, size.b, size.stages)
            block = self.primitives.pair(*widths) if size.pair else None
            if block is not None:
                m.submodules[size.name] = block
                m.d.comb += [block.a0.eq(self.a[: size.a].as_signed()), block.a1.eq(self.c[: size.a].as_signed())]
                m.d.comb += [block.b.eq(self.b[: size.b].as_signed()), block.enable.eq(self.enable)]
                m.d.comb += output.eq(block.product0.as_unsigned() | (block.product1 << (size.a + size.b)))
                continue
            for number, operand in enumerate((self.a, self.c)[: 1 + size.pair]):
                m.submodules[f"{size.name}_{number}"] = block = self.primitives.multiplier(*widths)
                m.d.comb += [block.a.eq(operand[: size.a]), block.b.eq(self.b[: size.b])]
                m.d.comb += block.enable.eq(self.enable)
                m.d.comb += output.word_select(number, size.a + size.b).eq(block.product)
        return m


def words(seed: int, count: int) -> list[int]:
    """Zeros, all corners of every width with each other, then random operands and enables."""
    ends = [1 << bit for bit in range(0, WIDTH, 1)] + [(1 << bit) - 1 for bit in (0, 2, 3, 7, 8, 15, 17, WIDTH)]
    rows = [(1, 0, 0, 0)] * 8 + [(1, a, c, b) for a, c in zip(ends, reversed(ends), strict=True) for b in ends]
    rng = np.random.default_rng(seed)
    for _ in range(count):
        rows.append((int(rng.integers(4) > 0), *rng.integers(0, 1 << WIDTH, 3).tolist()))
    return [((enable << WIDTH | a) << WIDTH | c) << WIDTH | b for enable, a, c, b in rows]


def run(sizes: list[Size], primitives: Primitives, family: str, folder: Path, *, count=1500, other=None):
    """Compare; the names of those that differ, how many cycles were compared, and the netlist's text.

    `other` are the sizes of the family's side, if they are not the same.
    """
    generic = rtlil.convert(Multipliers(sizes, GENERIC), name="generic", emit_src=False)
    (folder / "generic.sv").write_text(to_systemverilog(generic, top="generic", header="").logic)
    own = rtlil.convert(Multipliers(other or sizes, primitives), name="family", emit_src=False)
    sources = synthesised(own, family=family, top="family", folder=folder)
    rows = words(1, count)
    (folder / "words.hex").write_text("".join(f"{row:x}\n" for row in rows))
    names = [(f"{name.name}", f"{theirs.name}") for name, theirs in zip(sizes, other or sizes, strict=True)]
    wires = [f"  wire [{(1 + s.pair) * (s.a + s.b) - 1}:0] one_{s.name}, other_{s.name};" for s in sizes]
    check = '        if (one_{0} !== other_{0}) $display("differs {0} at %0d", step);'
    text = BENCH.format(
        word=3 * WIDTH,
        last=WIDTH - 1,
        count=len(rows) - 1,
        wires="\n".join(wires),
        ones="".join(f", .{name}(one_{name})" for name, _ in names),
        others="".join(f", .{theirs}(other_{name})" for name, theirs in names),
        checks="\n".join(check.format(name) for name, _ in names),
    )
    (folder / "bench.v").write_text(text)
    printed = simulate([folder / "bench.v", folder / "generic.sv", *sources], "bench", folder)
    told = printed.split()
    found = {told[k + 1] for k, word in enumerate(told) if word == "differs"}
    return found, int(told[told.index("compared") + 1]), sources[0].read_text()


def simulate(sources, top: str, folder: Path) -> str:
    """Compile and run; what is printed. A failure or a `$fatal` raises RuntimeError."""
    steps = [["iverilog", "-g2012", "-s", top, "-o", "bench.vvp", *map(str, sources)], ["vvp", "-N", "bench.vvp"]]
    printed = ""
    for command in steps:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        printed = done.stdout + done.stderr
        if done.returncode:
            raise RuntimeError(printed)
    return printed
