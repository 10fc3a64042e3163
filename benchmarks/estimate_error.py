"""DSP blocks and block RAMs of random cores: estimated, beside what yosys makes of them."""

import time

import numpy as np
import typer
from amaranth.back import rtlil
from common import new_table, show

from rnnhw.estimate import DEVICES, FAMILIES, estimate
from rnnhw.gateware import NetworkTop
from rnnhw.network import LSTM, Dense, Network
from rnnhw.plan import Plan, make_plan
from rnnhw.quantize import quantize
from rnnhw.synth import count_cells

SIZES = ("inputs, hidden, dense", "W bits", "A bits", "lanes", "multiplier")
COLUMNS = (*SIZES, "family", "DSP", "yosys", "BRAM", "yosys")


def random_plan(rng: np.random.Generator, largest: int) -> Plan:
    """A random network with random weights, quantised and planned with random options."""
    inputs = int(rng.integers(1, largest + 1))
    hidden = rng.integers(1, largest + 1, rng.choice([1, 1, 2, 3])).tolist()
    dense = rng.integers(1, largest + 1, rng.choice([0, 1, 2])).tolist()
    sizes = [inputs, *hidden]
    layers = [_lstm(rng, *pair, f"lstm{n}") for n, pair in enumerate(zip(sizes, hidden, strict=False))]
    for number, units in enumerate(dense):
        below = ([hidden[-1], *dense])[number]
        weight = rng.normal(0, rng.uniform(0.1, 1), (units, below))
        layers.append(Dense(weight, rng.normal(0, 0.3, units), "linear", f"fc{number}"))
    net = Network(layers, str(rng.choice(["many-to-one", "many-to-many"])), "random")
    qnet = quantize(
        net,
        rng.normal(0, 2.0 ** rng.integers(-4, 4), (4, 6, inputs)),
        weight_bits=int(rng.integers(2, 17)),
        activation_bits=int(rng.integers(4, 17)),
        per_gate=bool(rng.integers(2)),
        rounding=str(rng.choice(["half_up", "half_even", "floor"])),
    )
    rows = max(4 * max(hidden), *dense, 1)
    lanes = int(min(rows, 2 ** rng.uniform(0, 4.6)))
    return make_plan(qnet, lanes=lanes, update_multiplier=str(rng.choice(["dsp", "dsp", "lut"])))


def _lstm(rng, inputs: int, units: int, name: str) -> LSTM:
    """Weights of very different sizes, some of them zero."""
    spreads = 2.0 ** rng.uniform(-4, 1, 2)
    weights = [rng.normal(0, s, (4 * units, n)) for s, n in zip(spreads, (inputs, units), strict=True)]
    if rng.integers(3) == 0:
        weights = [w * (np.abs(w) > s) for w, s in zip(weights, spreads, strict=True)]
    return LSTM(*weights, rng.normal(0, 0.3, 4 * units), name)


def main(seed: int = 1, count: int = 40, largest: int = 40, whole: bool = False) -> None:
    """Estimate and synthesise COUNT random cores for both families and print a table with the differences.

    With --whole synthesis goes to its end; otherwise it stops once multipliers and memories are mapped.
    """
    rng = np.random.default_rng(seed)
    table = new_table("DSP blocks and block RAMs, estimated and synthesised", *COLUMNS)
    wrong, start = 0, time.monotonic()
    for _ in range(count):
        plan = random_plan(rng, largest)
        text = rtlil.convert(NetworkTop(plan), name="top", emit_src=False)
        for family, device in FAMILIES.items():
            figures = estimate(plan, DEVICES[device])
            cells = count_cells(text, family=family, whole=whole)
            differs = (figures.dsp, figures.bram) != (cells.dsp, cells.block_ram)
            wrong += differs
            numbers = (figures.dsp, cells.dsp, figures.bram, cells.block_ram)
            table.add_row(*_names(plan), family, *map(str, numbers), style="bold red" if differs else "")
    show(table)
    print(f"{wrong} of {2 * count} differ; {time.monotonic() - start:.0f} s")
    raise typer.Exit(wrong > 0)


def _names(plan: Plan) -> tuple[str, ...]:
    network, config = plan.network, plan.network.config
    sizes = (
        str(network.input_size),
        " ".join(str(layer.hidden_size) for layer in network.lstms),
        " ".join(str(layer.output_size) for layer in network.denses) or "-",
    )
    options = (config.weight_bits, config.activation_bits, plan.hardware.lanes)
    return (", ".join(sizes), *map(str, options), plan.hardware.update_multiplier)


if __name__ == "__main__":
    typer.run(main)
