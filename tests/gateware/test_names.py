# amaranth: UnusedElaboratable=no
"""Names in the emitted netlist are ours, and every component says what its members are."""

import importlib
import inspect
import pkgutil
import re

import pytest
from amaranth.back import rtlil
from amaranth.lib import wiring

import rnnhw.gateware
from rnnhw.gateware import NetworkTop
from rnnhw.gateware.multiplier import MultiplierSignature, PairSignature
from tests.networks import CELLS

from .plans import small_plan

CASES = [  # sizes, hardware, options of quantize
    ({"inputs": 3, "hidden": [3, 2], "outputs": [4, 2], "kinds": ["lstm"]}, {"lanes": 4}, {"table": "interpolated"}),
    ({"inputs": 1, "hidden": [2], "outputs": [], "kinds": ["gru"], "head": "argmax"}, {"lanes": 6}, {}),
    ({"inputs": 1, "hidden": [1], "outputs": [1], "kinds": ["rnn-relu"]}, {"lanes": 1}, {"activation_bits": 4}),
    ({"inputs": 4, "hidden": [3, 4, 3, 5], "outputs": [2], "kinds": CELLS}, {"lanes": 3, "engines": 2}, {}),
    ({"inputs": 5, "hidden": [4, 4], "outputs": [], "kinds": ["gru-before", "lstm"]}, {"streams": 3}, {}),
    (
        {"inputs": 3, "hidden": [2, 2], "kinds": ["bidirectional", "gru"], "head": "softmax"},
        {"lanes": 2, "max_steps": 5},
        {},
    ),
    (
        {"inputs": 2, "hidden": [4], "mode": "one-to-many", "kinds": ["lstm"], "steps": 3},
        {"update_multiplier": "lut"},
        {},
    ),
    (
        {"inputs": 4, "hidden": [3, 4, 3, 5], "outputs": [2], "kinds": CELLS},
        {"lanes": 3, "registers": "many", "count_saturations": True, "load_state": True, "read_state": True},
        {"table": "interpolated"},
    ),
]
SPREAD = {"lanes": 4, "columns_per_cycle": 2, "pipelines": 2}
PUBLIC = re.compile(r"^\s*(?:wire|memory|module|cell)\b.*?\\(\S+)(?:\s+\\(\S+))?$", re.MULTILINE)
PART = re.compile(r"port\$\d+\$\d+$")  # of a port that is put together of several signals: it has no name of its own
MADE_LATE = {"i", "o", "select", "clipped", "z_clipped"}  # ports of what `elaborate` makes, and of what counts
NUMBERED = re.compile(r"(\w+)\$\d+(?:[.[]|$)")


def components():
    """All components of the package."""
    found = set()
    for info in pkgutil.walk_packages(rnnhw.gateware.__path__, "rnnhw.gateware."):
        module = importlib.import_module(info.name)
        for _, item in inspect.getmembers(module, inspect.isclass):
            if issubclass(item, wiring.Component) and item.__module__ == module.__name__:
                found.add(item)
    return sorted(found, key=lambda item: item.__name__)


def members_of(component) -> set[str]:
    """Names of the ports of a component and of all below it."""
    names = {"__".join(path) for path, _, _ in component.signature.flatten(component)}
    for name, value in vars(component).items():
        for item in _parts(value) if not name.startswith("_") else ():
            names |= members_of(item)
    return names


def _parts(value):
    """All components in a value, a list, a tuple (of tuples) or a dictionary."""
    if isinstance(value, wiring.Component):
        yield value
    elif isinstance(value, dict):
        yield from _parts(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _parts(item)


def made_up(text: str, members: set[str]) -> list[str]:
    """Public names in which Amaranth had a hand: `U$0`, `$signal`, or `row$3` for a second `row`.

    But for two: a module has a wire for each port of each submodule (`members`), and where several are
    called `data` the others become `data$7`; and a port of several signals is taken apart to `port$12$3`.
    """
    names = {name for match in PUBLIC.findall(text) for name in match if "$" in name and not PART.match(name)}
    numbered = {name: NUMBERED.match(name) for name in names}
    return sorted(name for name, match in numbered.items() if not match or match[1] not in members)


@pytest.mark.parametrize("case", range(len(CASES)))
def test_netlist_names(case):
    sizes, hardware, options = CASES[case]
    if "lanes" not in hardware:
        hardware = SPREAD | hardware
    top = NetworkTop(small_plan(case, {"mode": "many-to-many", "head": "none"} | sizes, hardware, **options))
    text = rtlil.convert(top)
    assert text.count("\nmodule ") > 10
    assert made_up(text, members_of(top) | MADE_LATE) == []


def test_made_up_names_are_found():
    """The control of the test above."""
    ours = "module \\top\n  wire width 1 \\row\n  wire width 1 \\data\n  wire width 1 \\data$7\n"
    ours += "  cell \\top.rom \\rom\n  wire width 4 \\data$7.number\n  wire width 3 $5\n"
    theirs = "  wire width 3 \\row$3\n  wire width 1 \\$signal\n  wire width 1 \\$signal.data\n"
    theirs += "  cell \\top.U$0 \\U$0\n  memory width 3 size 2 \\words$4\n"
    expected = ["$signal", "$signal.data", "U$0", "row$3", "top.U$0", "words$4"]
    assert made_up(ours, {"data"}) == []
    assert made_up(ours + theirs, {"data"}) == expected


def test_there_are_components():
    assert len(components()) >= 30


@pytest.mark.parametrize("component", components(), ids=lambda item: item.__name__)
def test_docstrings(component):
    """A first line that ends in a full stop, and Members (of the component or of its signature)."""
    doc = inspect.getdoc(component)
    first = doc.split("\n\n")[0]
    assert first.endswith("."), first
    if component.__name__.endswith(("Multiplier", "Tiles")):
        doc = inspect.getdoc(MultiplierSignature)
    elif component.__name__.endswith("Pair"):
        doc = inspect.getdoc(PairSignature)
    assert re.search(r"^Members\n-------\n\w", doc, re.MULTILINE)


@pytest.mark.parametrize("component", components(), ids=lambda item: item.__name__)
def test_parameters_are_described(component):
    """Every argument of the constructor stands under Parameters."""
    doc = inspect.getdoc(component)
    parameters = set(inspect.signature(component.__init__).parameters) - {"self"}
    if not parameters:
        assert "Parameters\n" not in doc
        return
    block = re.search(r"^Parameters\n----------\n(.*?)(?:\n\n\w|\Z)", doc, re.MULTILINE | re.DOTALL)
    assert block
    described = set(re.findall(r"\w+", " ".join(line for line in block[1].splitlines() if not line.startswith(" "))))
    assert parameters <= described
