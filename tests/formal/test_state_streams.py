# amaranth: UnusedElaboratable=no
"""Proofs about how states are shared out among engines and put together, for every source, consumer and stall."""

import pytest
from amaranth import Array, Elaboratable, Module, Mux, Value
from amaranth.hdl import Assert, Cover

from rnnhw.gateware.state_streams import StateJoin, StateSplit

from .harness import Refuted, prove
from .properties import cyclic, offered, taken, transfer

COUNTS = (2, 1, 3)
DEPTH = 8  # a vector and the beginning of the next one


def owner(m, event, counts):
    """Whose part the next element is of."""
    turns = [number for number, count in enumerate(counts) for _ in range(count)]
    position = cyclic(m, event, len(turns), "position")
    return Array(turns)[position], position == len(turns) - 1


class SplitProof(Elaboratable):
    """Each element goes to its part and to no other, in the cycle in which it is taken.

    `expected`: the parts' lengths (others in the control).
    """

    def __init__(self, expected=COUNTS):
        self.expected, self.inputs = expected, []

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = StateSplit(COUNTS, 2)
        offered(m, dut.state, self.inputs, "state")
        parts = [getattr(dut, f"part_{number}") for number in range(len(COUNTS))]
        turn, final = owner(m, transfer(dut.state), self.expected)
        for number, part in enumerate(parts):
            taken(m, part, self.inputs, f"part_{number}")
            m.d.comb += [
                Assert(part.valid == (dut.state.valid & (turn == number))),
                Assert(~part.valid | (Value.cast(part.payload) == Value.cast(dut.state.payload))),
            ]
        m.d.comb += Assert(dut.state.ready == Array([part.ready for part in parts])[turn])
        m.d.comb += Cover(transfer(dut.state) & final)
        return m


class JoinProof(Elaboratable):
    """Each part's elements come out in its turn, with `last` on the vector's final one.

    `expected`: the parts' lengths (others in the control).
    """

    def __init__(self, expected=COUNTS):
        self.expected, self.inputs = expected, []

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = StateJoin(COUNTS, 2)
        taken(m, dut.final, self.inputs, "final")
        parts = [getattr(dut, f"part_{number}") for number in range(len(COUNTS))]
        turn, final = owner(m, transfer(dut.final), self.expected)
        valids, payloads = (Array(part.valid for part in parts), Array(part.payload.data for part in parts))
        for number, part in enumerate(parts):
            offered(m, part, self.inputs, f"part_{number}")
            m.d.comb += Assert(part.ready == (dut.final.ready & (turn == number)))
        last = Mux(final, parts[-1].payload.last, 0)
        at_end = turn == len(parts) - 1
        m.d.comb += [
            Assert(dut.final.valid == valids[turn]),
            Assert(~dut.final.valid | (dut.final.payload.data == payloads[turn])),
            Assert(~dut.final.valid | at_end | ~dut.final.payload.last),
            Assert(~dut.final.valid | ~final | (dut.final.payload.last == last)),
            Cover(transfer(dut.final) & final),
        ]
        return m


@pytest.mark.parametrize("proof", [SplitProof, JoinProof])
def test_parts(proof, tmp_path):
    prove(proof(), DEPTH, tmp_path)


@pytest.mark.parametrize("proof", [SplitProof, JoinProof])
def test_other_parts_are_found(proof, tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(proof((2, 2, 2)), DEPTH, tmp_path)
