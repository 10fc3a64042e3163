"""Widths of single layers: the search against brute force."""

from itertools import product

import numpy as np
import pytest

from rnnhw.comparison import compare
from rnnhw.comparison.auto import Limit, Search
from rnnhw.comparison.grid import Setting
from rnnhw.errors import RnnhwError
from rnnhw.sweep import Store
from tests.comparison.small import labelled

WIDTHS = (2, 4, 6, 8)
LAYERS = ("lstm0", "lstm1", "fc0")


def network():
    return labelled(2, hidden=[3, 3])[0]


class Table:
    """Points whose losses and costs are sums over layers, of which wider ones lose less and cost more."""

    def __init__(self, seed: int):
        rng = np.random.default_rng(seed)
        self.losses, self.costs = {}, {}
        for layer, key in product(LAYERS, ("weight_bits", "activation_bits")):
            lost = np.cumsum(rng.exponential(1, len(WIDTHS)) * 2.0 ** np.arange(len(WIDTHS)))[::-1]
            taken = np.cumsum(rng.integers(1, 9, len(WIDTHS)))
            for at, width in enumerate(WIDTHS):
                self.losses[layer, key, width], self.costs[layer, key, width] = lost[at], int(taken[at])
        self.seen = []

    def figures(self, numbers: dict) -> dict:
        chosen = [
            (layer, key, numbers.get("layers", {}).get(layer, numbers)[key])
            for layer, key in product(LAYERS, ("weight_bits", "activation_bits"))
        ]
        loss, cost = (sum(table[each] for each in chosen) for table in (self.losses, self.costs))
        return {"refused": None, "fits": True, "loss": loss, "memory": cost}

    def find(self, settings, title):
        self.seen += settings
        return [self.figures(setting.numbers) for setting in settings]

    def all(self) -> list[dict]:
        """Every combination there is."""
        found = []
        for widths in product(WIDTHS, repeat=2 * len(LAYERS)):
            pairs = zip(LAYERS, widths[::2], widths[1::2], strict=True)
            layers = {name: {"weight_bits": w, "activation_bits": a} for name, w, a in pairs}
            found.append(self.figures({"layers": layers}))
        return found


UNIFORM = [Setting({"weight_bits": w, "activation_bits": a}) for w in WIDTHS for a in WIDTHS]


@pytest.mark.parametrize("limit", ["max_loss", "max_cost"])
def test_near_the_best_of_all_combinations(limit):
    """Of 4,096 it looks at a few, never breaks the limit, and beats what one width for all layers can do."""
    better, shares = 0, []
    for seed in range(12):
        table = Table(seed)
        space = table.all()
        wish = Limit(limit, float(np.median([point["loss" if limit == "max_loss" else "memory"] for point in space])))
        chosen, passed = Search(table, network(), wish, "memory", UNIFORM).run()
        found = table.figures(chosen.numbers)
        by = ("memory", "loss") if limit == "max_loss" else ("loss", "memory")
        kept = [point for point in space if point[by[1]] <= wish.value]
        uniform = [table.figures(setting.numbers) for setting in UNIFORM]
        ranks = [min(point[by[0]] for point in points if point[by[1]] <= wish.value) for points in (kept, uniform)]
        assert found[by[1]] <= wish.value
        assert ranks[0] <= found[by[0]] <= ranks[1]
        better += found[by[0]] < ranks[1]
        shares.append(found[by[0]] / ranks[0])
        assert len(set(table.seen)) < 450
        assert all("layers" in setting.numbers for setting in passed)
        assert Search(Table(seed), network(), wish, "memory", UNIFORM).run() == (chosen, passed)
    assert better >= 9
    assert np.mean(shares) < 1.15


def mixed(lstm: int, dense: int) -> dict:
    """Weights of two widths."""
    layers = {"lstm0": {"weight_bits": lstm}, "fc0": {"weight_bits": dense}}
    return {"weight_bits": max(lstm, dense)} | ({} if lstm == dense else {"layers": layers})


@pytest.mark.parametrize("limit", [2.5, 7.5])
def test_the_best_of_a_tiny_space(limit, tmp_path):
    """A network of two layers with three widths each, and golden's own losses."""
    net, data = labelled(30, hidden=[6], outputs=[4])
    grid = {"weight_bits": [3, 5, 8], "activation_bits": 8, "target": "ecp5-25f", "lanes": 2, "cost": "lut"}
    options = grid | {"verify": 0, "workers": 1, "store": Store(tmp_path)}
    found = compare(net, data, max_loss=limit, **options)
    every = [compare(net, data, **options | mixed(a, b)).points[0] for a, b in product((3, 5, 8), repeat=2)]
    kept = [point for point in every if point["loss"] <= limit]
    assert kept
    best = min((point["lut"]["value"], point["loss"]) for point in kept)
    assert (found.chosen["lut"]["value"], found.chosen["loss"]) == best
    auto = found.document()["auto"]
    assert auto["max_loss"] == limit
    assert auto["tried"] >= 3
    assert found.chosen["id"] in found.document()["details"]
    assert compare(net, data, max_loss=limit, **options).document() == found.document()


def test_what_cannot_be_kept_is_refused_with_what_is_nearest():
    table = Table(1)
    with pytest.raises(RnnhwError, match=r"no widths keep max_loss 0\.1: the least loss is \d"):
        Search(table, network(), Limit("max_loss", 0.1), "memory", UNIFORM).run()
    with pytest.raises(RnnhwError, match=r"no widths keep max_cost 1: the least memory is \d"):
        Search(table, network(), Limit("max_cost", 1.0), "memory", UNIFORM).run()


def test_widths_that_are_equal_in_all_layers_are_uniform():
    search = Search(Table(1), network(), Limit("max_loss", 1), "memory", UNIFORM)
    wide = Setting({"weight_bits": 8, "activation_bits": 6})
    down = wide
    for layer in ("fc0", "lstm0", "lstm1"):
        assert down == wide or len(down.numbers["layers"]) == 3
        down = search._with(down, layer, "weight_bits", 4)
    assert down == Setting({"weight_bits": 4, "activation_bits": 6})


def test_states_are_lowered_in_recurrent_layers_only():
    grid = [Setting({"weight_bits": 8, "activation_bits": 8, "state_bits": bits}) for bits in (10, 16)]
    lowered = Search(Table(1), network(), Limit("max_loss", 1), "memory", grid)._lowered(grid[1])
    changed = [{name: own.get("state_bits") for name, own in each.numbers["layers"].items()} for each in lowered]
    assert changed == [{"lstm0": 10, "lstm1": 16, "fc0": None}, {"lstm0": 16, "lstm1": 10, "fc0": None}]
