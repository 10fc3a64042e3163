# amaranth: UnusedElaboratable=no
"""Whole cores: every kind of cell, mix, direction, head and mode, exact bits in exact cycles."""

import numpy as np
import pytest

from rnnhw.gateware import NetworkTop
from tests.networks import CELLS

from .cores import Traffic
from .plans import small_plan
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
    ({"hidden": [2, 3, 1], "outputs": [], "kinds": CELLS}, {"lanes": 3, "columns_per_cycle": 2, "pipelines": 2}),
    ({"hidden": [3, 3], "outputs": [3, 2], "kinds": ["gru", "gru-before"]}, {"lanes": 5, "engines": "per-layer"}),
    ({"hidden": [1, 1, 1], "outputs": [1], "kinds": ["lstm", "rnn-relu"]}, {"lanes": 1, "engines": 2}),
    ({"hidden": [5, 2], "outputs": [7], "kinds": ["lstm", "rnn-relu"]}, {"lanes": 5, "update_multiplier": "lut"}),
]
BOTH = ("bidirectional",) * 3  # drawn more often than what else there is
WHOLE = [  # bidirectional layers
    ({"hidden": [3, 2], "outputs": [3], "kinds": [*BOTH, "lstm", "gru"]}, {"lanes": 4}),
    ({"hidden": [3], "outputs": [], "kinds": [*BOTH, "gru-before"]}, {"lanes": 5}),  # its pass is the last
    ({"hidden": [2, 2, 2], "outputs": [], "kinds": [*BOTH, "rnn-tanh"]}, {"lanes": 2, "pipelines": 2}),
    ({"hidden": [1, 1], "outputs": [1, 2], "kinds": [*BOTH, "gru-before", "lstm"]}, {"lanes": 1}),
    ({"hidden": [4, 3], "outputs": [2], "kinds": [*BOTH, "rnn-relu"]}, {"lanes": 3, "columns_per_cycle": 3}),
]


def sizes_of(kind: str, **more) -> dict:
    kinds = [*BOTH, "lstm"] if kind == "bidirectional" else [kind]
    return {"inputs": 3, "hidden": [4], "outputs": [], "kinds": kinds, "head": "none"} | more


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize(("lanes", "columns", "pipelines"), KIND_CASES)
@pytest.mark.parametrize("kind", CELLS)
def test_every_kind(kind, lanes, columns, pipelines, mode):
    units = {"lstm": 4, "gru": 3, "gru-before": 2}.get(kind, 1) * 4
    hardware = {"lanes": min(lanes, units), "columns_per_cycle": columns, "pipelines": pipelines}
    Traffic(small_plan(lanes, sizes_of(kind, mode=mode), hardware), LENGTHS, lanes).check()


@pytest.mark.parametrize("mode", ["one-to-one", "many-to-one", "many-to-many", "one-to-many"])
@pytest.mark.parametrize("case", range(len(MIXES)))
def test_every_mix(case, mode):
    sizes, hardware = MIXES[case]
    if mode == "one-to-many":
        sizes = sizes | {"outputs": [*sizes["outputs"], 3], "steps": 4}
    plan = small_plan(case, {"inputs": 3, "head": "none", "mode": mode} | sizes, hardware)
    Traffic(plan, ONES if mode.startswith("one") else LENGTHS, 1).check()


@pytest.mark.parametrize("mode", ["one-to-one", "many-to-one", "many-to-many"])
@pytest.mark.parametrize("case", range(len(WHOLE)))
def test_bidirectional(case, mode):
    sizes, hardware = WHOLE[case]
    plan = small_plan(4 + case, {"inputs": 3, "head": "none", "mode": mode} | sizes, {"max_steps": 4} | hardware)
    assert any(layer.kind == "bidirectional" for layer in plan.network.layers)
    Traffic(plan, ONES[:3] if mode.startswith("one") else LENGTHS[2:], 1).check()


@pytest.mark.parametrize("kind", ["lstm", "gru-before", "bidirectional"])
@pytest.mark.parametrize("mode", ["one-to-one", "many-to-one", "many-to-many"])
@pytest.mark.parametrize("head", ["argmax", "softmax"])
def test_every_head(head, mode, kind):
    plan = small_plan(3, sizes_of(kind, mode=mode, head=head, outputs=[5]), {"lanes": 4, "max_steps": 4})
    Traffic(plan, ONES[:3] if mode.startswith("one") else LENGTHS[2:], 2).check()


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
        ({"hidden": [3, 2], "outputs": [2], "kinds": CELLS}, {"lanes": 3, "columns_per_cycle": 2}),
        ({"hidden": [2, 2], "outputs": [3], "kinds": ["gru", "gru-before"]}, {"lanes": 3, "engines": "per-layer"}),
    ],
)
def test_streams(sizes, hardware, mode, streams):
    plan = small_plan(streams, {"inputs": 2, "mode": mode, "head": "none"} | sizes, hardware | {"streams": streams})
    Traffic(plan, (*LENGTHS, 2, 3, 1, 2), streams).check()


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize(("weight_bits", "activation_bits"), [(1, 4), (2, 16), (5, 9), (16, 4), (16, 16)])
def test_widths_at_their_limits(weight_bits, activation_bits, kind):
    """Nothing but the ends of the input's range, too."""
    sizes = {"inputs": 3, "hidden": [2, 3], "outputs": [2], "kinds": [kind], "mode": "many-to-many", "head": "none"}
    multiplier = "lut" if weight_bits == 5 else "dsp"
    hardware = {"lanes": 3, "columns_per_cycle": 2, "multiplier": multiplier, "update_multiplier": multiplier}
    rounding = {4: "floor", 9: "half_up", 16: "half_even"}[activation_bits]
    options = {"weight_bits": weight_bits, "activation_bits": activation_bits, "rounding": rounding, "per_gate": True}
    plan = small_plan(weight_bits + activation_bits, sizes, hardware, **options)
    Traffic(plan, (3, 1, 2), 4, ends=True).check()


@pytest.mark.parametrize("case", range(6))
@pytest.mark.parametrize(("chance", "take"), [(0.03, 1), (1, 0.05), (0.4, 0.3)])
def test_starvation_and_backpressure(case, chance, take):
    """Neither changes a value, their order, or where `last` stands."""
    kinds = [["lstm"], ["gru", "gru-before"], ["gru-before", "lstm"], [*BOTH, "gru"], ["lstm", "gru"], ["rnn-tanh"]][
        case
    ]
    mode = ["many-to-many", "many-to-one"][case % 2]
    sizes = {"inputs": 2, "hidden": [3, 2], "outputs": [2], "kinds": kinds, "mode": mode}
    hardware = {"lanes": 3, "max_steps": 4, "streams": 2 if case == 4 else 1, "columns_per_cycle": 1 + case % 2}
    plan = small_plan(case, sizes, hardware)
    traffic, rng = Traffic(plan, LENGTHS, case), np.random.default_rng(case)
    traffic.check(earliest=offered(rng, len(traffic.beats), chance), ready=sometimes(rng, take))


def test_bits_are_compared():
    """Control: with one input changed, the check must fail."""
    plan = small_plan(1, sizes_of("lstm", mode="many-to-many"), {"lanes": 4}, activation_bits=16, weight_bits=16)
    traffic = Traffic(plan, (3,))
    data, *rest = traffic.beats[0]
    traffic.beats[0] = (~data, *rest)
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
