"""Bitstreams for the boards, and cores alone: what they take, which clocks three seeds reach, and what limits them.

Each case is kept in build/bench-boards, so that a run that was broken off goes on where it stood; an altered core,
other tools or seeds make it anew. `python benchmarks/boards.py NAME ...` does only the cases whose names begin so.
"""

import json
import statistics
import sys
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from common import batch, lstm_network, new_table, show

import rnnhw
from rnnhw import data
from rnnhw.boards import find
from rnnhw.boards.parts import part_of
from rnnhw.build import Wishes, build, cycles_per_inference
from rnnhw.network import load_data
from rnnhw.sim import verify
from rnnhw.synth import Flow, Part
from rnnhw.synth.tools import versions

SEEDS = 3
FOLDER = Path("build/bench-boards")
UNPLACED = {"ice40": "--pcf-allow-unconstrained", "ecp5": "--lpf-allow-unconstrained"}  # pins where there are none


@dataclass(frozen=True, eq=False)
class Case:
    """A board and a core for it.

    Parameters
    ----------
    name : str
    board : str
    network : callable
        Makes the quantised network.
    lanes : int
    clock : float, optional
        Of the bitstream, in MHz; of a core alone what nextpnr aims at.
    alone : bool
        The core without link, PLL and pins.
    steps : int
        Of a sequence.
    more : dict
        Further hardware options.
    """

    name: str
    board: str
    network: object
    lanes: int
    clock: float
    alone: bool = False
    steps: int = 8
    more: dict = field(default_factory=dict)


def digits():
    """The shipped LSTM with 32 units, 8 bits."""
    net = rnnhw.load(data.digits_model())
    return rnnhw.quantize(net, load_data(data.digits_calibration(), net.input_size).x)


def random_lstm(inputs: int, hidden: int, outputs: int, steps: int = 6):
    """A random LSTM with a dense head, 8 bits."""
    return rnnhw.quantize(lstm_network(inputs, hidden, outputs, mode="many-to-one"), batch(inputs, 16, steps))


SMALL, WIDE = partial(random_lstm, 1, 20, 1), partial(random_lstm, 8, 32, 10)
CASES = (
    Case("icebreaker-8", "icebreaker", digits, 8, 36),
    Case("icebreaker-16", "icebreaker", digits, 16, 33),
    Case("upduino-8", "upduino", digits, 8, 24),
    Case("ulx3s-25f-16", "ulx3s-25f", digits, 16, 100),
    Case("ulx3s-85f-64", "ulx3s-85f", digits, 64, 80),
    Case("orangecrab-16", "orangecrab", digits, 16, 120),
    Case("orangecrab-64", "orangecrab", digits, 64, 80, more={"multiplier": "lut"}),
    Case("tang-nano-9k-8", "tang-nano-9k", digits, 8, 72),
    Case("core-up5k-16", "icebreaker", SMALL, 16, 60, True, 6, {"streams": 2, "pipelines": 1}),
    Case("core-25f-16", "ulx3s-25f", WIDE, 16, 170, True, 6, {"pipelines": 1}),
    Case("core-25f-4", "ulx3s-25f", SMALL, 4, 170, True, 6, {"pipelines": 1}),
    Case("core-25f-64u", "ulx3s-25f", partial(random_lstm, 1, 64, 1), 16, 170, True, 6, {"pipelines": 1}),
)


def main() -> None:
    """Measure and print."""
    wanted = tuple(sys.argv[1:])
    results = {case: measured(case) for case in CASES if not wanted or case.name.startswith(wanted)}
    bitstreams = {case: result for case, result in results.items() if not case.alone}
    cores = {case: result for case, result in results.items() if case.alone}
    if bitstreams:
        show(bitstream_table(bitstreams))
    if cores:
        show(core_table(cores))
    paths = new_table("What limits the clock (median seed)", "case", "path")
    paths.columns[1].justify = "left"
    for case, result in results.items():
        paths.add_row(case.name, result["path"])
    show(paths)
    print(", ".join(f"{tool} {version}" for tool, version in sorted(tools(results).items())))


def tools(results) -> dict:
    """Releases of all tools that were used."""
    return {name: version for result in results.values() for name, version in result["tools"].items()}


def bitstream_table(results):
    """Digits, with link, PLL and pins."""
    columns = ("board", "lanes", "LUT, carry, RAM", "FF", "DSP", "block RAM", "clock", "seeds 1, 2, 3", "median")
    table = new_table("Digits LSTM-32, 8 bits, with host link: MHz", *columns, "sequences a second")
    for case, result in results.items():
        use, reached = result["use"], result["reached"]
        cells = [use.get(kind, "") for kind in ("lut", "ff", "dsp", "ram")]
        clock = f"{result['clock']:.4g} {'met' if result['met'] else 'NOT MET'}"
        speeds = ", ".join(f"{mhz:.1f}" for mhz in reached)
        median = f"{statistics.median(reached):.1f}"
        rate = f"{result['clock'] * 1e6 / result['cycles_per_inference']:,.0f}"
        table.add_row(case.board, str(case.lanes), *map(str, cells), clock, speeds, median, rate)
    return table


