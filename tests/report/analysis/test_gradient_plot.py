"""The plot of gradients against lag: its lines are where the gains are."""

import re
import sys
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest

from rnnhw.analysis import Architecture, Workload, initial_network
from rnnhw.analysis.bptt import analyse
from rnnhw.errors import RnnhwError
from rnnhw.network import RNN, Network
from rnnhw.report.analysis import gradient_plot
from rnnhw.report.analysis.gradient_plot import LINES, PALETTES

pytest.importorskip("matplotlib", reason='no matplotlib: pip install "rnnhw[plots]"')
G = "{http://www.w3.org/2000/svg}g"
PATH = "{http://www.w3.org/2000/svg}path"


@cache
def analysed(cell, **options):
    net = initial_network(Architecture(cell=cell, hidden=5, **options))
    return analyse(net, workload=Workload(steps=12, batch=4))


def lines(svg):
    """Points of each line in the order in which they were drawn, (points, 2)."""
    found = {}
    for group in ElementTree.fromstring(svg).iter(G):
        name = group.get("id") or ""
        if re.fullmatch(r"line\d+", name):
            numbers = re.findall(r"-?\d+(?:\.\d+)?", group.find(PATH).get("d"))
            found[name] = np.array(numbers, dtype=float).reshape(-1, 2)
    return found


def test_lines_are_straight_maps_of_the_gains():
    results = [analysed(cell) for cell in ("rnn", "lstm", "gru")]
    drawn = lines(gradient_plot(results))
    assert len(drawn) == 3
    gains = np.concatenate([result.flows[0].curve()[1] for result in results])
    places = np.concatenate([drawn[f"line{number}"] for number in range(3)])
    slope, offset = np.polyfit(gains, places[:, 1], 1)
    assert slope < 0  # an SVG's y goes down
    np.testing.assert_allclose(places[:, 1], slope * gains + offset, atol=1e-3)
    steps = np.diff(drawn["line0"][:, 0])
    np.testing.assert_allclose(steps, steps[0], atol=1e-3)
    assert len(drawn["line0"]) == 13


def test_other_gains_are_other_lines():
    """Control."""
    first = lines(gradient_plot([analysed("rnn")]))["line0"]
    assert not np.allclose(first, lines(gradient_plot([analysed("gru")]))["line0"])


def test_one_network_has_a_line_for_each_cell():
    assert len(lines(gradient_plot([analysed("gru", layers=2, bidirectional=True)]))) == 4
    assert len(lines(gradient_plot([analysed("lstm")]))) == 2  # (h, c), and h alone
    assert len(lines(gradient_plot([analysed("lstm", layers=10)]))) == 8


@pytest.mark.parametrize("value", [0.0, 1e-9, 1e9])
def test_gains_off_the_plot(value):
    """A line that leaves the plot does not take the others' room."""
    net = Network([RNN(np.ones((1, 1)), [[value]], np.ones(1), "relu")], "many-to-one")
    svg = gradient_plot([analyse(net, np.zeros((4, 12, 1)))])
    assert np.isfinite(lines(svg)["line0"]).all()
    assert "nan" not in svg
    assert "inf" not in svg


def test_light_and_dark():
    for dark in (False, True):
        svg = gradient_plot([analysed("rnn")], dark)
        for colour in (PALETTES[dark].paper, PALETTES[dark].ink, LINES[dark][0]):
            assert f": {colour}" in svg
            assert colour not in gradient_plot([analysed("rnn")], not dark)


def test_the_same_results_are_the_same_text():
    assert gradient_plot([analysed("rnn")]) == gradient_plot([analysed("rnn")])


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(RnnhwError, match=r"^plots need matplotlib: pip install 'rnnhw\[plots\]'$"):
        gradient_plot([analysed("rnn")])
