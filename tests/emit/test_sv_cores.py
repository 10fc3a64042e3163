# amaranth: UnusedElaboratable=no
"""Whole cores of every kind: the text is silent in the linters and gives the same bits in Icarus."""

import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.lib.wiring import In

from rnnhw.gateware import NetworkTop
from tests.estimate.random_plans import MIXES, random_plan

from .conftest import amaranth_outputs, random_vectors

SEEDS = (1, 2, 5, 6, 7)  # and numbers of `MIXES`: both kinds of GRU, all cells, bidirectional layers


def core(plan):
    """Builds a core with all fields of its streams as ports."""

    def build(m):
        m.submodules.core = top = NetworkTop(plan)
        inputs, outputs = [], []
        for name, member in top.signature.members.items():
            port = getattr(top, name)
            forward, backward = (inputs, outputs) if member.flow == In else (outputs, inputs)
            forward += [port.valid, Value.cast(port.payload)]
            backward.append(port.ready)
        return inputs, outputs

    return build


def beats(design, cycles: int, seed: int) -> list[list[int]]:
    """Random inputs; a reset in the middle only, so that answers come."""
    rows = random_vectors(design, cycles, seed)
    reset = next(at for at, signal in enumerate(design.inputs) if signal is design.domain.rst)
    for number, row in enumerate(rows):
        row[reset] = int(number == cycles // 2)
    return rows


@pytest.mark.parametrize("seed", SEEDS)
def test_a_core(emitter, make_design, seed):
    plan = random_plan(np.random.default_rng(seed), 3, MIXES[seed])
    design = make_design(core(plan))
    sources = emitter.emit(design)
    emitter.lint(sources)
    vectors = beats(design, 300, seed)
    expected = amaranth_outputs(design, vectors)
    assert emitter.icarus(sources, design, vectors) == expected
    assert len(set(expected)) > 4  # answers come, with different values
