"""Times that `rnnhw calc --measure` predicts against PyTorch's: python benchmarks/calculator_times.py [--threads N]

Each network is predicted with this machine's measured rates (`rnnhw.analysis.measure_processor`), then run and trained
in PyTorch for some seconds, of which the median counts. The ratio is measured / predicted.
"""

import argparse
from statistics import median
from time import perf_counter

import torch
from common import new_table, show
from threadpoolctl import threadpool_limits

from rnnhw.analysis import Architecture, Workload, calculate, measure_processor

CASES = (
    {"cell": "lstm", "inputs": 1, "hidden": 128, "layers": 2, "outputs": 6},
    {"cell": "gru", "inputs": 1, "hidden": 128, "layers": 2, "outputs": 6},
    {"cell": "rnn", "inputs": 1, "hidden": 128, "layers": 2, "outputs": 6},
    {"cell": "lstm", "inputs": 16, "hidden": 32, "outputs": 10},
    {"cell": "lstm", "inputs": 64, "hidden": 512, "outputs": 10},
)
STEPS, BATCH, SECONDS = 24, 64, 3.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    threads = parser.parse_args().threads
    torch.set_num_threads(threads)
    table = new_table(
        f"{STEPS} steps, batch {BATCH}, float32, Adam, {threads} thread(s), PyTorch {torch.__version__}",
        *("network", "phase", "predicted", "measured", "ratio", "efficiency"),
    )
    with threadpool_limits(threads):
        for case in CASES:
            for row in _rows(case):
                table.add_row(*row)
            table.add_section()
    show(table)


def _rows(case: dict):
    architecture, workload = Architecture(**case), Workload(steps=STEPS, batch=BATCH)
    processor = measure_processor(architecture.shape, workload)
    found = calculate(architecture, workload, processor)
    name = str(architecture)
    for phase, seconds in zip(found.phases, _measured(architecture), strict=True):
        times = (f"{value * 1e3:,.2f} ms" for value in (phase.seconds, seconds))
        yield name, phase.name, *times, f"{seconds / phase.seconds:.2f}", f"{100 * phase.efficiency:.0f} %"
        name = ""


def _measured(architecture):
    """Seconds of one sequence alone, of a batch forward, and of a training step."""
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[architecture.cell]
    cell = kind(architecture.inputs, architecture.hidden, architecture.layers, batch_first=True)
    head = torch.nn.Linear(architecture.hidden, architecture.outputs)
    optimiser = torch.optim.Adam([*cell.parameters(), *head.parameters()])
    x, y = torch.randn(BATCH, STEPS, architecture.inputs), torch.randn(BATCH, architecture.outputs)

    def forward(x):
        return head(cell(x)[0][:, -1])

    def train():
        optimiser.zero_grad()
        ((forward(x) - y) ** 2).mean().backward()
        optimiser.step()

    with torch.no_grad():
        yield _median(lambda: forward(x[:1]))
        yield _median(lambda: forward(x))
    yield _median(train)


def _median(work) -> float:
    for _ in range(3):
        work()
    times, end = [], perf_counter() + SECONDS
    while perf_counter() < end:
        begin = perf_counter()
        work()
        times.append(perf_counter() - begin)
    return median(times)


if __name__ == "__main__":
    main()
