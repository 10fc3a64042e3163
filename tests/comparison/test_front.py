"""The front against brute force."""

import numpy as np
import pytest

from rnnhw.comparison.front import mark_front


def drawn(seed: int, count: int) -> list[dict]:
    """Points of few different values, so that many are alike; some refused, some too large."""
    rng = np.random.default_rng(seed)
    points = []
    for _ in range(count):
        kind = rng.random()
        lut = int(rng.integers(1, 8))
        point = {"refused": None, "metric": float(rng.integers(0, 8)), "fits": bool(kind < 0.9)}
        point |= {"memory": int(rng.integers(1, 3)), "cycles": int(rng.integers(1, 3))}
        point |= {"lut": {"value": lut, "low": lut - 1, "high": lut + 1}, "dsp": lut}
        points.append({"refused": "no"} if kind < 0.1 else point)
    return points


def brute(points: list[dict], better: str) -> list[int]:
    """A point stays unless another one is at least as good in both and better in one, or the same and before it."""
    sign = 1 if better == "higher" else -1
    alive = [at for at, point in enumerate(points) if not point["refused"] and point["fits"]]

    def key(at):
        return points[at]["dsp"], -sign * points[at]["metric"]

    def tie(at):
        return points[at]["memory"], points[at]["cycles"], at

    def beats(other, at):
        (cost, metric), (own, mine) = key(other), key(at)
        if (cost, metric) == (own, mine):
            return tie(other) < tie(at)
        return cost <= own and metric <= mine

    return [at for at in alive if not any(beats(other, at) for other in alive if other != at)]


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("cost", ["lut", "dsp"])
def test_the_front_is_that_of_brute_force(better, cost):
    lengths = set()
    for seed in range(60):
        points = drawn(seed, 12)
        front = mark_front(points, cost, better)
        assert [at for at, point in enumerate(points) if point["front"]] == brute(points, better)
        assert [point["dsp"] for point in front] == sorted(point["dsp"] for point in front)
        lengths.add(len(front))
    assert len(lengths) > 3


def test_a_cost_that_is_not_known_gives_no_front():
    points = [{"refused": None, "metric": 1.0, "fits": None, "memory": 1, "cycles": 1, "energy": None}]
    assert mark_front(points, "energy", "higher") == []
