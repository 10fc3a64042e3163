# amaranth: UnusedElaboratable=no
"""Whole cores: every kind of cell, mix, direction, head and mode, exact bits in exact cycles."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.gateware import NetworkTop
from tests.networks import CELLS, KINDS

from .cores import Traffic
from .plans import make_plan, small_network, small_plan
from .streams import offered, sometimes

LENGTHS = (2, 1, 1, 4, 1, 3)
ONES = (1,) * 5
KIND_CASES = [  # lanes, columns, pipelines
    (1, 1, "auto"),
    (3, 1, 1),
    (5, 2, 2),
    (7, 1, 3),
    (12, 3, 1),
]
MIXES = [
    ({"hidden": [3, 2, 4], "outputs": [2], "kinds": CELLS}, {"lanes": 3}),
    ({"hidden": [2, 3, 1], "outputs": [], "kinds": CELLS}, {"lanes": 4, "columns_per_cycle": 2, "pipelines": 2}),
    ({"hidden": [3, 3], "outputs": [3, 2], "kinds": ["gru", "gru-before"]}, {"lanes": 5, "engines": "per-layer"}),
    ({"hidden": [1, 1, 1], "outputs": [1], "kinds": CELLS}, {"lanes": 2, "engines": 2}),
    ({"hidden": [5, 2], "outputs": [7], "kinds": ["lstm", "rnn-relu"]}, {"lanes": 6, "update_multiplier": "lut"}),
    ({"hidden": [3, 2], "outputs": [3], "kinds": ["bidirectional"]}, {"lanes": 4, "max_steps": 4}),
    ({"hidden": [2, 2, 2], "outputs": [], "kinds": KINDS}, {"lanes": 3, "max_steps": 5, "columns_per_cycle": 2}),
]


def sizes_of(kind: str, **more) -> dict:
    return {"inputs": 3, "hidden": [4], "outputs": [], "kinds": [kind], "head": "none"} | more


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize(("lanes", "columns", "pipelines"), KIND_CASES)
@pytest.mark.parametrize("kind", CELLS)
def test_every_kind(kind, lanes, columns, pipelines, mode):
    units = {"lstm": 4, "gru": 3, "gru-before": 2}.get(kind, 1) * 4
    hardware = {"lanes": min(lanes, units), "columns_per_cycle": columns, "pipelines": pipelines}
    Traffic(small_plan(lanes, sizes_of(kind, mode=mode), hardware), LENGTHS, lanes).check()


@pytest.mark.parametrize("mode", ["one-to-one", "many-to-one", "many-to-many", "one-to-many"])
@pytest.mark.parametrize(("sizes", "hardware"), MIXES)
def test_every_mix(sizes, hardware, mode):
    if mode == "one-to-many":
        if "bidirectional" in sizes["kinds"]:
            sizes = sizes | {"kinds": CELLS}
        sizes = sizes | {"outputs": [*sizes["outputs"], 3], "steps": 4}
    network = small_network(len(str(sizes)), {"inputs": 3, "head": "none", "mode": mode} | sizes)
    try:
        plan = make_plan(network, **hardware)
    except RnnhwError:  # fewer engines than bidirectional layers ask for
        plan = make_plan(network, **{key: value for key, value in hardware.items() if key != "engines"})
    Traffic(plan, ONES if mode.startswith("one") else LENGTHS, 1).check()


@pytest.mark.parametrize("kind", ["lstm", "gru-before", "bidirectional"])
@pytest.mark.parametrize("mode", ["one-to-one", "many-to-one", "many-to-many"])
@pytest.mark.parametrize("head", ["argmax", "softmax"])
def test_every_head(head, mode, kind):
    plan = small_plan(3, sizes_of(kind, mode=mode, head=head, outputs=[5]), {"lanes": 4, "max_steps": 4})
    Traffic(plan, ONES if mode.startswith("one") else LENGTHS, 2).check()


@pytest.mark.parametrize("reading", ["final", "last-step"])
def test_every_reading(reading):
    sizes = sizes_of("bidirectional", mode="many-to-one", reading=reading, hidden=[3, 2])
    Traffic(small_plan(6, sizes, {"lanes": 5, "max_steps": 4}), LENGTHS, 3).check()


@pytest.mark.parametrize("streams", [2, 3, 5])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize(
    ("sizes", "hardware"),
    [
        ({"hidden": [3], "outputs": [], "kinds": ["lstm"]}, {"lanes": 12}),
        ({"hidden": [3, 2], "outputs": [2], "kinds": CELLS}, {"lanes": 6, "columns_per_cycle": 2}),
        ({"hidden": [2, 2], "outputs": [3], "kinds": CELLS}, {"lanes": 4, "engines": "per-layer"}),
    ],
)
def test_streams(sizes, hardware, mode, streams):
    plan = small_plan(streams, {"inputs": 2, "mode": mode, "head": "none"} | sizes, hardware | {"streams": streams})
    Traffic(plan, (*LENGTHS, 2, 3, 1, 2), streams).check()


@pytest.mark.parametrize("weight_bits", [1, 2, 5, 16])
@pytest.mark.parametrize("activation_bits", [4, 9, 16])
@pytest.mark.parametrize("multiplier", ["dsp", "lut"])
def test_widths_at_their_limits(weight_bits, activation_bits, multiplier):
    """Nothing but the ends of the input's range, too."""
    sizes = {"inputs": 3, "hidden": [2, 3], "outputs": [2], "kinds": CELLS, "mode": "many-to-many", "head": "none"}
    hardware = {"lanes": 5, "columns_per_cycle": 2, "multiplier": multiplier, "update_multiplier": multiplier}
    rounding = {4: "floor", 9: "half_up", 16: "half_even"}[activation_bits]
    options = {"weight_bits": weight_bits, "activation_bits": activation_bits, "rounding": rounding, "per_gate": True}
    plan = small_plan(weight_bits + activation_bits, sizes, hardware, **options)
    Traffic(plan, (3, 1, 2), 4, ends=True).check()


