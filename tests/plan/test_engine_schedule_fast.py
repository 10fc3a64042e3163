"""The schedule in whole passes against the one that goes word by word and row by row."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw.plan.setting
from rnnhw.plan import Geometry, make_plan
from rnnhw.plan.layout import make_layout
from rnnhw.plan.passes import Turn
from tests.plan.slow_schedule import SlowStage

from .cases import make_network, random_case, random_knobs, sequences


def runs(monkeypatch, plan, marks, offers):
    """What the fast schedule and the slow one say of a run."""
    fast = plan.run(marks, offers.__getitem__)
    with monkeypatch.context() as patch:
        patch.setattr(rnnhw.plan.setting, "EngineStage", SlowStage)
        return fast, plan.run(marks, offers.__getitem__)


def random_run(rng, plan):
    """Random sequences, and when their steps are offered: without a gap, with small ones and with large ones."""
    if plan.network.mode.startswith("one-to"):
        lengths = [1] * 12
    else:
        lengths = rng.integers(1, min(plan.hardware.max_steps, 6) + 1, 5).tolist()
    marks = [
        mark
        for length in lengths
        for stream in [int(rng.integers(plan.hardware.streams))]
        for mark in sequences(length, stream=stream)
    ]
    gaps = rng.integers(0, [1, 60, 3000][rng.integers(3)], len(marks))
    return marks, np.cumsum(gaps).tolist()


@pytest.mark.parametrize("seed", range(120))
def test_random_engines(seed, monkeypatch):
    network, rng = random_case(seed), np.random.default_rng(seed)
    more = {"registers": str(rng.choice(["few", "many"])), "update_multiplier": str(rng.choice(["dsp", "lut"]))}
    more |= {name: True for name in ("load_state", "read_state") if rng.random() < 0.25}
    plan = make_plan(network, **random_knobs(seed, network), **more)
    fast, slow = runs(monkeypatch, plan, *random_run(rng, plan))
    assert fast == slow


@pytest.mark.parametrize("seed", range(60))
def test_arrangements_that_would_not_be_chosen(seed, monkeypatch):
    """Fronts that wait for their drain at every group among them, and streams that are not in turn."""
    network, rng = random_case(seed, largest=12), np.random.default_rng(seed)
    plan = make_plan(network, lanes=1, max_steps=6)
    streams = 3 if not plan.buffered and network.mode != "one-to-many" else 1
    hardware = plan.hardware.model_copy(update={"streams": streams})
    engines = []
    for stage in plan.stages:
        if stage in plan.engines:
            pipelines = int(rng.integers(1, 5))
            columns = int(rng.choice([k for k in (1, 2, 3, 4, 6) if not k % pipelines or not pipelines % k]))
            shape = Geometry(int(2 ** rng.uniform(0, 6)), pipelines, columns)
            stage = replace(stage, geometry=shape, hardware=hardware)
        engines.append(stage)
    plan = replace(plan, stages=tuple(engines), hardware=hardware)
    fast, slow = runs(monkeypatch, plan, *random_run(rng, plan))
    assert fast == slow


def test_a_pass_that_may_miss_one_round_more_is_noticed(monkeypatch):
    """The control: the slow schedule of an engine whose state columns are read a round too early."""

    class Early(SlowStage):
        def __init__(self, layout, *rest):
            turns = []
            for turn in layout.turns:
                segments = tuple(s._replace(slack=s.slack + s.old) for s in turn.segments)
                turns.append(Turn(turn.kind, turn.units, segments, turn.geometry, turn.final))
            super().__init__(replace(layout, turns=tuple(turns)), *rest)

    plan = make_plan(make_network(3, [8]), lanes=8)
    fast = plan.run(sequences(6))
    monkeypatch.setattr(rnnhw.plan.setting, "EngineStage", Early)
    assert plan.run(sequences(6)) != fast


def test_layouts_are_shared_and_not_values():
    one, other = (make_plan(make_network(3, [8], seed=seed), lanes=8).engines[0] for seed in (1, 2))
    assert one.layout is other.layout
    assert (one.passes[0].weights_raw != other.passes[0].weights_raw).any()
    assert make_layout.cache_info().maxsize is not None
