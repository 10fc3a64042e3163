"""What the benchmarks share: networks of a given size, and tables that say how they were made."""

import os
import platform
import sys
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from rnnhw.network import LSTM, Dense, Network


def lstm_network(inputs: int, hidden: int, outputs: int = 0, seed: int = 1, mode: str = "many-to-many") -> Network:
    """A random LSTM, with a dense head if there are outputs."""
    rng = np.random.default_rng(seed)
    spread = 1.5 / np.sqrt(inputs + hidden)
    sizes = (inputs, hidden)
    layers = [LSTM(*(rng.normal(0, spread, (4 * hidden, n)) for n in sizes), rng.normal(0, 0.3, 4 * hidden))]
    if outputs:
        layers.append(Dense(rng.normal(0, 0.5, (outputs, hidden)), rng.normal(0, 0.3, outputs)))
    return Network(layers, mode, f"lstm_{inputs}_{hidden}")


def batch(inputs: int, sequences: int = 8, steps: int = 8, seed: int = 2) -> np.ndarray:
    """Random input sequences."""
    return np.random.default_rng(seed).uniform(-1, 1, (sequences, steps, inputs))


def new_table(title: str, *columns: str) -> Table:
    """A table whose first column is a name and whose others are numbers."""
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def show(table: Table) -> None:
    """Print a table, the machine and the command."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    console.print(table)
    command = f"python benchmarks/{Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}".strip()
    console.print(f"{command}; Python {platform.python_version()}, {os.cpu_count()} cores\n", markup=False)
