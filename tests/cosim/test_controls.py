"""Controls: one wrong bit anywhere has to be found, and named."""

import dataclasses
import re

import numpy as np
import pytest

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.vectors import make_vectors, seeded_input
from rnnhw.plan import make_plan
from rnnhw.sim import CycleMismatch, Mismatch, verify_core
from rnnhw.sim.tools import find_icarus
from tests.cosim.broken import columns_of, flipped_weight
from tests.cosim.cases import Case
from tests.cosim.test_verilog import need
from tests.networks import random_network

SEED = 7


@pytest.fixture
def case():
    rng = np.random.default_rng(SEED)
    net = random_network(rng, inputs=2, hidden=[3, 2], outputs=[2], mode="many-to-many")
    qnet = rnnhw.quantize(net, rng.normal(0, 1, (4, 5, 2)), table="exact")
    core = Core(make_plan(qnet, lanes=4, pipelines=1), "control")
    return Case(core, core.vectors(*seeded_input(qnet, 3, 4)), None)


@pytest.mark.parametrize(("number", "unit", "row"), [(0, 0, 2), (1, 1, 1)])
def test_a_flipped_weight_bit_is_traced_to_its_row(case, number, unit, row):
    item = case.core.plan.engines[0].passes[number]
    column = columns_of(item, old=False)[0]  # the own state is zero in the first step
    broken = flipped_weight(case.core, 0, number, unit, row, column)
    with pytest.raises(Mismatch) as caught:
        verify_core(broken, case.vectors, "amaranth")
    found = re.search(r"sequence (\d+), step (\d+), layer (\w+), unit (\d+): (\w+) is", str(caught.value))
    assert found, str(caught.value)
    assert (found[3], found[4], found[5]) == (item.name, str(unit), f"a_{'igfo'[row]}"), str(caught.value)


def altered(vectors, **columns):
    """The same vectors with other beats expected."""
    return dataclasses.replace(vectors, expected={"o": vectors.expected["o"] | columns})


def test_a_flipped_expected_bit_is_reported(case):
    expected = case.vectors.expected["o"]["data"].copy()
    expected[3] ^= 1
    wrong = altered(case.vectors, data=expected)
    with pytest.raises(Mismatch, match=r"beat 3 of o is \(data, last\) = "):
        verify_core(case.core, wrong, "amaranth")


def test_a_wrong_last_is_reported(case):
    last = case.vectors.expected["o"]["last"].copy()
    last[0] ^= 1
    wrong = altered(case.vectors, last=last)
    with pytest.raises(Mismatch, match="beat 0 of o"):
        verify_core(case.core, wrong, "amaranth")


def test_a_flipped_bit_in_the_emitted_memory_is_traced(case, tmp_path):
    need(find_icarus)
    sources = case.core.write_sources(tmp_path)
    text = "".join(path.read_text() for path in sources)
    module = re.search(r"module \w*weight_memory.*?endmodule", text, re.S)[0]
    sign = 1 << (case.core.plan.network.config.weight_bits - 1)  # of lane 0, which stands lowest
    word = re.search(r"words\w*\[0\] = (\d+)'h([0-9a-f]+);", module)
    altered = word[0].replace(f"h{word[2]}", f"h{int(word[2], 16) ^ sign:x}")
    for path in sources:
        path.write_text(path.read_text().replace(module, module.replace(word[0], altered)))
    with pytest.raises(Mismatch, match=r"step 0, layer lstm0, unit 0: a_i is"):
        verify_core(case.core, case.vectors, "icarus", sources=sources, folder=tmp_path)


def test_a_cycle_too_many_is_reported(case):
    """A core whose plan is of another number of lanes gives the right bits in the wrong cycles."""
    lanes = case.core.plan.hardware.lanes
    other = make_plan(case.core.plan.network, lanes=lanes // 2)
    with pytest.raises(CycleMismatch, match=r"in cycle \d+, the plan says \d+"):
        verify_core(_Disguised(other, case.core), case.vectors, "amaranth")


class _Disguised(Core):
    """A core that says it has another core's plan."""

    def __init__(self, built, shown: Core):
        super().__init__(shown.plan, shown.name)
        object.__setattr__(self, "built", built)

    def component(self):
        return Core(self.built, self.name).component()


def test_no_sequence_leaves_something_for_the_next(case):
    """The same sequence first, last and in the middle gives the same answer."""
    network, x_raw = case.core.plan.network, case.vectors.x_raw
    order = [0, 1, 0, *range(len(x_raw)), 0]
    vectors = make_vectors(network, x_raw[order], case.vectors.lengths[order])
    outputs = verify_core(case.core, vectors, "amaranth").outputs
    same = [index for index, sequence in enumerate(order) if sequence == 0]
    assert all(np.array_equal(outputs[same[0]], outputs[index]) for index in same)
