"""How an estimate is shown: text, notebook, JSON and rich's tables are of the same figures."""

import json

from rich.console import Console

from rnnhw.estimate import estimate, find_device
from tests.estimate.cores import core


def test_all_ways_show_the_same(capsys):
    figures = estimate(core("digits"), find_device("ice40"))
    Console(width=110).print(figures.table())
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert printed == [line.rstrip() for line in str(figures).splitlines()]
    assert figures._repr_html_() == f"<pre>{figures}</pre>"
    assert json.loads(figures.to_json())["dsp"] == figures.dsp


def test_notebooks_get_no_markup_of_their_own():
    """What could be taken for HTML is escaped."""
    text = estimate(core("digits"))._repr_html_()
    assert text.count("<") == 2
