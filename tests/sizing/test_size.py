"""What is said of a network's hardware: held against designs, the room on boards, and a simulation."""

import json
import sys

import numpy as np
import pytest

import rnnhw
from rnnhw import Design
from rnnhw.analysis import Architecture, initial_network, shape_of
from rnnhw.boards import BOARDS
from rnnhw.errors import RnnhwError
from rnnhw.estimate.costs import Costs
from rnnhw.estimate.fitted import Fitted
from rnnhw.room import Place
from rnnhw.sizing import size
from tests.pretended import quantised

ARCHITECTURES = {
    "lstm": (Architecture(hidden=24, layers=2, outputs=3), {"lanes": 8, "steps": 9}),
    "gru": (Architecture(cell="gru", inputs=3, hidden=20, outputs=2), {"lanes": 5, "weight_bits": 4, "steps": 4}),
    "rnn": (Architecture(cell="rnn", inputs=3, hidden=20), {"lanes": 4, "activation_bits": 12, "link": "spi"}),
    "both ways": (Architecture(hidden=10, bidirectional=True, outputs=2), {"steps": 12}),
    "per layer": (Architecture(hidden=12, layers=2, outputs=2), {"engines": "per-layer", "lanes": (4, 8, 1)}),
    "many lanes": (Architecture(hidden=12, outputs=2), {"lanes": 48, "columns_per_cycle": 2, "state_memory": "block"}),
    "loadable": (Architecture(hidden=12, outputs=2), {"weights": "loadable"}),
    "large": (Architecture(hidden=128, layers=2, outputs=6), {"weight_bits": 4, "steps": 24}),
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_figures_are_those_of_designs(name):
    architecture, options = ARCHITECTURES[name]
    sizing = size(architecture, **options)
    assert len(sizing.boards) == len(BOARDS) == 10
    assert sizing.drawn
    assert sizing.estimate == Design(sizing.qnet, **sizing.options).estimate(options.get("steps"))
    loadable = 0
    for fit in sizing.boards:
        place = Place.on(BOARDS[fit.name], options.get("link"))
        given = sizing.options | ({} if fit.weights == "rom" else {"weights": "loadable"})
        assert fit.link == place.link
        assert fit.holds == place.holds(sizing.qnet, given)
        design = Design(sizing.qnet, target=fit.name, **given)
        assert fit.estimate == design.estimate(options.get("steps"), link=fit.link)
        assert fit.design.identity == design.identity
        assert repr(fit.design) == repr(design)
        loadable += fit.weights == "loadable"
    assert loadable == {"loadable": 10, "large": 3}.get(name, 0)


def test_a_change_is_seen():
    """Control: another link, width or number of lanes has other figures."""
    architecture, _ = ARCHITECTURES["lstm"]
    usual = size(architecture).on("icebreaker").estimate
    for change in ({"lanes": 7}, {"weight_bits": 7}, {"link": "spi"}, {"steps": 7}, {"streams": 2}):
        assert size(architecture, **change).on("icebreaker").estimate != usual


def test_loadable_weights_where_only_they_have_room():
    architecture, options = ARCHITECTURES["large"]
    sizing = size(architecture, **options)
    for name in ("icebreaker", "upduino", "upduino-osc"):
        fit = sizing.on(name)
        assert (fit.weights, fit.verdict, fit.short) == ("loadable", "fits", ())
        fixed = size(architecture, boards=[name], weights="rom", **options).on(name)
        assert (fixed.weights, fixed.verdict) == ("rom", "no")
        assert fixed.short == (f"{fixed.estimate.bram} block RAMs of 30",)
        assert fit.data()["load_cycles"] > 99_000  # bytes of the weights
    assert {fit.weights for fit in sizing.boards if not fit.name.startswith(("ice", "up"))} == {"rom"}


def test_without_spram_loadable_weights_take_no_less_block_ram():
    for architecture, options in ARCHITECTURES.values():
        kinds = [size(architecture, **options | {"weights": weights}).boards for weights in ("rom", "loadable")]
        for fixed, loadable in zip(*kinds, strict=True):
            if not fixed.board.device.large_ram:
                assert loadable.estimate.bram >= fixed.estimate.bram


def test_boards_of_one_device_stand_together():
    architecture, options = ARCHITECTURES["large"]
    sizing = size(architecture, **options)
    groups = [tuple(fit.name for fit in group) for group in sizing.groups]
    assert groups[0] == ("icebreaker", "upduino", "upduino-osc")
    assert ("ulx3s-25f", "orangecrab") in groups
    assert groups[-1] == ("tang-nano-9k",)
    assert sum(map(len, groups)) == 10
    assert sizing.held("no") == ("tang-nano-9k",)
    assert sizing.held() == tuple(name for name in BOARDS if name != "tang-nano-9k")


def test_cycles_are_those_of_a_simulation():
    architecture = Architecture(cell="gru", inputs=2, hidden=6, layers=2, outputs=2)
    sizing = size(architecture, lanes=6, steps=9)
    x = np.random.default_rng(1).uniform(-1, 1, (4, 9, 2))
    result = rnnhw.sim.verify(sizing.design, x, simulator="amaranth")
    cycles, engine = sizing.cycles, sizing.cycles.engines[0]
    assert result.cycles_per_step == cycles.per_step == cycles.multiplying + cycles.waiting
    assert result.cycles == result.planned_cycles
    assert engine.multiplying == cycles.multiplying == 3 * 8 + 3 * 12  # 18 rows on 6 lanes; 2 + 6, then 6 + 6 columns
    assert cycles.head == 6  # two rows of six columns
    assert [row["cycles"] for row in engine.passes] == [24, 36, 6]
    one = rnnhw.sim.verify(sizing.design, x[:1], simulator="amaranth")
    assert abs(one.cycles - sizing.estimate.sequence.latency_cycles) <= 2  # which begins with the first element


def test_an_engine_waits_for_a_slower_one():
    sizing = size(Architecture(hidden=12, layers=2, outputs=2), engines="per-layer", lanes=(4, 8, 1))
    cycles = sizing.cycles
    assert [engine.multiplying for engine in cycles.engines] == [12 * 13, 6 * 24, 0]  # the last one works once
    assert all(engine.multiplying + engine.waiting == cycles.per_step for engine in cycles.engines)
    assert cycles.multiplying == max(engine.multiplying for engine in cycles.engines)


def test_verdicts_follow_the_band(monkeypatch):
    """Of 5280 LUTs: surely enough, perhaps on either side of the limit, surely too few."""
    architecture = Architecture(hidden=8, outputs=2)
    bands = {(5000, 5100, 5280): "fits", (5000, 5100, 5281): "perhaps", (5280, 5290, 5300): "perhaps"}
    bands[5281, 5290, 5300] = "no"
    for (low, value, high), verdict in bands.items():
        fitted = Costs(Fitted(value, low, high), Fitted(10, 9, 11), None, None, ())
        monkeypatch.setattr(sys.modules["rnnhw.estimate.estimate"], "costs", lambda *_, fitted=fitted: fitted)
        fit = size(architecture, boards=["icebreaker"]).on("icebreaker")
        assert (fit.verdict, fit.holds) == (verdict, value <= 5280)
        said = () if verdict == "fits" else (f"about {value:,} LUTs ({low:,} .. {high:,}) of 5,280",)
        assert fit.short == said


def test_what_a_board_cannot_have_is_said():
    sizing = size(Architecture(hidden=8), state_memory="lut")
    fit = sizing.on("icebreaker")
    assert (fit.verdict, fit.holds, fit.estimate) == ("no", False, None)
    why = "state_memory must be auto, block or registers on ice40up5k, not 'lut': it has no LUT RAM"
    assert fit.short == (why,)
    assert fit.data()["short"] == [why]
    assert sizing.on("orangecrab").verdict == "fits"
    assert fit.fullest is None


def test_networks_and_quantised_networks():
    architecture = Architecture(hidden=16, inputs=2, outputs=2)
    drawn = size(architecture, steps=5)
    net = initial_network(architecture)
    given = size(net, steps=5)
    assert not given.drawn
    assert given.estimate == drawn.estimate
    assert shape_of(net, 2) == architecture.shape
    again = size(drawn.qnet, steps=5)
    assert again.qnet is drawn.qnet
    assert [fit.estimate for fit in again.boards] == [fit.estimate for fit in drawn.boards]
    one_to_one = size(quantised(mode="one-to-one"))
    assert one_to_one.steps == 1
    assert size(drawn.qnet).steps is None
    assert size(drawn.qnet).on("icebreaker").data()["sequences_per_second"] is None


def test_more_lanes_than_rows():
    architecture = Architecture(cell="rnn", hidden=6, outputs=3)
    assert size(architecture, lanes=512).options == {"lanes": 6}
    assert size(Architecture(cell="gru", hidden=6, reset_after=False), lanes=99).options == {"lanes": 12}
    assert size(Architecture(cell="rnn", hidden=2, outputs=9), lanes=99).options == {"lanes": 9}
    with pytest.raises(RnnhwError, match=r"lanes of engine0 must be in 1\.\.6 "):
        size(architecture, lanes=(99, 1), engines="per-layer")


def test_the_fullest_resource():
    fit = size(Architecture(hidden=128, layers=2, outputs=6)).on("ulx3s-45f")
    assert (fit.fullest.key, fit.fullest.needed, fit.fullest.there) == ("bram", 97, 108)
    assert {need.key for need in fit.needs} == {"dsp", "bram", "lut", "ff", "lut_ram"}  # it has no SPRAM


def test_numbers_of_numpy():
    given = size(Architecture(hidden=9, bidirectional=True), lanes=np.int64(3), steps=np.int64(5), streams=np.int8(1))
    assert json.loads(json.dumps(given.data())) == given.data()
    assert given.options == {"lanes": 3, "streams": 1, "max_steps": 5}
    with pytest.raises(TypeError, match=r"^steps must be an integer, not 1\.5$"):
        size(Architecture(hidden=9), steps=1.5)


def test_plain_data():
    sizing = size(Architecture(hidden=24, layers=2, outputs=3), steps=9)
    data = json.loads(json.dumps(sizing.data()))
    assert data == sizing.data()
    assert (data["steps"], data["weight_bits"], data["drawn_weights"]) == (9, 8, True)
    board = next(row for row in data["boards"] if row["board"] == "icebreaker")
    estimate = sizing.on("icebreaker").estimate
    assert board["clock_mhz"] == vars(estimate.clock_mhz)
    assert board["energy_nj"] == vars(estimate.energy.total_nj)
    assert board["sequence_latency_us"] == vars(estimate.speed.sequence_latency_us)
    percent = {need["key"]: need["percent"] for need in board["needs"]}
    assert percent["bram"] == estimate.bram_percent
    assert percent["lut"] == vars(estimate.percent("lut"))
    arty = next(row for row in data["boards"] if row["board"] == "arty-a7")
    assert arty["clock_mhz"] is arty["energy_nj"] is None
    assert data["core"]["weight_memory_bits"] == sizing.estimate.weight_memory_bits


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lanes": 0}, "lanes must be an integer of at least 1 or one for each engine"),
        ({"weight_bits": 17}, "weight_bits must be in 1..16, not 17"),
        ({"weight_bits": 0}, "weight_bits must be in 1..16, not 0"),
        ({"activation_bits": 3}, "activation_bits must be in 4..16, not 3"),
        ({"steps": 0}, "steps must be in 1..1048576, not 0"),
        ({"link": "usb"}, "link must be one of none, uart, spi, not 'usb'"),
        ({"boards": ["de10"]}, "board must be one of icebreaker, "),
        ({"target": "icebreaker"}, "unknown option target; allowed are lanes, "),
        ({"pipelines": 64}, "pipelines must be in 1..8 "),
    ],
)
def test_what_cannot_be(options, said):
    with pytest.raises(RnnhwError) as error:
        size(Architecture(hidden=8), **options)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_subjects_that_cannot_be():
    with pytest.raises(RnnhwError, match=r"^cores of at most 8,388,608 weights are planned, not of 35,999,999: no"):
        size(Architecture(cell="rnn", hidden=6000 - 1, inputs=2), boards=[])
    with pytest.raises(RnnhwError, match=r"^layers must be in 1\.\.64 for a core, not 65$"):
        size(Architecture(layers=65))
    with pytest.raises(RnnhwError, match=r"^projection must be 0 here"):
        size(Architecture(projection=2))
    with pytest.raises(RnnhwError, match=r"^weight_bits must not be given for a quantised network, which has its own$"):
        size(quantised(), weight_bits=8)
    with pytest.raises(TypeError, match=r"^what is sized must be an Architecture, a Network or a Quant.*, not str$"):
        size("digits")
    with pytest.raises(RnnhwError, match=r"^board must be one of upduino, not 'icebreaker'$"):
        size(Architecture(hidden=8), boards=["upduino"]).on("icebreaker")
