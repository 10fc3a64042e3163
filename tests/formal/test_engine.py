# amaranth: UnusedElaboratable=no
"""A proof about a whole engine, as small as one can be, for every source, every consumer and every stall."""

import pytest
from amaranth import Elaboratable, Module
from amaranth.hdl import Assert, Cover

from rnnhw.gateware.engine import Engine
from tests.gateware.plans import small_engine

from .harness import Refuted, prove
from .properties import Followed, offered, taken, transfer, within

DEPTH = {"few": 17, "many": 20}
LATENCY = {"few": 8, "many": 12}  # cycles without an answer at most, while one is owed and the consumer is ready


class Proof(Elaboratable):
    """Each step has its answer, with its `last`, in time if the consumer is ready.

    `latest`: the cycles in which the answer is to come.
    """

    def __init__(self, plan, latest: int):
        self.plan, self.latest, self.inputs = plan, latest, []

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = Engine(self.plan)
        offered(m, dut.i, self.inputs, "i")
        taken(m, dut.o, self.inputs, "o")
        step = Followed(m, self.inputs, transfer(dut.i), transfer(dut.o), dut.i.payload.last, 5)
        due = step.there & (step.ahead == 0) & dut.o.valid
        m.d.comb += [
            Assert(~due | (dut.o.payload.last == step.value)),
            Cover(due & transfer(dut.o) & step.value[0]),
            Cover(transfer(dut.o) & (step.level == 5) & ~dut.i.ready),
        ]
        within(m, self.latest, (step.level != 0) & dut.o.ready, transfer(dut.o), "answer")
        within(m, self.latest, dut.i.valid & dut.o.ready, transfer(dut.i), "step")
        return m


def engine(registers: str):
    """One input, one unit, weights and activations of few bits, one lane."""
    sizes = {"inputs": 1, "hidden": [1], "outputs": [], "kinds": ["rnn-relu"]}
    return small_engine(1, sizes, {"lanes": 1, "registers": registers}, weight_bits=2, activation_bits=4)


@pytest.mark.parametrize("registers", ["few", "many"])
def test_every_step_is_answered(registers, tmp_path):
    """Two answers, the step under way and two more steps fill the engine, and it goes on, within the depth."""
    prove(Proof(engine(registers), LATENCY[registers]), DEPTH[registers], tmp_path)


@pytest.mark.parametrize("registers", ["few", "many"])
def test_a_late_answer_is_found(registers, tmp_path):
    """A cycle less is too few."""
    with pytest.raises(Refuted, match="failed assertion"):
        prove(Proof(engine(registers), LATENCY[registers] - 1), DEPTH[registers], tmp_path)
