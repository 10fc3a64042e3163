"""Seconds and memory of `rnnhw generate`, the whole command, for 10 thousand to a million weights."""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from common import batch, lstm_network, new_table, show

from rnnhw.network import save

SIZES = (("10 k", 36, 3), ("100 k", 112, 6), ("1 M", 354, 60))  # name, hidden = inputs, goal in seconds
LANES = 16


def run(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory in MB of a command and of what it starts."""
    started = time.perf_counter()
    pid = os.posix_spawn(
        command[0], command, dict(os.environ), file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    )
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    table = new_table(
        "rnnhw generate", "weights", "hidden", "exact number", "seconds", "goal", "peak MB", "SystemVerilog MB"
    )
    program = str(Path(sys.executable).with_name("rnnhw"))
    with tempfile.TemporaryDirectory() as scratch:
        for name, hidden, goal in SIZES:
            folder = Path(scratch)
            net = lstm_network(hidden, hidden)
            save(net, folder / "model.safetensors")
            np.savez(folder / "data.npz", x=batch(hidden))
            files = [str(folder / "model.safetensors"), "--calibrate", str(folder / "data.npz")]
            out = folder / "out"
            seconds, memory = run([program, "generate", *files, "--lanes", str(LANES), "-o", str(out)])
            size = sum(path.stat().st_size for path in out.glob("*.sv")) / 1e6
            weights = net.layers[0].weight_ih.size + net.layers[0].weight_hh.size
            table.add_row(
                name, str(hidden), f"{weights:,}", f"{seconds:.1f}", f"{goal}", f"{memory:.0f}", f"{size:.1f}"
            )
    show(table)


if __name__ == "__main__":
    main()
