# amaranth: UnusedElaboratable=no
"""The link's memories are those that its gateware has, and yosys makes as many block RAMs of them."""

import numpy as np
import pytest
from amaranth.back import rtlil

from rnnhw.estimate import estimate, find_device, for_device
from rnnhw.estimate.link_memories import link_memories
from rnnhw.gateware.link import LinkedCore
from rnnhw.gateware.primitives import find_primitives
from rnnhw.plan import make_plan
from rnnhw.quantize import quantize
from rnnhw.synth import count_cells
from tests.networks import random_batch, random_network


def plan_of(hidden: int, **options):
    rng = np.random.default_rng(2)
    net = random_network(rng, inputs=2, hidden=[hidden], outputs=[2], mode="many-to-one", kinds=["lstm"])
    return make_plan(quantize(net, random_batch(rng, net, 2, 4)), count_saturations=True, **options)


@pytest.mark.parametrize(
    ("family", "link", "options"),
    [("ice40", "uart", {}), ("ecp5", "spi", {"load_state": True}), ("gowin", "uart", {"load_state": True})],
)
def test_block_rams_with_a_link(family, link, options, yosys):
    device = find_device(family)
    plan = for_device(plan_of(9, **options), device)
    figures = estimate(plan, device, link=link)
    top = LinkedCore(
        plan,
        identity=bytes(8),
        clock_hz=12_000_000,
        link=link,
        baud=1_000_000,
        primitives=find_primitives(family),
    )
    cells = count_cells(rtlil.convert(top, name="top", emit_src=False), family=family, whole=False)
    assert (figures.dsp, figures.bram, figures.lut_ram) == (cells.dsp, cells.block_ram, cells.lut_ram)
    alone = estimate(plan, device)
    assert figures.bram == alone.bram + 2 + bool(options)  # control: without them it would be wrong


def test_state_vectors():
    assert len(link_memories(plan_of(9))) == 2
    small, large = (link_memories(plan_of(size, load_state=True))[2] for size in (1, 9))
    assert (small.style, large.style) == ("registers", "block")
    assert (large.depth, large.width) == (18, 16)