def core_table(results):
    """Cores alone, and what they do at the median clock."""
    columns = (
        "core",
        "lanes",
        "LUT4",
        "carry",
        "FF",
        "DSP",
        "block RAM",
        "cycles a step",
        "seeds 1, 2, 3",
        "median MHz",
    )
    table = new_table("Cores alone, 8 bits", *columns, "us a step", "sequences a second")
    for case, result in results.items():
        reached, cells = result["reached"], result["cells"]
        median = statistics.median(reached)
        speeds = ", ".join(f"{mhz:.1f}" for mhz in reached)
        rate = f"{median * 1e6 / result['cycles_per_inference']:,.0f}"
        counts = [cells[kind] for kind in ("lut4", "carry", "ff", "dsp", "ram")]
        name = f"{result['network']}, {result['device']}"
        step = f"{result['cycles_per_step'] / median:.2f}"
        table.add_row(
            name,
            str(case.lanes),
            *map(str, counts),
            f"{result['cycles_per_step']}",
            speeds,
            f"{median:.1f}",
            step,
            rate,
        )
    return table


def measured(case: Case) -> dict:
    """The figures of a case, made or found."""
    board = find(case.board)
    design = rnnhw.Design(
        case.network(), lanes=case.lanes, target=board, name="top", **({} if case.alone else COUNT), **case.more
    )
    family = board.device.family
    known = versions(("yosys", f"nextpnr-{family}"))
    content = json.dumps([design.identity.hex(), design.core.rtlil_for(family), known, case.clock, SEEDS, case.alone])
    file = FOLDER / f"{case.name}.json"
    key = sha256(content.encode()).hexdigest()
    if file.exists() and (found := json.loads(file.read_text()))["key"] == key:
        return found
    print(f"{case.name} ...", file=sys.stderr, flush=True)
    result = (routed_core if case.alone else bitstream)(case, board, design)
    result |= {"key": key, "tools": known, "network": f"LSTM {design.qnet.input_size}->{hidden(design)}"}
    result |= {"cycles_per_inference": cycles_per_inference(design.plan, case.steps), "device": board.device.name}
    FOLDER.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result))
    return result


COUNT = {"count_saturations": True}  # as rnnhw build has it


def hidden(design) -> int:
    """Units of the first cell."""
    return design.qnet.cells[0].hidden_size


def bitstream(case: Case, board, design) -> dict:
    """Build with all seeds; the bitstream is that of the best one."""
    wishes = Wishes(clock=case.clock, seeds=SEEDS, all_seeds=True)
    with TemporaryDirectory(prefix="rnnhw-") as folder:
        built = build(design, board, Path(folder) / "out", wishes)
        timing, used = built.board.timing, built.board.utilisation
        size = (built.folder / built.bitstream).stat().st_size
    reached = list(timing["seeds"].values())
    kinds = {
        "lut": ("ICESTORM_LC", "TRELLIS_COMB", "LUT4"),
        "ff": ("TRELLIS_FF", "DFF"),
        "dsp": ("ICESTORM_DSP", "MULT18X18D", "MULT9X9", "MULT18X18"),
        "ram": ("ICESTORM_RAM", "DP16KD", "BSRAM"),
    }
    use = {kind: next((f"{used[n][0]:,}" for n in names if n in used), "") for kind, names in kinds.items()}
    met = max(reached) >= timing["constraint_mhz"]
    path = timing["critical_path"]["text"]
    return {"use": use, "reached": reached, "clock": timing["clock_mhz"], "met": met, "path": path, "bytes": size}


def routed_core(case: Case, board, design) -> dict:
    """Place and route the core itself, and hold its cycles against a simulation."""
    family = board.device.family
    part = part_of(family, board.platform())
    part = Part(part.family, (*part.nextpnr, UNPLACED[family]), part.constraints, part.pack)
    with TemporaryDirectory(prefix="rnnhw-") as folder:
        (Path(folder) / "top.il").write_text(design.core.rtlil_for(family))
        (Path(folder) / part.constraints).write_text("")
        flow = Flow(part, Path(folder))
        cells = flow.synthesise()
        routed = [flow.route(seed, case.clock) for seed in range(1, SEEDS + 1)]
    speeds = [item.report.slowest_mhz for item in routed]
    median = next(item for item in routed if item.report.slowest_mhz == statistics.median(speeds))
    types = cells.by_type
    counts = {
        "lut4": sum(types.get(name, 0) for name in ("SB_LUT4", "LUT4")),
        "carry": sum(types.get(name, 0) for name in ("SB_CARRY", "CCU2C")),
        "ff": cells.ff,
        "dsp": cells.dsp,
        "ram": cells.block_ram,
    }
    verify(design, batch(design.qnet.input_size, 6, case.steps, seed=5))  # every answer in the cycle that is planned
    return {
        "cells": counts,
        "lut_ram": cells.lut_ram,
        "reached": speeds,
        "path": str(median.report.critical),
        "cycles_per_step": design.plan.cycles_per_step,
    }


if __name__ == "__main__":
    main()
