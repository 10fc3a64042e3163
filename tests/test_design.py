"""The design object: options by keyword, what depends on the target, vectors and load images."""

import numpy as np
import pytest

from rnnhw import Design, RnnhwError, quantize, sim
from rnnhw.data import digits_calibration, digits_model
from rnnhw.importers import load
from rnnhw.network import GRU, Dense, Network


@pytest.fixture
def qnet():
    rng = np.random.default_rng(3)
    gru = GRU(rng.normal(size=(9, 2)), rng.normal(size=(9, 3)), rng.normal(size=9), rng.normal(size=3), name="gru")
    layers = [gru, Dense(rng.normal(size=(2, 3)), rng.normal(size=2), "linear", "out")]
    return quantize(Network(layers, "many-to-one", "net"), rng.normal(size=(4, 6, 2)))


def test_lanes_of_each_engine(qnet):
    design = Design(qnet, lanes=(3, 2), engines=(1, 1))
    assert [engine.geometry.all_lanes for engine in design.plan.engines] == [3, 2]
    assert design.plan.lanes == 5
    assert repr(design) == f"<Design net: 5 lanes, {design.plan.cycles_per_step} cycles a step>"
    assert repr(Design(qnet, [3, 2], engines=[1, 1])) == repr(design)  # a list is as good as a tuple


def test_multipliers_are_divided_among_the_engines(qnet):
    design = Design(qnet, multipliers=7, engines="per-layer")
    assert design.plan.multipliers <= 7
    assert design.plan.cycles_per_step <= min(
        Design(qnet, lanes=(n, m), engines="per-layer").plan.cycles_per_step for n, m in ((6, 1), (5, 2))
    )


REFUSED = [
    ({"lanes": 3, "multipliers": 4}, "lanes must not be given with multipliers, which are divided into lanes"),
    ({"multipliers": 1, "engines": 2}, "multipliers must be at least 2, one for each engine, not 1"),
    ({"lanes": 10}, "lanes must be in 1..9 (rows of its largest matrix), not 10"),
    ({"lanes": (3, 3), "engines": 2}, "lanes of engine1 must be in 1..2 (rows of its largest matrix), not 3"),
    ({"lanes": (3, 2)}, "lanes must be one number or one for each of the 1 engines, not 2"),
    ({"lanes": (3, 0)}, "lanes must be an integer of at least 1 or one for each engine (such as 8,4), not (3, 0)"),
    ({"lanes": True}, "lanes must be an integer of at least 1 or one for each engine (such as 8,4), not True"),
    ({"columns_per_cycle": 4}, "columns_per_cycle must be in 1..3 (elements of its longest vector), not 4"),
    ({"engines": 3}, "engines must be 1 or in 1..2 for this network, not 3"),
    (
        {"engines": "each"},
        "engines must be 'per-layer', an integer of at least 1 or the layers of each (such as 2,1), not",
    ),
    ({"lains": 3}, "unknown option lains; allowed are lanes, columns_per_cycle, "),
]


@pytest.mark.parametrize(("hardware", "message"), REFUSED, ids=[str(hardware) for hardware, _ in REFUSED])
def test_what_cannot_be_is_refused_with_what_can(qnet, hardware, message):
    with pytest.raises(RnnhwError) as raised:
        Design(qnet, **hardware)
    assert str(raised.value).startswith(message)


def test_kinds(qnet):
    with pytest.raises(TypeError, match="a design takes a QuantizedNetwork"):
        Design(None)
    with pytest.raises(TypeError, match="name must be a string, not int"):
        Design(qnet, name=3)
    with pytest.raises(TypeError, match="a load image is made of a QuantizedNetwork, not of a str"):
        Design(qnet, weights="loadable").load_image("net.rnnq")


def test_the_update_multiplier_makes_room_where_dsp_blocks_run_out(qnet):
    def chosen(lanes, **hardware):
        design = Design(qnet, lanes=lanes, target="icebreaker", **hardware)  # which has 8
        return design.plan.hardware.update_multiplier, design.estimate().dsp

    assert chosen(5) == ("dsp", 4)  # two lanes share a block
    assert chosen(5, columns_per_cycle=3) == ("lut", 6)  # a lane on each of three pipelines, with a multiplier each
    assert chosen(5, columns_per_cycle=3, update_multiplier="dsp") == ("dsp", 9)
    assert chosen(6, columns_per_cycle=3) == ("dsp", 12)  # it would not help


def test_estimates(qnet):
    """They are made once; the length is asked for where nothing says it."""
    design = Design(qnet, lanes=3, target="XC7A35TICSG324-1L")
    assert design.device.name == "xc7a35t"
    assert design.estimate() is design.estimate(None, None)
    assert design.estimate().sequence is None
    found = design.estimate(length=5, clock=100, link="uart")
    assert (found.sequence.length, found.speed.clock_mhz.value, found.link) == (5, 100, "uart")
    for fitted in (found.lut, found.ff):
        assert 0 < fitted.low <= fitted.value <= fitted.high
    with pytest.raises(RnnhwError, match="length must be in 1"):
        design.estimate(length=0)


def test_sixteen_lanes_of_digits_on_an_icebreaker():
    """Two products of 8 x 8 bits share a block; that of the cell update, a ninth, is made of LUTs."""
    net, calibration = load(digits_model()), np.load(digits_calibration())["x"]
    design = Design(quantize(net, calibration), lanes=16, target="icebreaker")
    assert design.plan.lanes == 16
    assert design.plan.hardware.update_multiplier == "lut"
    assert (design.estimate().dsp, design.estimate().fits) == (8, True)


def test_states_go_from_core_to_core(qnet):
    """What the first half of some sequences leaves is what the second half begins with."""
    x = np.random.default_rng(4).normal(size=(3, 6, 2))
    design = Design(qnet, lanes=3, load_state=True, read_state=True)
    first = sim.verify(design, x[:, :4])
    half = first.final_state / 2.0 ** qnet.state_formats[0][0].frac
    second = sim.verify(design, x[:, 4:], initial_state=half)
    assert np.array_equal(second.outputs, qnet.run_raw(qnet.input.from_float(x)))


def test_a_state_for_a_core_that_takes_none(qnet):
    with pytest.raises(RnnhwError, match="the core takes no initial state: it was made without load_state"):
        Design(qnet).vectors(np.zeros((1, 2, 2)), initial_state=np.zeros((1, 3)))
    with pytest.raises(RnnhwError, match=r"a state must have the shape \(sequences, 3\), not \(1, 4\)"):
        Design(qnet, load_state=True).vectors(np.zeros((1, 2, 2)), initial_state=np.zeros((1, 4)))


def test_loaded_weights_are_golden(qnet):
    x = np.random.default_rng(5).normal(size=(2, 3, 2))
    design = Design(qnet, lanes=3, weights="loadable")
    assert np.array_equal(sim.verify(design, x).outputs, qnet.run_raw(qnet.input.from_float(x)))
    assert design.load_image() == design.load_image(qnet)
