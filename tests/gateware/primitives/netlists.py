"""A component as a netlist of a family's cells, cycle by cycle in Icarus with the models that come with yosys."""

import subprocess

from amaranth import Value
from amaranth.back import rtlil

from rnnhw.sim.tools import find_icarus
from rnnhw.synth.netlist_sim import synthesised

BENCH = """`timescale 1ns / 1ps
module bench;
  reg [{inputs}:0] rows [0:{rows}-1];
  reg [{inputs}:0] row;
  wire [{outputs}:0] out;
  reg clk = 0;
  integer at;
  top dut({ports}, .clk(clk), .rst(1'b0));
  initial begin
    $readmemh("rows.hex", rows);
    for (at = 0; at < {rows}; at = at + 1) begin
      row = rows[at];
      #5 $display("%b", out);
      clk = 1;
      #5 clk = 0;
    end
    $finish;
  end
endmodule
"""


def replay_netlist(dut, inputs: dict, output: str, rows, folder, family: str = "ice40") -> list[int | None]:
    """Synthesise a component and apply a row of input values a cycle.

    Parameters
    ----------
    dut : Component
    inputs : dict
        Name of each port in the netlist -> its value in the component.
    output : str
        Name of the output port that is looked at, which is a member of the component.
    rows : list of tuple of int
    folder : Path

    Returns
    -------
    list of int or None
        The output in each cycle; None where any bit is unknown.
    """
    text = rtlil.convert(dut, name="top", emit_src=False)
    netlist = synthesised(text, family=family, top="top", folder=folder)
    widths = {name: len(Value.cast(value)) for name, value in inputs.items()}
    total, ports, words = sum(widths.values()), [], [0] * len(rows)
    position = 0
    for column, (name, width) in enumerate(widths.items()):
        if width:
            ports.append(f".{name}(row[{position + width - 1}:{position}])")
            words = [word | row[column] << position for word, row in zip(words, rows, strict=True)]
        position += width
    ports.append(f".{output}(out)")
    width = len(Value.cast(getattr(dut, output)))
    bench = BENCH.format(inputs=total - 1, outputs=width - 1, rows=len(rows), ports=", ".join(ports))
    (folder / "bench.v").write_text(bench)
    (folder / "rows.hex").write_text("\n".join(f"{word:x}" for word in words))
    tools = find_icarus()
    command = [tools / "iverilog", "-g2012", "-s", "bench", "-o", "bench.vvp", "bench.v", *netlist]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    done = subprocess.run([tools / "vvp", "-n", "bench.vvp"], cwd=folder, check=True, capture_output=True, text=True)
    lines = [line for line in done.stdout.split() if set(line) <= set("01xz")]
    assert len(lines) == len(rows)
    return [None if set(line) - set("01") else int(line, 2) for line in lines]
