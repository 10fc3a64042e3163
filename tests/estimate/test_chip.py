# amaranth: UnusedElaboratable=no
"""Estimates of standard cells against netlists: memories exactly, gates within the band."""

import json
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from rnnhw import Design, RnnhwError, quantize
from rnnhw.estimate import Fitted, MacroEstimate, estimate_chip
from rnnhw.estimate.terms import chip
from rnnhw.network import LSTM, RNN, Bidirectional, Dense, Network
from rnnhw.synth.asic import synthesise_asic
from rnnhw.synth.liberty import read_library
from tests.estimate.cores import NAMES, core
from tests.synth.liberty import OSU018, installed


def lstm():
    """Loadable weights, which are a macro."""
    rng = np.random.default_rng(8)
    layers = [LSTM(rng.normal(0, 0.8, (24, 2)), rng.normal(0, 0.6, (24, 6)), rng.normal(0, 0.5, 24), "lstm0")]
    layers += [Dense(rng.normal(0, 0.8, (1, 6)), rng.normal(0, 0.5, 1), "linear", "dense0")]
    qnet = quantize(Network(layers, "many-to-one", "top"), rng.normal(0, 1, (3, 4, 2)))
    return Design(qnet, lanes=2, weights="loadable")


def both_ways():
    """Sequences are stored, and their memory is a macro; weights are logic."""
    rng = np.random.default_rng(9)
    pair = [RNN(rng.normal(0, 0.5, (2, 3)), np.eye(2) / 2, rng.normal(0, 0.5, 2), "relu", name) for name in "ab"]
    net = Network([Bidirectional(*pair, "both")], "many-to-many", "top")
    return Design(quantize(net, rng.normal(0, 1, (3, 4, 3)), weight_bits=4), lanes=1, max_steps=64)


@pytest.fixture(scope="module", params=[lstm, both_ways], ids=["lstm", "both_ways"])
def made(request, tmp_path_factory):
    """A core and its netlist."""
    from rnnhw.synth import find_yosys

    try:
        find_yosys()
    except RnnhwError as error:
        pytest.skip(str(error))
    design, library = request.param(), read_library(installed(OSU018))
    netlist = synthesise_asic(design.core.rtlil, design.name, library, tmp_path_factory.mktemp("asic"))
    return SimpleNamespace(design=design, library=library, netlist=netlist)


def test_memories_are_those_of_the_netlist(made):
    figures, memories = made.design.estimate_chip(), made.netlist.memories
    macros = Counter((item.depth, item.width) for item in memories if item.made_of == "macro")
    assert macros == Counter({(item.depth, item.width): item.count for item in figures.macros})
    assert sum(macros.values()) > 0
    bits = {
        kind: sum(item.bits for item in memories if item.made_of == kind) for kind in ("macro", "flip-flops", "logic")
    }
    assert [figures.macro_bits, figures.kept_bits, figures.constant_bits] == list(bits.values())


def test_another_limit_is_seen(made, monkeypatch):
    """Control: with another limit between macros and flip-flops the bits are not those of the netlist."""
    figures = made.design.estimate_chip()
    monkeypatch.setattr(chip, "MACRO_BITS", 20000)
    other = made.design.estimate_chip()
    assert (other.macro_bits, other.kept_bits) == (0, figures.kept_bits + figures.macro_bits)


@pytest.mark.parametrize("made", [lstm], ids=["lstm"], indirect=True)
def test_gates_are_within_the_band(made):
    area = made.netlist.area
    figures = made.design.estimate_chip(made.library.path)
    gates = area / made.library.nand2.area
    assert figures.gates.low <= gates <= figures.gates.high
    assert figures.area.low <= area <= figures.area.high
    assert figures.area.value / figures.gates.value == pytest.approx(made.library.nand2.area)


@pytest.mark.parametrize("name", NAMES)
def test_any_core(name):
    plan = core(name)
    figures = estimate_chip(plan)
    assert 0 < figures.gates.low <= figures.gates.value <= figures.gates.high
    assert (figures.area, figures.nand_area) == (None, None)
    uses = [use for stage in plan.stages for use in stage.memories.values()]
    written = sum(use.bits for use in uses if not use.rom)
    assert figures.macro_bits + figures.kept_bits == written
    assert figures.constant_bits <= sum(use.bits for use in uses if use.rom)
    assert all(item.depth * item.width > 1024 for item in figures.macros)


def test_more_lanes_are_more_gates():
    design, wider = (Design(lstm().qnet, lanes=lanes, weights="loadable") for lanes in (2, 8))
    assert wider.estimate_chip().gates.value > 1.5 * design.estimate_chip().gates.value


def test_what_is_shown():
    figures = estimate_chip(lstm().plan, 24)
    gates, area = figures.gates, figures.area
    assert area == Fitted(gates.value * 24, gates.low * 24, gates.high * 24)
    assert [type(item) for item in figures.macros] == [MacroEstimate]
    values = json.loads(figures.to_json())
    assert list(values) == ["gates", "area", "macros", "nand_area", "macro_bits", "kept_bits", "constant_bits"]
    assert values["gates"] == {"value": gates.value, "low": gates.low, "high": gates.high}
    assert values["area"]["high"] == area.high
    (macro,) = figures.macros
    assert values["macros"] == [{"name": "weights", "depth": macro.depth, "width": macro.width, "count": 1}]
    for word in (f"{gates.value:,.0f}", f"{gates.low:,.0f} .. {gates.high:,.0f}", f"{area.value:,.0f}", "24 each"):
        assert word in str(figures)
    for word in (f"{macro.depth:,} x {macro.width}", f"{figures.macro_bits:,}", "no clock and energy"):
        assert word in str(figures)
    assert figures._repr_html_() == f"<pre>{figures}</pre>"


def test_what_is_not_known_is_not_shown():
    figures = estimate_chip(both_ways().plan)
    assert json.loads(figures.to_json())["area"] is None
    assert "area" not in str(figures)
    small = estimate_chip(core("one unit"))
    assert (small.macros, small.macro_bits) == ((), 0)
    assert "words x bits" not in str(small)


@pytest.mark.parametrize("area", [0, -1.0, float("nan"), float("inf")])
def test_areas_that_cannot_be(area):
    with pytest.raises(RnnhwError, match="nand_area must be above 0, not "):
        estimate_chip(core("one unit"), area)


@pytest.mark.parametrize("area", ["24", True])
def test_areas_of_the_wrong_kind(area):
    with pytest.raises(TypeError, match="nand_area must be a number, not "):
        estimate_chip(core("one unit"), area)


def test_a_design_for_a_target_is_none_for_a_chip():
    with pytest.raises(RnnhwError, match="a design for ecp5-25f is not one for standard cells: leave its target out"):
        Design(lstm().qnet, target="ecp5-25f").estimate_chip()


def test_an_unusable_library(tmp_path):
    with pytest.raises(RnnhwError, match=r"none\.lib: cannot be read"):
        lstm().estimate_chip(tmp_path / "none.lib")
