"""Area and critical path of LSTMs in standard cells, weights of 8 bits: python benchmarks/asic.py [LIBERTY]."""

import sys
import tempfile
from pathlib import Path

from common import batch, lstm_network, new_table, show

import rnnhw
from rnnhw.build_asic import build_asic

HIDDEN, LANES = (8, 20, 32), (4, 8, 16)
DEFAULT = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib"


def main() -> None:
    """Print the table."""
    liberty = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    table = new_table(
        f"LSTM, 1 input, a dense head, 8 bits; {Path(liberty).stem}",
        *("hidden, lanes", "area", "NAND2", "flip-flops", "macro bits", "ns", "MHz", "cycles a step", "us a step"),
    )
    for hidden in HIDDEN:
        qnet = rnnhw.quantize(lstm_network(1, hidden, 1, mode="many-to-one"), batch(1))
        for lanes in LANES:
            design = rnnhw.Design(qnet, lanes=lanes, weights="loadable")
            with tempfile.TemporaryDirectory() as folder:
                report = build_asic(design, liberty, Path(folder) / "out").report
            path, cycles = report["timing"]["critical"], report["cycles_per_step"]
            row = [f"{report['area']['total']:,.0f}", f"{report['gate_equivalents']:,}", f"{report['flip_flops']:,}"]
            row += [f"{report['memory_bits']['macro']:,}", f"{path['delay_ns']:.2f}", f"{path['mhz']:.0f}"]
            row += [f"{cycles:g}", f"{cycles * path['delay_ns'] / 1e3:.3f}"]
            table.add_row(f"{hidden}, {lanes}", *row)
    show(table)


if __name__ == "__main__":
    main()
