"""Tools that only pretend, for tests of what is done with what they say."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import rnnhw
from rnnhw import Design, closing
from rnnhw.boards import BOARDS
from rnnhw.build import build
from rnnhw.closing import Wishes
from rnnhw.synth import Cells, CriticalPath, Report, Routed
from tests.networks import random_network


def quantised(hidden=(4,), inputs=2, outputs=(3,), seed=4, kinds=None, mode="many-to-one", **options):
    rng = np.random.default_rng(seed)
    network = random_network(
        rng, inputs=inputs, hidden=list(hidden), outputs=list(outputs), mode=mode, name="little", kinds=kinds
    )
    steps = 1 if mode.startswith("one-to") else 5
    return rnnhw.quantize(network, calibration=rng.normal(size=(8, steps, inputs)), **options)


@dataclass
class Pretended:
    """Stands for the tools of one clock: seeds reach what `reached` says."""

    reached: dict
    cells: dict
    folder: Path
    asked: list
    mhz: float = 0

    def synthesise(self):
        (self.folder / "yosys.log").write_text("done")
        return Cells(self.cells)

    def route(self, seed, mhz):
        self.asked.append((seed, round(mhz, 3)))
        value = self.reached(seed, mhz) if callable(self.reached) else self.reached[seed]
        (self.folder / f"nextpnr-seed{seed}.log").write_text(f"reached {value}")
        path = CriticalPath(1000 / value, 1.0, 2, "core.a", ("core.b",), "core.c")
        return Routed(seed, Report({"clk": value}, {"LC": (5, 10)}, path), "x.asc", f"nextpnr-seed{seed}.log")

    def pack(self, routed, name):
        (self.folder / f"{name}.bin").write_text(f"seed {routed.seed}")
        return f"{name}.bin"

    def versions(self):
        return {"nextpnr-ice40": "1.0"}


def pretending(monkeypatch, tmp_path):
    """Builds with tools that reach what a test says; returns what was built and what nextpnr was asked for."""

    def run(reached, board="icebreaker", cells=None, **wishes):
        asked, made = [], replace(BOARDS[board], core_mhz=24.0) if isinstance(board, str) else board

        def prepare(builder, clock):
            folder = builder.folder / f"work-{clock.rounded_hz}"
            folder.mkdir()
            return Pretended(reached, cells or {"SB_LUT4": 10}, folder, asked)

        monkeypatch.setattr(closing.Builder, "_prepare", prepare)
        design = Design(quantised(), lanes=2, target=made)
        return build(design, made, tmp_path / "out", Wishes(**wishes)), asked

    return run
