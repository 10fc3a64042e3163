"""Bits of read-only memories that vary, counted without words, against the words."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.fixedpoint.words import varying_columns
from rnnhw.plan import make_plan
from tests.estimate.random_plans import random_plan

from .cases import make_network


@pytest.mark.parametrize("seed", range(80))
def test_against_the_words(seed):
    plan = random_plan(np.random.default_rng(seed))
    for stage in plan.stages:
        for name, use in stage.memories.items():
            if use.rom and (stage in plan.engines or stage.name == "softmax"):
                words = stage.contents(name)
                assert len(words) == use.depth
                assert stage.varying_columns(name) == varying_columns(words), name


def weights_of(engine, weights):
    """The engine with other weights in its only pass."""
    (item,) = engine.passes
    item = replace(item, values=replace(item.values, weights=weights))
    new = replace(engine)
    vars(new)["work"] = replace(engine.work, passes=(item,))
    return new


@pytest.mark.parametrize("bits", [1, 2, 8])
def test_only_what_varies_counts(bits):
    """The control: weights that are all alike, and then one that is not."""
    engine = make_plan(make_network(4, [4], weight_bits=bits), lanes=16).engines[0]
    weights = np.ones_like(engine.passes[0].weights_raw)
    assert weights_of(engine, weights.copy()).varying_columns("weights") == 0
    weights[1, 2, 3] = -1
    other = weights_of(engine, weights)
    assert other.varying_columns("weights") == varying_columns(other.weight_words) == max(bits - 1, 1)
