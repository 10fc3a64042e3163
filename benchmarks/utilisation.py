"""How busy the lanes are in steady state: LSTM, GRU and RNN of many sizes on 4 to 256 lanes.

Each entry is cycles a step; where they are more than the bound (row groups times columns), the bound's share of them
stands behind. The cycles are the plan's; a sample of them is measured in the native simulation. Where less than 99 %
are reached, one sequence alone cannot do better: a step's last results are on their way when the next step wants them,
and the input's columns are all that can be done meanwhile. The next table says how many interleaved sequences fill
that time.
"""

from functools import partial
from itertools import product

import numpy as np
from common import batch, new_table, show

import rnnhw
from rnnhw.errors import RnnhwError
from rnnhw.network import GRU, LSTM, RNN, Network
from rnnhw.plan import make_plan
from rnnhw.sim import verify

INPUTS = (16, 1)
HIDDEN = (16, 32, 64, 128, 256)
LANES = (4, 8, 16, 32, 64, 128, 256)
CELLS = {"LSTM": (LSTM, 4), "GRU": (GRU, 3), "RNN": (RNN, 1)}
MEASURED = ((16, 16, 4), (16, 32, 16), (1, 16, 16))
GOAL = 0.99


def network(cell: str, inputs: int, hidden: int):
    """A quantised network of one layer that answers at a sequence's end."""
    kind, gates = CELLS[cell]
    rng = np.random.default_rng(hidden)
    spread = partial(rng.normal, 0, 1.5 / np.sqrt(inputs + hidden))
    arrays = [spread((gates * hidden, inputs)), spread((gates * hidden, hidden)), rng.normal(0, 0.3, gates * hidden)]
    further = {"GRU": {"bias_hn": rng.normal(0, 0.3, hidden)}, "RNN": {"activation": "tanh"}}.get(cell, {})
    net = Network([kind(*arrays, name="layer", **further)], "many-to-one", f"{cell.lower()}_{hidden}")
    return rnnhw.quantize(net, batch(inputs))


def enough_streams(qnet, lanes: int) -> str:
    """The fewest interleaved sequences that reach the goal."""
    for streams in range(2, 9):
        plan = make_plan(qnet, lanes=lanes, streams=streams)
        if plan.bound_cycles / plan.cycles_per_step >= GOAL:
            return f"{streams} ({plan.cycles_per_step:g})"
    return "more than 8"


def entry(plan) -> str:
    """Cycles, and the bound's share where it is not all."""
    share = plan.bound_cycles / plan.cycles_per_step
    return f"{plan.cycles_per_step:g}" if share == 1 else f"{plan.cycles_per_step:g} ({100 * share:.0f} %)"


def plans(qnet):
    """A plan for each number of lanes, None where there are fewer rows."""
    for lanes in LANES:
        try:
            yield lanes, make_plan(qnet, lanes=lanes)
        except RnnhwError:
            yield lanes, None


def main() -> None:
    """Print the tables."""
    waiting, measured = [], []
    for cell, inputs in product(CELLS, INPUTS):
        table = new_table(f"{cell}, {inputs} inputs, 8 bits: cycles a step by lanes", "hidden", *map(str, LANES))
        for hidden in HIDDEN:
            qnet, row = network(cell, inputs, hidden), []
            for lanes, plan in plans(qnet):
                row.append("-" if plan is None else entry(plan))
                if plan is not None and plan.bound_cycles / plan.cycles_per_step < GOAL:
                    waiting.append((f"{cell}, {inputs}, {hidden}, {lanes}", plan, enough_streams(qnet, lanes)))
                if (inputs, hidden, lanes) in MEASURED:
                    design = rnnhw.Design(qnet, lanes=lanes)
                    result = verify(design, batch(inputs, 2, 9, seed=3), simulator="cxxrtl")
                    measured.append((f"{cell}, {inputs}, {hidden}, {lanes}", plan, result))
            table.add_row(str(hidden), *row)
        show(table)
    name = "cell, inputs, hidden, lanes"
    table = new_table("Below 99 %", name, "bound", "cycles", "waiting", "streams that fill it (cycles)")
    for label, plan, streams in waiting:
        numbers = (plan.bound_cycles, plan.cycles_per_step, plan.stall_cycles)
        table.add_row(label, *(f"{number:g}" for number in numbers), streams)
    show(table)
    table = new_table("Measured natively", name, "planned", "measured")
    for label, plan, result in measured:
        table.add_row(label, f"{plan.cycles_per_step:g}", f"{result.cycles_per_step:g}")
    show(table)


if __name__ == "__main__":
    main()
