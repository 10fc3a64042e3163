"""Time to compare bit-widths of the digits model on the 450 digits of the test set, with hardware figures."""

import os
import tempfile
from collections import Counter
from time import perf_counter, process_time

import typer
from common import new_table, show

import rnnhw
from rnnhw.comparison import compare
from rnnhw.comparison.hardware import figures, make_design
from rnnhw.comparison.measure import measure
from rnnhw.comparison.metric import METRICS
from rnnhw.comparison.problem import Problem
from rnnhw.data import digits_calibration, digits_model, digits_test
from rnnhw.network import load_data
from rnnhw.sweep import Store

TARGET = "ecp5-25f"
GRIDS = {
    "100 pairs of widths": {"weight_bits": range(2, 12), "activation_bits": range(4, 14), "lanes": 8},
    "50 pairs of widths, 2 lanes": {"weight_bits": range(2, 12), "activation_bits": range(4, 9), "lanes": [4, 8]},
    "10 pairs of widths, 10 lanes": {
        "weight_bits": [4, 8],
        "activation_bits": range(4, 9),
        "lanes": [1, 2, 4, 8, 16, 24, 32, 48, 64, 128],
    },
}


def problem() -> Problem:
    """The digits, with what worker processes have."""
    net = rnnhw.load(digits_model())
    data, calibration = (load_data(path, net.input_size) for path in (digits_test(), digits_calibration()))
    return Problem(net, data, calibration, METRICS["accuracy"], TARGET)


def wall(shared: Problem, grid: dict, folder: str, workers: int) -> tuple[int, float]:
    """Configurations, and the seconds that a comparison of them takes."""
    start = perf_counter()
    found = compare(
        *(shared.net, shared.data, shared.calibration),
        **{"target": TARGET, "verify": 0, "workers": workers, "store": Store(folder)} | grid,
    )
    return len(found.points), perf_counter() - start


def parts(shared: Problem, grid: dict) -> tuple[int, Counter]:
    """Configurations of one number of lanes, and the CPU seconds of each part of the work."""
    spent, count, at = Counter(), 0, process_time()

    def note(part: str) -> None:
        nonlocal at
        at, before = process_time(), at
        spent[part] += at - before

    measure(shared, shared.quantized({}))
    note("float reference and calibration, once")
    for weight_bits in grid["weight_bits"]:
        for activation_bits in grid["activation_bits"]:
            qnet, count = shared.quantized({"weight_bits": weight_bits, "activation_bits": activation_bits}), count + 1
            note("quantise")
            measure(shared, qnet)
            note("golden, metric, noise of layers, saturations")
            figures(make_design(qnet, {"lanes": 8}, TARGET, shared.data), shared.data)
            note("plan and estimate")
    return count, spent


def main(workers: int = os.cpu_count() or 1) -> None:
    """Compare three grids, each from nothing and once more, and say where the time goes."""
    shared = problem()
    table = new_table(
        f"Comparisons on 450 digits, {workers} processes", "grid", "configurations", "seconds", "each, ms"
    )
    for name, grid in GRIDS.items():
        with tempfile.TemporaryDirectory() as folder:
            for again in ("", ", again"):
                count, seconds = wall(shared, grid, folder, workers)
                table.add_row(name + again, str(count), f"{seconds:.2f}", f"{1000 * seconds / count:.1f}")
    show(table)
    count, spent = parts(shared, GRIDS["100 pairs of widths"])
    table = new_table(f"CPU time of {count} configurations, on one core", "part", "seconds", "each, ms")
    for part, seconds in spent.items():
        table.add_row(part, f"{seconds:.2f}", f"{1000 * seconds / count:.1f}")
    show(table)


if __name__ == "__main__":
    typer.run(main)
