"""DSP blocks, block RAMs and LUT RAMs of random cores: estimated, beside what yosys makes of them."""

import sys
import time
from pathlib import Path

import numpy as np
import typer
from amaranth.back import rtlil
from common import new_table, show

from rnnhw.estimate import DEVICES, FAMILIES, estimate, for_device
from rnnhw.gateware import NetworkTop
from rnnhw.gateware.primitives import find_primitives
from rnnhw.plan import Plan
from rnnhw.synth import count_cells

sys.path.append(str(Path(__file__).parents[1]))
from tests.estimate.random_plans import random_plan

OPTIONS = ("layers", "W, A bits", "lanes x columns", "streams", "memory", "multipliers")
COLUMNS = (*OPTIONS, "family", "DSP", "yosys", "BRAM", "yosys", "LUT RAM", "yosys")


def main(seed: int = 1, count: int = 40, largest: int = 20, whole: bool = False) -> None:
    """Estimate and synthesise COUNT random cores for every family and print a table with the differences.

    With --whole synthesis goes to its end; otherwise it stops once multipliers and memories are mapped.
    """
    table = new_table("DSP blocks, block RAMs and LUT RAMs, estimated and synthesised", *COLUMNS)
    wrong, start = 0, time.monotonic()
    for number in range(seed, seed + count):
        drawn = random_plan(np.random.default_rng(number), largest)
        for family, name in FAMILIES.items():
            plan = for_device(drawn, DEVICES[name])
            figures = estimate(plan, DEVICES[name])
            text = rtlil.convert(NetworkTop(plan, find_primitives(family)), name="top", emit_src=False)
            cells = count_cells(text, family=family, whole=whole)
            pairs = ((figures.dsp, cells.dsp), (figures.bram, cells.block_ram), (figures.lut_ram, cells.lut_ram))
            differs = any(estimated != made for estimated, made in pairs)
            wrong += differs
            numbers = [str(value) for pair in pairs for value in pair]
            table.add_row(*_names(plan), family, *numbers, style="bold red" if differs else "")
    show(table)
    print(f"{wrong} of {len(FAMILIES) * count} differ; {time.monotonic() - start:.0f} s")
    raise typer.Exit(wrong > 0)


def _names(plan: Plan) -> tuple[str, ...]:
    network, hardware = plan.network, plan.hardware
    layers = [f"{layer.kind} {layer.output_size}" for layer in network.layers]
    head = [network.head] if network.head != "none" else []
    shapes = (f"{e.geometry.all_lanes} x {e.geometry.columns}" for e in plan.engines)
    return (
        ", ".join([f"{network.input_size}", *layers, *head]),
        f"{network.config.weight_bits}, {network.config.activation_bits}",
        ", ".join(shapes),
        str(hardware.streams),
        hardware.state_memory,
        f"{hardware.multiplier}, {hardware.update_multiplier}",
    )


if __name__ == "__main__":
    typer.run(main)
