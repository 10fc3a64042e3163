"""How busy the lanes are in steady state: LSTM, GRU and RNN of many sizes on 4 to 256 lanes.

Each entry is cycles a step, and in per cent the share of the bound (row groups times columns) in them. The cycles are
the plan's; a sample of them is measured in the native simulation. Where less than 99 % are reached, one sequence alone
cannot do better: a step's last results are on their way when the next step wants them, and `inputs` columns are all
that can be done meanwhile. The last table says how many interleaved sequences fill that time.
"""

from functools import partial

import numpy as np
from common import batch, new_table, show

import rnnhw
from rnnhw.errors import RnnhwError
from rnnhw.network import GRU, LSTM, RNN, Network
from rnnhw.plan import make_plan
from rnnhw.sim import verify

INPUTS = 16
HIDDEN = (16, 32, 64, 128, 256)
LANES = (4, 8, 16, 32, 64, 128, 256)
CELLS = {"LSTM": (LSTM, 4), "GRU": (GRU, 3), "RNN": (RNN, 1)}
MEASURED = ((16, 4), (32, 16), (64, 64))
GOAL = 0.99


def network(cell: str, hidden: int):
    """A quantised network of one layer that answers at a sequence's end."""
    kind, gates = CELLS[cell]
    rng = np.random.default_rng(hidden)
    spread = partial(rng.normal, 0, 1.5 / np.sqrt(INPUTS + hidden))
    arrays = [spread((gates * hidden, INPUTS)), spread((gates * hidden, hidden)), rng.normal(0, 0.3, gates * hidden)]
    further = {"GRU": {"bias_hn": rng.normal(0, 0.3, hidden)}, "RNN": {"activation": "tanh"}}.get(cell, {})
    net = Network([kind(*arrays, name="layer", **further)], "many-to-one", f"{cell.lower()}_{hidden}")
    return rnnhw.quantize(net, batch(INPUTS))


def enough_streams(qnet, lanes: int) -> str:
    """The fewest interleaved sequences that reach the goal."""
    for streams in range(2, 9):
        plan = make_plan(qnet, lanes=lanes, streams=streams)
        if plan.bound_cycles / plan.cycles_per_step >= GOAL:
            return f"{streams} ({plan.cycles_per_step:g})"
    return "more than 8"


def main() -> None:
    """Print the tables."""
    waiting, measured = [], []
    for cell in CELLS:
        table = new_table(
            f"{cell}, {INPUTS} inputs, 8 bits: cycles a step, share of the bound", "hidden", *map(str, LANES)
        )
        for hidden in HIDDEN:
            qnet, row = network(cell, hidden), []
            for lanes in LANES:
                try:
                    plan = make_plan(qnet, lanes=lanes)
                except RnnhwError:  # more lanes than rows
                    row.append("-")
                    continue
                share = plan.bound_cycles / plan.cycles_per_step
                row.append(f"{plan.cycles_per_step:g} ({100 * share:.1f} %)")
                if share < GOAL:
                    waiting.append((cell, hidden, lanes, plan, enough_streams(qnet, lanes)))
                if (hidden, lanes) in MEASURED:
                    design = rnnhw.Design(qnet, lanes=lanes)
                    result = verify(design, batch(INPUTS, 2, 9, seed=3), simulator="cxxrtl")
                    measured.append((cell, hidden, lanes, plan, result))
            table.add_row(str(hidden), *row)
        show(table)
    table = new_table(
        "Below 99 %", "cell, hidden, lanes", "bound", "cycles", "waiting", "streams that fill it (cycles)"
    )
    for cell, hidden, lanes, plan, streams in waiting:
        numbers = (plan.bound_cycles, plan.cycles_per_step, plan.stall_cycles)
        table.add_row(f"{cell}, {hidden}, {lanes}", *(f"{number:g}" for number in numbers), streams)
    show(table)
    table = new_table("Measured natively", "cell, hidden, lanes", "planned", "measured")
    for cell, hidden, lanes, plan, result in measured:
        table.add_row(f"{cell}, {hidden}, {lanes}", f"{plan.cycles_per_step:g}", f"{result.cycles_per_step:g}")
    show(table)


if __name__ == "__main__":
    main()