@pytest.mark.parametrize("case", range(6))
@pytest.mark.parametrize(("chance", "take"), [(0.03, 1), (1, 0.05), (0.4, 0.3)])
def test_starvation_and_backpressure(case, chance, take):
    """Neither changes a value, their order, or where `last` stands."""
    kinds = [["lstm"], ["gru", "rnn-relu"], ["gru-before", "lstm"], ["bidirectional"], CELLS, ["rnn-tanh"]][case]
    mode = ["many-to-many", "many-to-one"][case % 2]
    streams = 2 if case == 4 else 1
    sizes = {"inputs": 2, "hidden": [3, 2], "outputs": [2], "kinds": kinds, "mode": mode}
    plan = small_plan(case, sizes, {"lanes": 4, "max_steps": 4, "streams": streams, "columns_per_cycle": 1 + case % 2})
    traffic, rng = Traffic(plan, LENGTHS, case), np.random.default_rng(case)
    traffic.check(earliest=offered(rng, len(traffic.beats), chance), ready=sometimes(rng, take))


def test_bits_are_compared():
    """Control: with one input changed by a unit of the last place, the check must fail."""
    plan = small_plan(1, sizes_of("lstm", mode="many-to-many"), {"lanes": 4}, activation_bits=16, weight_bits=16)
    traffic = Traffic(plan, (3,))
    data, *rest = traffic.beats[0]
    traffic.beats[0] = (data ^ 1, *rest)
    with pytest.raises(AssertionError):
        traffic.check()


def test_cycles_are_compared():
    """Control: a core with other lanes gives the same bits in other cycles."""
    sizes = sizes_of("lstm", mode="many-to-many")
    traffic, other = Traffic(small_plan(1, sizes, {"lanes": 4}), (3,)), small_plan(1, sizes, {"lanes": 3})
    _, sink = traffic.run(top=NetworkTop(other))
    assert sink.beats == traffic.expected
    with pytest.raises(AssertionError):
        traffic.check(top=NetworkTop(other))
