"""Layers of different widths: which share an engine, what an engine's widths are, and what it takes."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.network import GRU, LSTM, RNN, Dense, Network
from rnnhw.plan import BufferPlan, make_plan
from rnnhw.quantize import quantize

RNG = np.random.default_rng(3)


def w(*shape):
    return RNG.normal(0, 0.4, shape)


NET = Network(
    [
        LSTM(w(16, 3), w(16, 4), w(16), "first"),
        RNN(w(5, 4), w(5, 5), w(5), "tanh", "second"),
        GRU(w(12, 5), w(12, 4), w(12), w(4), name="third"),
        Dense(w(2, 4), w(2), name="out"),
    ],
    "many-to-many",
)
X = RNG.normal(0, 1, (4, 6, 3))


def planned(layers, **hardware):
    return make_plan(quantize(NET, X, layers=layers), lanes=3, **hardware)


def names(plan):
    return [[layer.name for layer in engine.layers] for engine in plan.engines]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ({}, [["first", "second", "third", "out"]]),
        ({"first": {"weight_bits": 3}, "out": {"weight_bits": 12}}, [["first", "second", "third", "out"]]),
        ({"second": {"activation_bits": 6}}, [["first"], ["second"], ["third", "out"]]),
        ({"out": {"activation_bits": 5}}, [["first", "second", "third"], ["out"]]),
        ({"first": {"state_bits": 12}}, [["first", "second"], ["third", "out"]]),
        ({"second": {"state_bits": 12}}, [["first", "second", "third", "out"]]),
        ({"first": {"state_bits": 12}, "third": {"state_bits": 12}}, [["first", "second", "third", "out"]]),
    ],
)
def test_which_layers_share_an_engine(layers, expected):
    assert names(planned(layers)) == expected


def test_the_widths_of_an_engine():
    layers = {
        "first": {"weight_bits": 3, "state_bits": 11},
        "second": {"weight_bits": 5, "state_bits": 9},
        "third": {"activation_bits": 6, "weight_bits": 1},
        "out": {"activation_bits": 6, "weight_bits": 2},
    }
    one, two = planned(layers).engines
    assert [(e.network.config.weight_bits, e.network.config.activation_bits) for e in (one, two)] == [(5, 8), (2, 6)]
    assert (one.cell_bits, two.cell_bits) == (11, 12)
    assert [engine.memories["weights"].width for engine in (one, two)] == [3 * 5, 3 * 2]
    assert (one.converts, two.converts) == (False, True)
    assert (str(two.takes), two.layers[0].x.width) == ("s8.7", 6)


def test_a_buffer_keeps_what_comes_before_the_conversion():
    from rnnhw.network import Reversed

    net = Network([NET.layers[0], Reversed(NET.layers[1], "back")], "many-to-one")
    plan = make_plan(quantize(net, X, layers={"back": {"activation_bits": 5}}), lanes=2)
    (buffer,) = (stage for stage in plan.stages if isinstance(stage, BufferPlan))
    assert buffer.width == 8
    assert [engine.takes.width for engine in plan.engines] == [8, 8]
    assert plan.engines[1].layers[0].x.width == 5


def test_engines_that_would_mix_widths():
    message = "engines must begin a new one with layer 'third': its activation_bits or state_bits are not those of the "
    with pytest.raises(RnnhwError, match=f"^{message}layers before$"):
        planned({"third": {"activation_bits": 6}, "out": {"activation_bits": 6}}, engines=(1, 3))


def test_a_cut_between_makes_room_for_another_width():
    plan = planned({"first": {"state_bits": 12}, "third": {"state_bits": 14}}, engines=(1, 3))
    assert [engine.cell_bits for engine in plan.engines] == [12, 14]


def test_a_core_is_loaded_with_weights_of_the_same_widths_only():
    mine = quantize(NET, X, layers={"first": {"weight_bits": 4}})
    plan = make_plan(mine, lanes=3, weights="loadable")
    assert plan.load_image(mine.with_weights(NET)) == plan.load_image()
    with pytest.raises(RnnhwError, match=r"^layers must be .* as in the core, not "):
        plan.load_image(quantize(NET, X, layers={"first": {"weight_bits": 5}}))
