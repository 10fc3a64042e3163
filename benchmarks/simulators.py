"""Cycles a second of each simulator on the same core: the digits LSTM with 8 lanes."""

import time

from common import new_table, show

import rnnhw
from rnnhw import data
from rnnhw.network import load_data
from rnnhw.sim import SIMULATORS, available, verify

DIGITS = {"amaranth": 4, "icarus": 20, "verilator": 20, "cxxrtl": 450}


def main() -> None:
    """Print the table."""
    net = rnnhw.load(data.digits_model())
    calibration = load_data(data.digits_calibration(), net.input_size)
    test = load_data(data.digits_test(), net.input_size)
    design = rnnhw.Design(rnnhw.quantize(net, calibration.x), lanes=8, name="digits_lstm")
    found, results = available(), {}
    for simulator in SIMULATORS:
        count, started = DIGITS[simulator], time.perf_counter()
        try:
            result = verify(design, test.x[:count], simulator=simulator)
        except rnnhw.RnnhwError:
            results[simulator] = None
            continue
        results[simulator] = result, time.perf_counter() - started
    slowest = min(r[0].cycles_per_second for r in results.values() if r)
    columns = ("simulator", "version", "digits", "cycles/s", "ratio", "whole run, s", "cycles/step")
    table = new_table("simulators on the digits LSTM, 8 lanes, each equal to golden", *columns)
    for simulator, entry in sorted(results.items(), key=lambda item: item[1][0].cycles_per_second if item[1] else 0):
        if entry is None:
            table.add_row(simulator, found[simulator], *[""] * 5)
            continue
        result, took = entry
        speed = result.cycles_per_second
        cells = (
            str(result.sequences),
            f"{speed:,.0f}",
            f"{speed / slowest:.1f}",
            f"{took:.1f}",
            str(result.cycles_per_step),
        )
        table.add_row(simulator, found[simulator], *cells)
    show(table)


if __name__ == "__main__":
    main()
