"""The search finds what comparing all configurations finds."""

import json
import sys
from dataclasses import replace

import pytest

import rnnhw
from rnnhw.boards import BOARDS
from rnnhw.errors import RnnhwError
from rnnhw.estimate import DEVICES
from rnnhw.estimate.fitted import Fitted
from rnnhw.plan import Hardware
from rnnhw.search import KNOBS, best, figures, hunt
from rnnhw.search.measures import Wish
from rnnhw.search.space import OTHER_KNOBS
from tests.pretended import quantised

from .every import every, measured, pretended_costs


@pytest.fixture(autouse=True)
def pretended(monkeypatch):
    """Everything by a made-up model of what LUTs, flip-flops and the clock are."""
    estimating = sys.modules["rnnhw.estimate.estimate"]  # in its package the function has this name
    for module in (best, figures, estimating):
        monkeypatch.setattr(module, "costs", pretended_costs)


TINY = {"hidden": [2], "inputs": 2, "outputs": [2]}
SMALL = {"multiplier": "auto", "update_multiplier": "dsp", "state_memory": "auto"}
CASES = [
    ("ice40up5k", {"kinds": ["lstm"]}, {"state_memory": "auto"}),
    ("ecp5-12f", {"kinds": ["gru"]}, {"multiplier": "auto", "update_multiplier": "dsp"}),
    ("gw1nr-9", {"kinds": ["rnn-tanh"], "hidden": [3]}, {"state_memory": "auto"}),
    ("xc7a35t", {"kinds": ["gru-before"]}, {"state_memory": "block", "registers": "many"}),
    ("ice40up5k", {"kinds": ["lstm"], "weight_bits": 3, "mode": "many-to-many"}, {"registers": "many"}),
    ("ecp5-12f", {"kinds": ["lstm"]}, {"streams": 2, "state_memory": "auto", "weights": "loadable"}),
]


@pytest.mark.parametrize(("device", "network", "fixed"), CASES)
def test_the_best_of_all(device, network, fixed):
    """For each objective, with and without limits."""
    qnet, fixed = quantised(**TINY | network), fixed | {"engines": 1}
    compared = [measures for _, measures in every(qnet, DEVICES[device], fixed=fixed)]
    for wish in wishes(compared):
        found = rnnhw.fit(qnet, device, fixed=fixed, **vars(wish))
        assert rank(found, wish) == min(wish.rank(m) for m in compared if wish.allows(m)), wish
        ranks = [wish.rank(candidate.known.measures) for candidate in found.candidates]
        assert ranks == sorted(ranks)
    assert rank(found, wish) < max(wish.rank(m) for m in compared if wish.allows(m))  # control: they differ at all


