# amaranth: UnusedElaboratable=no
"""How many values a core says were clipped: as many as golden counts."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat
from rnnhw.gateware import NetworkTop
from rnnhw.plan import make_plan
from rnnhw.quantize import WHOLE
from tests.networks import CELLS, random_network

from .cores import Traffic
from .plans import small_network
from .streams import Sink, Source, always, drive, offered, sometimes

LENGTHS = (3, 1, 2)
CASES = [
    ({"hidden": [3], "kinds": ["lstm"]}, {"lanes": 5}),
    ({"hidden": [5], "kinds": ["lstm"]}, {"lanes": 12, "pipelines": 3, "columns_per_cycle": 2}),
    ({"hidden": [4], "kinds": ["gru"]}, {"lanes": 4}),
    ({"hidden": [5], "kinds": ["gru"]}, {"lanes": 6, "pipelines": 2}),
    ({"hidden": [3], "kinds": ["gru-before"]}, {"lanes": 4, "pipelines": 2}),
    ({"hidden": [4], "kinds": ["rnn-tanh"]}, {"lanes": 3}),
    ({"hidden": [4], "kinds": ["rnn-relu"]}, {"lanes": 3}),
    ({"hidden": [3, 2, 4], "kinds": CELLS}, {"lanes": 3}),
    ({"hidden": [3, 2, 3], "kinds": CELLS}, {"lanes": 3, "engines": "per-layer"}),
    ({"hidden": [3], "kinds": ["bidirectional", "lstm"]}, {"lanes": 4, "max_steps": 4}),
    ({"hidden": [3], "kinds": ["lstm", "gru"]}, {"lanes": 4, "streams": 2}),
    ({"hidden": [3, 2, 4], "kinds": CELLS}, {"lanes": 3, "registers": "many"}),
]


def clipping(layer, rng, last: bool):
    """The layer with larger biases, and formats too narrow for c, a GRU's p and the network's outputs."""
    if isinstance(layer, WHOLE):
        cells = {name: clipping(getattr(layer, name), rng, last) for name in layer.parts}
        return replace(layer, **cells)
    changes = {"bias_raw": layer.bias_raw * int(rng.integers(1, 12))}
    for name in ("c", "p", "y"):
        form = getattr(layer, name, None)
        if form is not None and (name != "y" or last):
            changes[name] = QFormat(form.width, form.frac + int(rng.integers(4)))
    return replace(layer, **changes)


def clipping_plan(seed: int, sizes, hardware):
    """A core that counts, of a network that clips much."""
    sizes = {"inputs": 2, "outputs": [3], "head": "none"} | sizes
    network, rng = small_network(seed, sizes), np.random.default_rng(seed)
    layers = tuple(clipping(layer, rng, layer is network.layers[-1]) for layer in network.layers)
    return make_plan(replace(network, layers=layers), count_saturations=True, **hardware)


def counted(traffic: Traffic, **options) -> int:
    """How many values a core says were clipped in a run."""
    top = NetworkTop(traffic.plan)
    source = Source(top.i, traffic.beats, options.get("earliest") or [0] * len(traffic.beats))
    sink = Sink(top.o, len(traffic.expected), options.get("ready", always()))
    seen = drive(top, [source, sink], extra=[top.saturated], quiet=30)
    assert sink.beats == traffic.expected
    return sum(row[0] for row in seen)


def expected(traffic: Traffic) -> tuple[int, set]:
    """How many values golden counts, and at which points."""
    _, trace = traffic.plan.network.run_raw(traffic.x, np.array(traffic.lengths), trace=True)
    return sum(trace.saturations.values()), {point for (_, point), count in trace.saturations.items() if count}


@pytest.mark.parametrize("case", range(len(CASES)))
def test_counts(case):
    sizes, hardware = CASES[case]
    points = set()
    for seed, mode in ((case, "many-to-many"), (100 + case, "many-to-one")):
        traffic = Traffic(clipping_plan(seed, sizes | {"mode": mode}, hardware), LENGTHS, seed)
        count, where = expected(traffic)
        assert counted(traffic) == count
        points |= where
    wanted = [{"z_i", "z_f", "z_g", "z_o"}, set(), {"z_r", "z_z"}, set(), {"z_r"}, {"z"}, {"h"}]
    assert points >= (wanted[case] if case < len(wanted) else set())
    assert points


def test_each_point_clips():
    """The cases above clip wherever anything can be clipped (but for zc, see below)."""
    points = set()
    for case, (sizes, hardware) in enumerate(CASES):
        for seed in (case, 100 + case):
            traffic = Traffic(clipping_plan(seed, sizes | {"mode": "many-to-many"}, hardware), LENGTHS, seed)
            points |= expected(traffic)[1]
    assert points == {f"z_{gate}" for gate in "ifgorzn"} | {"z", "c", "p", "h", "y"}


def test_what_is_fed_back_is_counted():
    sizes = {"inputs": 2, "hidden": [3], "kinds": ["gru"], "outputs": [2], "mode": "one-to-many", "steps": 4}
    network = small_network(5, sizes | {"head": "none"})
    gru, dense = network.layers
    dense = replace(dense, bias_raw=dense.bias_raw * 9, y=QFormat(dense.y.width, dense.y.frac - 3))
    plan = make_plan(replace(network, layers=(gru, dense)), lanes=3, count_saturations=True)
    traffic = Traffic(plan, (1,) * 4, 2)
    count, points = expected(traffic)
    assert "x" in points
    assert counted(traffic) == count


@pytest.mark.parametrize(("pipelines", "registers"), [(1, "few"), (3, "few"), (2, "many")])
def test_large_cell_states(pipelines, registers):
    """All cells begin at the end of their range, five on up to three pipelines; what is not there does not count."""
    network = small_network(1, {"inputs": 2, "hidden": [5], "kinds": ["lstm"], "outputs": [], "head": "none"})
    (lstm,) = network.layers
    lstm = replace(lstm, c=QFormat(16, 8), initial_raw=np.repeat([127, 32767], 5))
    hardware = {"lanes": 12, "pipelines": pipelines, "registers": registers, "count_saturations": True}
    plan = make_plan(replace(network, layers=(lstm,)), **hardware)
    traffic = Traffic(plan, LENGTHS, 1)
    count, points = expected(traffic)
    assert "zc" in points
    assert counted(traffic) == count


@pytest.mark.parametrize(
    ("kinds", "layers", "options"),
    [
        (["rnn-tanh"], {"rnn1": {"activation_bits": 4}}, {"mode": "many-to-many"}),
        (["rnn-tanh"], {"fc0": {"activation_bits": 5}}, {"mode": "many-to-one"}),
        (["bidirectional", "rnn-tanh"], None, {"mode": "many-to-many"}),
        (["reversed", "rnn-tanh"], None, {"mode": "many-to-one", "reading": "last-step"}),
    ],
)
def test_what_changes_its_width_is_counted_once(kinds, layers, options):
    """Between layers of different widths; a bidirectional one takes each element twice."""
    points = set()
    for seed in range(6):
        sizes = {"inputs": 2, "hidden": [3, 4], "kinds": kinds, "outputs": [2], "head": "none"} | options
        drawn = random_network(np.random.default_rng(seed), **sizes).layers
        own = {drawn[1].name: {"activation_bits": 4}} if layers is None else layers
        network = small_network(seed, sizes, layers=own)
        traffic = Traffic(make_plan(network, count_saturations=True, lanes=3, max_steps=4), LENGTHS, seed)
        count, where = expected(traffic)
        assert counted(traffic) == count
        points |= where
    assert "x" in points


def test_stalls_change_nothing():
    traffic = Traffic(
        clipping_plan(2, {"hidden": [3, 2], "kinds": CELLS, "mode": "many-to-many"}, {"lanes": 3}), LENGTHS, 1
    )
    rng = np.random.default_rng(1)
    earliest, ready = offered(rng, len(traffic.beats), 0.2), sometimes(rng, 0.3)
    assert counted(traffic, earliest=earliest, ready=ready) == expected(traffic)[0]


def test_cores_that_do_not_count_have_no_such_output():
    plan = make_plan(small_network(1, {"inputs": 2, "kinds": CELLS, "mode": "many-to-many", "head": "none"}), lanes=1)
    top = NetworkTop(plan)
    assert "saturated" not in top.signature.members
    Traffic(plan, (2,)).check(top=top)


def test_counts_are_compared():
    """Control: another input gives another count."""
    traffic = Traffic(clipping_plan(0, CASES[0][0] | {"mode": "many-to-many"}, CASES[0][1]), LENGTHS, 0)
    count, _ = expected(traffic)
    other = Traffic(traffic.plan, LENGTHS, 1)
    assert counted(other) != count
