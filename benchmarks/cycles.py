"""Cycles per step, measured in simulation beside the plan and the bound, for several sizes and lanes."""

from common import batch, lstm_network, new_table, show

import rnnhw
from rnnhw.sim import verify

CASES = ((1, 20, (1, 4, 8, 20)), (8, 32, (1, 4, 8, 16, 32)), (16, 64, (8, 16, 32, 64)), (16, 128, (16, 32, 64)))
STEPS = 8


def main() -> None:
    """Print the table."""
    columns = ("inputs, hidden", "lanes", "bound", "planned", "measured", "stalls", "lanes busy", "latency")
    table = new_table("LSTM, 8 bits: cycles per step in steady state", *columns)
    for inputs, hidden, all_lanes in CASES:
        net = lstm_network(inputs, hidden)
        qnet = rnnhw.quantize(net, batch(inputs))
        for lanes in all_lanes:
            design = rnnhw.Design(qnet, lanes=lanes)
            plan = design.plan
            result = verify(design, batch(inputs, 1, STEPS, seed=3))
            busy = plan.macs_per_step / (lanes * result.cycles_per_step)
            numbers = (lanes, plan.bound_cycles, plan.cycles_per_step, result.cycles_per_step, plan.stall_cycles)
            table.add_row(f"{inputs}, {hidden}", *map(str, numbers), f"{100 * busy:.1f} %", str(plan.latency_cycles))
    show(table)


if __name__ == "__main__":
    main()