def wishes(compared):
    """Some that can be met, in the middle of what there is."""
    middle = sorted(measures.cycles for measures in compared)[len(compared) // 2]
    yield Wish("throughput")
    yield Wish("latency", margin="likely")
    yield Wish("size")
    yield Wish("size", max_cycles=middle)
    yield Wish("throughput", max_cycles=middle, margin="likely")
    if compared[0].mhz is not None:
        micro = sorted(measures.latency_us for measures in compared)[len(compared) // 3]
        yield Wish("size", max_latency_us=micro)


def rank(found, wish):
    """By the plan of its own design, with every figure made anew."""
    design = found.best.design()
    link = found.link
    measures = measured(design.plan, design.device, link, found.length)
    assert measures.cycles == found.best.cycles_per_step
    assert measures.latency == found.best.latency_cycles
    return wish.rank(measures)


def test_clocks_that_rise_with_the_lanes(monkeypatch):
    """The fastest clock is not that of the smallest core."""

    def rising(plan, device, link="none"):
        costs, mhz = pretended_costs(plan, device, link), 10.0 * plan.multipliers
        return replace(costs, clock_mhz=Fitted(mhz, mhz, mhz))

    for module in (best, figures, sys.modules["rnnhw.estimate.estimate"]):
        monkeypatch.setattr(module, "costs", rising)
    qnet, fixed = quantised(**TINY), SMALL | {"engines": 1}
    compared = [measures for _, measures in every(qnet, DEVICES["ecp5-12f"], fixed=fixed)]
    found = rnnhw.fit(qnet, "ecp5-12f", fixed=fixed)
    assert rank(found, Wish()) == min(map(Wish().rank, compared))


def test_the_latency_of_a_sequence():
    qnet = quantised(**TINY)
    fixed = SMALL | {"engines": 1}
    compared = [m for _, m in every(qnet, DEVICES["ecp5-12f"], fixed=fixed, length=4)]
    wish = Wish("latency")
    found = rnnhw.fit(qnet, "ecp5-12f", objective="latency", length=4, fixed=fixed)
    assert rank(found, wish) == min(map(wish.rank, compared))
    assert found.best.latency_cycles > rnnhw.fit(qnet, "ecp5-12f", objective="latency", fixed=fixed).best.latency_cycles


@pytest.mark.parametrize("kinds", [["lstm"], ["bidirectional"]])
def test_several_engines(kinds):
    """They are as `balance` divides every number of multipliers among them."""
    qnet = quantised(hidden=[2] if kinds == ["bidirectional"] else [2, 1], inputs=1, outputs=[2], kinds=kinds)
    fixed, limits = SMALL | {"registers": "many", "max_steps": 3}, {"multipliers": 12}
    engines = ("per-layer", (1, 2)) if kinds == ["lstm"] else ("per-layer",)
    compared = [m for _, m in every(qnet, DEVICES["ecp5-12f"], fixed=fixed, engines=engines)]
    wish = Wish()
    least = min(map(wish.rank, compared))
    ranks = [rank(rnnhw.fit(qnet, "ecp5-12f", fixed=fixed | limits | {"engines": number}), wish) for number in engines]
    assert min(ranks) == least
    assert (
        rank(rnnhw.fit(qnet, "ecp5-12f", fixed=fixed | limits), wish) <= least
    )  # and other divisions are looked at, too


def test_a_board_counts_with_its_link():
    qnet = quantised(**TINY)
    alone, linked = rnnhw.fit(qnet, "ice40up5k"), rnnhw.fit(qnet, "icebreaker")
    assert (alone.link, linked.link) == ("none", BOARDS["icebreaker"].links[0])
    assert linked.best.hardware.count_saturations
    assert not alone.best.hardware.count_saturations
    own = rnnhw.fit(qnet, BOARDS["icebreaker"])
    assert own.best.options == linked.best.options
    assert [need.name for need in own.best.needs] == [
        "DSP blocks",
        "block RAMs",
        "SPRAM blocks",
        "LUTs",
        "flip-flops",
        "logic cells",
        "LUT RAMs",
    ]


def test_fixed_knobs():
    """Each one is what it was said to be; lanes, columns and multipliers are limits."""
    qnet = quantised(hidden=[3], inputs=3, outputs=[2])
    for fixed in (
        {"registers": "few", "state_memory": "registers", "multiplier": "lut", "update_multiplier": "lut"},
        {"registers": "many", "multiplier": "dsp", "pipelines": 2, "streams": 3},
        {"engines": "per-layer", "state_memory": "block", "weights": "loadable", "load_state": True},
        {"engines": (1, 1), "lanes": (3, 1), "columns_per_cycle": (2, 1), "pipelines": (1, 1)},
    ):
        hardware = rnnhw.fit(qnet, "ecp5-12f", fixed=fixed).best.hardware
        limits = {name: fixed[name] for name in ("lanes", "columns_per_cycle") if name in fixed}
        assert all(a <= b for name, most in limits.items() for a, b in zip(getattr(hardware, name), most, strict=True))
        same = {name: value for name, value in fixed.items() if name not in limits}
        values = {name: getattr(hardware, name) for name in same}
        assert values | {"engines": 0} == same | {"engines": 0}
    assert rnnhw.fit(qnet, "ecp5-12f", fixed={"lanes": 3}).best.design().plan.lanes <= 3
    assert rnnhw.fit(qnet, "ecp5-12f", fixed={"multipliers": 5}).best.design().plan.multipliers <= 5
    assert rnnhw.fit(qnet, "ecp5-12f").best.design().plan.multipliers > 5  # control


def test_every_knob_is_searched():
    """Each value of each knob is in the space; the others are the user's."""
    theirs = {"streams", "weights", "weight_memory", "max_steps", "count_saturations", "load_state", "read_state"}
    assert set(Hardware.model_fields) == set(KNOBS) | theirs
    for name, values in OTHER_KNOBS.items():
        for value in values:
            with pytest.raises(RnnhwError, match=name):
                Hardware(**{name: "nothing"})
            Hardware(**{name: value})


def test_what_is_found_is_as_its_options_say():
    qnet = quantised(hidden=[3], inputs=2, outputs=[2])
    found = rnnhw.fit(qnet, "ulx3s-12f", top=4)
    assert len(found.candidates) == 4
    for candidate in found.candidates:
        again = rnnhw.Design(qnet, target="ulx3s-12f", **candidate.options)
        assert again.identity == candidate.design().identity
        assert again.plan.cycles_per_step == candidate.cycles_per_step
        assert candidate.estimate.cycles_per_step == candidate.cycles_per_step
    assert all(b.less_than(a) for n, b in enumerate(found.candidates) for a in found.candidates[:n])


def test_surely_goes_before_likely(monkeypatch):
    """Where the fastest one fits by the estimate only, it is found if that is enough."""

    def tight(plan, device, link="none"):
        costs = pretended_costs(plan, device, link)
        fields = vars(costs) | {"lut": costs.lut.__class__(costs.lut.value, 0, 20 * costs.lut.value)}
        return costs.__class__(**fields)

    monkeypatch.setattr(figures, "costs", tight)
    qnet = quantised(hidden=[4], inputs=3, outputs=[2])
    surely = rnnhw.fit(qnet, "ecp5-12f").best
    likely = rnnhw.fit(qnet, "ecp5-12f", margin="likely").best
    assert (surely.surely, likely.surely) == (True, False)
    assert likely.step_us < surely.step_us


def test_nothing_fits():
    qnet = quantised(hidden=[150], inputs=8, outputs=[2])
    fixed = {"registers": "many", "engines": 1, "columns_per_cycle": 1, "pipelines": 1} | SMALL
    with pytest.raises(RnnhwError) as error:
        rnnhw.fit(qnet, "icebreaker", fixed=fixed | {"lanes": 4})
    text = str(error.value)
    assert text.startswith("nothing fits icebreaker: for the smallest configuration (")
    assert "block RAMs are needed and ice40up5k has 30; what would help: at most " in text
    assert "weights that are loaded, in SPRAM (--weights loadable), the board ulx3s-12f, fewer bits" in text
    hidden = int(text.split("at most ")[1].split()[0])
    small = quantised(hidden=[hidden], inputs=8, outputs=[2])
    assert rnnhw.fit(small, "icebreaker", fixed=fixed | {"lanes": 1})
    assert "\n" not in text


def test_limits_that_nothing_meets():
    qnet = quantised(**TINY)
    fixed = SMALL | {"engines": 1}
    fewest = min(m.cycles for _, m in every(qnet, DEVICES["ecp5-12f"], fixed=fixed))
    with pytest.raises(RnnhwError) as error:
        rnnhw.fit(qnet, "ecp5-12f", max_cycles=fewest - 1, fixed=fixed)
    said = f"nothing that fits ecp5-12f takes at most {fewest - 1} cycles per step; the nearest takes {fewest} cycles"
    assert str(error.value).startswith(said)
    assert rnnhw.fit(qnet, "ecp5-12f", max_cycles=fewest, fixed=fixed).best.cycles_per_step == fewest  # control
    with pytest.raises(RnnhwError, match=r"at most 0.001 us of latency; the nearest takes 0\.\d+ us of latency, with"):
        rnnhw.fit(qnet, "ecp5-12f", max_latency_us=0.001, fixed=fixed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "nope"}, "^target must be a board"),
        ({"objective": "speed"}, "^objective must be one of throughput, latency, size, not 'speed'$"),
        ({"margin": "no"}, "^margin must be one of surely, likely"),
        ({"max_cycles": 0}, "^max_cycles must be a number above 0, not 0$"),
        ({"max_latency_us": -1.0}, "^max_latency_us must be a number above 0"),
        ({"top": 0}, "^top must be at least 1"),
        ({"length": 0}, "^length must be in 1..1048576, not 0$"),
        ({"fixed": {"lanes": 100}}, r"^lanes must be in 1..8 "),
        ({"fixed": {"colour": 1}}, "^unknown option colour"),
        ({"fixed": {"lanes": 2, "multipliers": 2}}, "^lanes must not be given with multipliers"),
        ({"fixed": {"pipelines": 9}}, "^pipelines must be in 1.."),
        ({"fixed": {"lanes": (1, 1, 1)}}, "must be one for all or one for each engine$"),
        ({"target": "xc7a35t", "max_latency_us": 5}, "^max_latency_us: no clock can be estimated for xc7a35t"),
        ({"fixed": {"state_memory": "lut"}}, "^state_memory must be auto, block or registers on ice40up5k"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(RnnhwError, match=message):
        rnnhw.fit(quantised(**TINY), **{"target": "ice40up5k"} | options)


def test_wrong_kinds():
    with pytest.raises(TypeError, match="fit takes a QuantizedNetwork"):
        rnnhw.fit("model", "icebreaker")
    with pytest.raises(TypeError, match="max_cycles must be a number"):
        rnnhw.fit(quantised(**TINY), "icebreaker", max_cycles="3")


@pytest.mark.parametrize(("mode", "length", "allowed"), [("one-to-one", 1, 1), ("one-to-many", 3, 3)])
def test_lengths_of_other_modes(mode, length, allowed):
    options = {"kinds": ["lstm"], "mode": mode} | ({"outputs": [2]} if mode == "one-to-many" else {})
    qnet = quantised(**TINY | options)
    allowed = qnet.steps or 1
    found = rnnhw.fit(qnet, "ice40up5k", length=allowed, objective="latency", fixed=SMALL)
    assert found.best.latency_cycles > 0
    with pytest.raises(RnnhwError, match=f"^length must be {allowed} for this {mode} network, not {allowed + 1}$"):
        rnnhw.fit(qnet, "ice40up5k", length=allowed + 1)


def test_json_and_table():
    found = rnnhw.fit(quantised(**TINY), "icebreaker", max_cycles=60, top=2)
    values = json.loads(found.to_json())
    assert (values["target"], values["device"], values["link"]) == ("icebreaker", "ice40up5k", "uart")
    assert (values["objective"], values["max_cycles"], values["margin"]) == ("size", 60, "surely")
    assert 0 < values["tried"] <= values["space"]
    first = values["candidates"][0]
    assert first["cycles_per_step"] == found.best.cycles_per_step
    assert first["step_us"] == pytest.approx(first["cycles_per_step"] / first["clock_mhz"]["value"])
    assert set(first["needs"]["logic_cells"]["needed"]) == {"low", "value", "high"}
    text = " ".join(str(found).split())
    assert "icebreaker: least share of the most used resource, within 60 cycles per step" in text
    assert "logic cells" in text
    assert "<pre>" in found._repr_html_()


def test_progress(monkeypatch):
    monkeypatch.setattr(hunt, "SHOWN", 10)
    said = []
    rnnhw.fit(quantised(**TINY), "icebreaker", progress=said.append)
    assert any("configurations looked at" in line for line in said)


def test_interrupted():
    """Ctrl-C goes through."""

    def stop(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rnnhw.fit(quantised(**TINY), "icebreaker", progress=stop)
