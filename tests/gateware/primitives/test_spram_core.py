# amaranth: UnusedElaboratable=no
"""A whole core of iCE40 cells with its weights in SPRAM: loaded and run, it does in every cycle what the other does."""

import shutil

import pytest
from amaranth import Cat, Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware import NetworkTop
from rnnhw.gateware.primitives import GENERIC, find_primitives
from tests.gateware.cores import Traffic
from tests.gateware.plans import small_plan
from tests.gateware.stepper import play

from .netlists import replay_netlist

QUIET = 40  # cycles after the last element


class Flat(wiring.Component):
    """A core with its ports as plain bits: what it takes, and one word of all that it says."""

    def __init__(self, plan, primitives):
        self.core = core = NetworkTop(plan, primitives)
        width = 3 + len(core.o.payload.as_value())
        taken = {"offer": In(1), "step": In(len(core.i.payload.as_value())), "load_offer": In(1), "load": In(9)}
        super().__init__(taken | {"status": Out(width)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = self.core
        answer = Mux(core.o.valid, core.o.payload.as_value(), 0)
        m.d.comb += [
            core.i.valid.eq(self.offer),
            core.i.payload.as_value().eq(self.step),
            core.load.valid.eq(self.load_offer),
            core.load.payload.as_value().eq(self.load),
            core.o.ready.eq(1),
            self.status.eq(Cat(core.i.ready, core.loaded, core.o.valid, answer)),
        ]
        return m


def run(plan):
    """Load the generic core, first with one bit wrong, and give it sequences; returns inputs and status by cycle."""
    dut, traffic, image = Flat(plan, GENERIC), Traffic(plan, (2, 1, 3)), plan.load_image()
    width = plan.network.input.width
    steps = [value % (1 << width) | first << width | last << (width + 1) for value, first, last in traffic.beats]
    images = (image[:9] + bytes([image[9] ^ 4]) + image[10:], image)
    rows = [(0, 0, 1, byte | (at == len(image) - 1) << 8) for part in images for at, byte in enumerate(part)]
    taken, seen = [], []

    def actor():
        for row in rows:
            taken.append(row)
            seen.append((yield row)[0])
        waiting = list(steps)
        while waiting:
            taken.append((1, waiting[0], 0, 0))
            seen.append((yield taken[-1])[0])
            if seen[-1] & 1:
                waiting.pop(0)
        for _ in range(plan.latency_cycles + QUIET):
            taken.append((0, 0, 0, 0))
            seen.append((yield taken[-1])[0])

    play(dut, [dut.offer, dut.step, dut.load_offer, dut.load], [dut.status], actor())
    bits = plan.network.output.width
    answers = [status >> 3 & ((1 << bits) - 1) for status in seen if status & 4]
    assert answers == [value % (1 << bits) for value, *_ in traffic.expected]
    return taken, seen


def test_a_core(yosys, tmp_path):
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog was not found")
    sizes = {"inputs": 2, "hidden": [1], "outputs": [], "kinds": ["rnn-tanh"], "mode": "many-to-one", "head": "none"}
    plan = small_plan(1, sizes, {"lanes": 1, "columns_per_cycle": 2, "weights": "loadable", "weight_memory": "spram"})
    rows, expected = run(plan)
    dut = Flat(plan, find_primitives("ice40"))
    ports = {name: getattr(dut, name) for name in ("offer", "step", "load_offer", "load")}
    assert replay_netlist(dut, ports, "status", rows, tmp_path) == expected
    size = len(plan.load_image())
    assert [expected[at] & 2 for at in (size, 2 * size)] == [0, 2]
    assert (tmp_path / "top_ice40.sv").read_text().count("SB_SPRAM256KA ") == 1
