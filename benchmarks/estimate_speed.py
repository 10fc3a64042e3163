"""Time to plan and estimate many configurations on one core: many knobs of one network, and a network each."""

from contextlib import suppress
from itertools import cycle, islice
from time import process_time

import numpy as np
import typer
from common import batch, new_table, show

import rnnhw
from rnnhw.calibrate.draw import draw_batch, draw_hardware, draw_network, draw_quantization
from rnnhw.data import digits_calibration, digits_model
from rnnhw.errors import RnnhwError
from rnnhw.estimate import DEVICES, estimate, for_device
from rnnhw.network import LSTM, Dense, Network
from rnnhw.plan import Hardware, make_plan

BLOCK = 100  # configurations between two looks at the clock
TARGETS = ("ice40up5k", "ecp5-25f", "gw1nr-9", "xc7a35t")


def knobs(rng, largest: int) -> dict:
    """Options as a search over one network tries them."""
    options = {
        "lanes": int(rng.integers(1, min(largest, 128) + 1)),
        "columns_per_cycle": int(rng.integers(1, 5)),
        "engines": [1, 1, "per-layer"][rng.integers(3)],
        "streams": int(rng.choice([1, 1, 1, 2, 3, 4])),
        "registers": ["few", "many"][rng.integers(2)],
        "multiplier": ["auto", "dsp", "lut"][rng.integers(3)],
        "update_multiplier": ["dsp", "lut"][rng.integers(2)],
        "state_memory": ["auto", "block", "registers"][rng.integers(3)],
        "weights": ["rom", "rom", "loadable"][rng.integers(3)],
    }
    if rng.random() < 0.3:
        options["pipelines"] = int(rng.choice([1, 2, 4]))
    return options


def sweep(qnet, seed: int):
    """Endless options for one network."""
    rng = np.random.default_rng(seed)
    largest = max(cell.weight_ih_raw.shape[0] for cell in qnet.cells)
    while True:
        yield qnet, knobs(rng, largest)


def networks(seed: int):
    """Endless networks, each with options of its own."""
    number = 0
    while True:
        rng, number = np.random.default_rng([seed, number]), number + 1
        network = draw_network(rng)
        try:
            qnet = rnnhw.quantize(network, draw_batch(rng, network), **draw_quantization(rng))
        except RnnhwError:
            continue
        yield qnet, draw_hardware(rng, network)


def digits():
    """The example that comes with rnnhw, quantised."""
    return rnnhw.quantize(rnnhw.load(digits_model()), np.load(digits_calibration())["x"])


def two_layers(inputs: int = 16, hidden: int = 48, outputs: int = 8):
    """Two LSTMs and a dense layer."""
    rng = np.random.default_rng(3)
    layers = []
    for size in (inputs, hidden):
        weights = [rng.normal(0, 1 / np.sqrt(hidden), (4 * hidden, n)) for n in (size, hidden)]
        layers.append(LSTM(*weights, rng.normal(0, 0.3, 4 * hidden), f"cell{len(layers)}"))
    layers.append(Dense(rng.normal(0, 0.3, (outputs, hidden)), rng.normal(0, 0.3, outputs)))
    return rnnhw.quantize(Network(layers, "many-to-one", "two_layers"), batch(inputs))


def measure(configurations, count: int) -> tuple[int, float, float]:
    """Refused configurations, and CPU seconds of plans and of estimates, until there are so many estimates.

    The clock is read once for all plans of a block, as reading it may take longer than what is measured.
    """
    planned = estimated = refused = done = 0
    targets = cycle(DEVICES[name] for name in TARGETS)
    while done < count:
        block, plans = list(islice(configurations, min(BLOCK, count - done))), []
        start = process_time()
        for qnet, options in block:
            with suppress(RnnhwError):
                plans.append(make_plan(qnet, Hardware(**options)))
        middle = process_time()
        here = done
        for plan, device in zip(plans, targets, strict=False):
            with suppress(RnnhwError):
                estimate(for_device(plan, device), device)
                done += 1
        planned, estimated = planned + middle - start, estimated + process_time() - middle
        refused += len(block) - (done - here)
    return refused, planned, estimated


def main(count: int = 10_000, seed: int = 1) -> None:
    """Plan and estimate COUNT configurations of each kind and print the CPU time that they take.

    Networks are made and quantised outside the time that is measured; what is refused counts in it.
    """
    columns = ("configurations", "refused", "plan ms", "estimate ms", "all, s", "each, ms")
    table = new_table(f"{count:,} configurations on one core, for {len(TARGETS)} devices in turn", *columns)
    kinds = {
        "knobs of the digits model": sweep(digits(), seed),
        "knobs of two LSTMs": sweep(two_layers(), seed),
        "random networks and knobs": networks(seed),
    }
    for name, configurations in kinds.items():
        refused, planned, estimated = measure(configurations, count)
        whole = planned + estimated
        each = [f"{1000 * seconds / count:.3f}" for seconds in (planned, estimated)]
        table.add_row(name, str(refused), *each, f"{whole:.1f}", f"{1000 * whole / count:.3f}")
    show(table)


if __name__ == "__main__":
    typer.run(main)
