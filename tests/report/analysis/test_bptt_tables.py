"""The tables of an analysis: what stands in them is what was found."""

from functools import cache
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from rnnhw.analysis import PROCESSORS, Architecture, Workload, initial_network
from rnnhw.analysis.bptt import analyse
from rnnhw.analysis.bptt.growth import Spread
from rnnhw.network import RNN, Network
from rnnhw.report.analysis import amount, bptt_tables, cells_table
from rnnhw.report.analysis.bptt_tables import _e, _spread
from tests.shown import rows


@cache
def analysed(cell="lstm"):
    net = initial_network(Architecture(cell=cell, hidden=5, layers=2))
    return analyse(net, workload=Workload(steps=12, batch=4), processor=PROCESSORS["one-core"], truncation=5)


def text(tables):
    console = Console(width=200, file=StringIO())
    for table in tables:
        console.print(table)
    return console.file.getvalue()


def test_every_figure():
    found = analysed()
    tables = bptt_tables(found)
    flows, gains, risks, truncations, norms = (rows(text([table])) for table in tables)
    for flow in found.flows:
        assert flows[flow.name][2].startswith(f"{flow.growth.median:.3f}")
        assert flows[flow.name][3].split()[0] == f"{flow.vanished.median:.0f}"
    first = next(flow for flow in found.flows if flow.name == found.risks["vanishing"].cell)
    for lag in (1, 2, 3, 4, 6, 8, 12):
        assert float(gains[str(lag)][4]) == pytest.approx(np.exp(first.curve("block")[1, lag]), rel=0.004)
        assert float(gains[str(lag)][1]) == pytest.approx(np.exp(first.curve()[1, lag]), rel=0.004)
    assert risks["vanishing"][1] == found.risks["vanishing"].level
    for cut, cost in zip(found.truncation.cuts, found.costs, strict=True):
        assert truncations[str(cut.steps)][1] == f"{cut.error:.4f}"
        assert truncations[str(cut.steps)][6].split()[0] != ""
        assert cost.steps == cut.steps
    assert "given" in truncations["5"][7]
    assert "full" in truncations["12"][7]
    assert "recommended" in truncations[str(found.truncation.recommended.steps)][7]
    assert norms["recommended clipping norm"][1] == f"{found.clipping.recommended:.4g}"


def test_times():
    found = analysed()
    shown = " ".join(text(bptt_tables(found)).split())
    assert f"all epochs: {amount(found.full.training, 's')} in full, {amount(found.best.training, 's')} as rec" in shown
    assert found.full.training == found.full.epoch
    net = initial_network(Architecture(cell="gru", hidden=3))
    shown = text(bptt_tables(analyse(net, workload=Workload(steps=3, batch=2))))
    assert "no times without a processor" in " ".join(shown.split())


def test_side_by_side():
    results = {cell: analysed(cell) for cell in ("rnn", "lstm", "gru")}
    found = rows(text([cells_table(results)]))
    assert found["risk: vanishing"][1:] == tuple(result.risks["vanishing"].level for result in results.values())


def test_what_never_happens():
    net = Network([RNN(np.zeros((1, 1)), [[0.9]], np.ones(1), "relu")], "many-to-one")
    flows = rows(text(bptt_tables(analyse(net, np.zeros((4, 12, 1))))[:1]))
    assert flows["rnn0"][3:5] == ("never (about 44)", "never")


@pytest.mark.parametrize(
    ("log10", "shown"),
    [(0, "1"), (-2.5, "0.00316"), (-400.3, "5.0e-401"), (300, "1.0e+300"), (-float("inf"), "0")],
)
def test_gains_of_any_size(log10, shown):
    assert _e(log10 * np.log(10)) == shown


def test_spreads():
    assert _spread(Spread(1, 1, 1), ".0f") == "1"
    assert _spread(Spread(1, 2, float("inf")), ".0f") == "2 (1 .. never)"
