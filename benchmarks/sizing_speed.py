"""Time of the hardware view as the studio's sliders move it: each update is another network or other options."""

from collections.abc import Iterator
from itertools import chain
from time import perf_counter

import numpy as np
import typer
from common import new_table, show

from rnnhw.analysis import Architecture
from rnnhw.report.diagram import engine_diagram
from rnnhw.sizing import size

STEPS = 24
HIDDEN = range(16, 257, 24)


def sweeps() -> dict[str, Iterator[tuple[Architecture, dict]]]:
    """Sliders that are moved, each from one end to the other."""

    def case(hidden=128, layers=2, *, cell="lstm", bidirectional=False, **options):
        sizes = {"inputs": 1, "hidden": hidden, "layers": layers, "outputs": 6}
        return Architecture(cell=cell, bidirectional=bidirectional, **sizes), {"steps": STEPS} | options

    return {
        "hidden units 16 .. 256, 2 LSTMs": map(case, HIDDEN),
        "hidden units, 2 GRUs": (case(hidden, cell="gru") for hidden in HIDDEN),
        "hidden units, 2 RNNs": (case(hidden, cell="rnn") for hidden in HIDDEN),
        "layers 1 .. 8 of 128": (case(128, layers) for layers in range(1, 9)),
        "weights of 1 .. 16 bits": (case(weight_bits=bits) for bits in range(1, 17)),
        "activations of 4 .. 16 bits": (case(activation_bits=bits) for bits in range(4, 17)),
        "lanes 1 .. 512": (case(lanes=lanes) for lanes in (1, 2, 3, 5, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512)),
        "an engine each, lanes": (case(lanes=lanes, engines="per-layer") for lanes in (1, 2, 4, 8, 16, 32, 64)),
        "steps 1 .. 1,000": (case(steps=steps) for steps in (1, 2, 8, 24, 64, 128, 256, 512, 1000)),
        "hidden units, both ways": (case(hidden, bidirectional=True) for hidden in range(16, 129, 16)),
        "2 x 512 units": (case(512, weight_bits=bits) for bits in (2, 4, 8)),
    }


def update(architecture: Architecture, options: dict) -> tuple[float, float]:
    """Seconds of one update, and of its diagram."""
    start = perf_counter()
    sizing = size(architecture, **options)
    sizing.data()
    middle = perf_counter()
    engine_diagram(sizing.design.plan)
    return middle - start, perf_counter() - middle


def main() -> None:
    """Move each slider once and print how long the updates take, for all boards, data and diagram included."""
    update(Architecture(hidden=20), {"steps": STEPS})  # imports
    table = new_table(
        f"Updates of the hardware view, sequences of {STEPS} steps, all boards",
        *("what is moved", "updates", "median, ms", "worst, ms", "diagram, ms"),
    )
    every = []
    for name, cases in sweeps().items():
        times = [update(*one) for one in cases]
        whole = [1000 * sum(pair) for pair in times]
        drawn = np.median([1000 * diagram for _, diagram in times])
        table.add_row(name, str(len(whole)), f"{np.median(whole):.0f}", f"{max(whole):.0f}", f"{drawn:.1f}")
        every.append(whole)
    flat = list(chain.from_iterable(every))
    table.add_section()
    over = sum(ms > 300 for ms in flat)
    table.add_row("all", str(len(flat)), f"{np.median(flat):.0f}", f"{max(flat):.0f}", f"{over} above 300")
    show(table)


if __name__ == "__main__":
    typer.run(main)
