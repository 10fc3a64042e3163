"""Coefficients are found again in counts that were made of some; where nothing is measured what is expected stays."""

import numpy as np
import pytest

from rnnhw.calibrate.linear import Core, fit_linear, unseen, value_of

TRUTH = {"a": {"bits": 2.0, "one": 30.0}, "b": {"words": 0.5}, "memories": {"memory bits": 1.25}}


def cores(count: int, seed: int = 1, noise: float = 0.0, truth=TRUTH) -> list[Core]:
    """Cores of two modules, both of which have a memory."""
    rng, made = np.random.default_rng(seed), []
    for _ in range(count):
        terms = {
            "a": {"bits": int(rng.integers(10, 200)), "one": 1, "memory bits": int(rng.integers(0, 50))},
            "b": {"words": int(rng.integers(10, 400)), "memory bits": int(rng.integers(0, 50))},
        }
        counts = {name: value_of(truth, {name: of}) * (1 + noise * rng.normal()) for name, of in terms.items()}
        made.append(Core(terms, counts))
    return made


def flat(coefficients: dict) -> dict:
    return {(place, term): value for place, of in coefficients.items() for term, value in of.items()}


def test_coefficients_are_found_again():
    found = flat(fit_linear(cores(200)))
    assert found == {name: pytest.approx(value, rel=0.15) for name, value in flat(TRUTH).items()}


def test_what_memories_cost_is_the_same_in_all_modules():
    assert set(fit_linear(cores(50))["memories"]) == {"memory bits"}


def test_no_coefficient_is_negative():
    """A term that goes against the count gets none: more of something never makes a core smaller."""
    made = [Core({"a": {"one": 1, "less": n}}, {"a": 100 - n}) for n in range(40)]
    assert fit_linear(made).get("a", {}).get("less", 0) == 0


def test_what_is_expected_stays_where_nothing_is_measured():
    prior = {"a": {"bits": 3.0, "one": 10.0}, "b": {"words": 0.7}, "memories": {"memory bits": 4.0}}
    without = [Core({**core.terms, "b": {"words": 0}}, {**core.counts, "b": 0}) for core in cores(60)]
    assert fit_linear(without, prior)["b"]["words"] == pytest.approx(0.7)


def test_what_is_expected_gives_way_to_measurements():
    wrong = {"a": {"bits": 3.0, "one": 20.0}, "b": {"words": 0.8}, "memories": {"memory bits": 2.0}}
    found = flat(fit_linear(cores(200), wrong))
    assert found == {name: pytest.approx(value, rel=0.15) for name, value in flat(TRUTH).items()}


def test_nothing_is_told_of_what_was_learned_from():
    """Each item is told by a fit that had not seen it."""
    items, seen = list(range(20)), {}

    def learn(kept):
        return frozenset(kept)

    def value(kept, item):
        seen[item] = item in kept
        return len(kept)

    unseen(items, learn, value)
    assert set(seen) == set(items)
    assert not any(seen.values())


def test_a_fit_of_noise_says_nothing():
    """Control: counts that have nothing to do with the terms are not found again."""
    made = cores(60, seed=2)
    rng = np.random.default_rng(3)
    shuffled = [Core(core.terms, {"a": float(rng.uniform(10, 4000)), "b": 1.0}) for core in made]
    found = fit_linear(shuffled)
    errors = [abs(value_of(found, core.terms) / core.total - 1) for core in shuffled]
    assert np.median(errors) > 0.2
