# amaranth: UnusedElaboratable=no
"""Engines on their own: `first`, `last` and `stream` of their answers, and the next stage's pressure."""

import numpy as np
import pytest

from rnnhw.gateware.engine import Engine
from rnnhw.plan.stages import Step

from .cores import Traffic
from .plans import small_plan
from .streams import ModelSink, Sink, Source, always, drive, sometimes

CASES = [
    ({"hidden": [3], "outputs": [], "kinds": ["lstm"]}, {"lanes": 4}),
    ({"hidden": [2, 3], "outputs": [2], "kinds": ["gru", "gru-before"]}, {"lanes": 4, "columns_per_cycle": 2}),
    ({"hidden": [5], "outputs": [4], "kinds": ["rnn-relu"]}, {"lanes": 4, "pipelines": 2}),
    ({"hidden": [4], "outputs": [3, 5], "kinds": ["lstm"]}, {"lanes": 6, "pipelines": 3, "streams": 3}),
    ({"hidden": [2, 3], "outputs": [2], "kinds": ["lstm", "gru"]}, {"lanes": 6, "registers": "many"}),
]
LENGTHS = (1, 3, 2, 1, 1, 2)


def run(case: int, mode: str, ready):
    """Returns (source, sink, model sink, traffic, accept cycles of the schedule)."""
    sizes, hardware = CASES[case]
    plan = small_plan(case, {"inputs": 2, "mode": mode, "head": "none"} | sizes, hardware)
    (engine,) = plan.engines
    traffic, dut, model = Traffic(plan, LENGTHS, case), Engine(engine), ModelSink(ready)
    source, sink = Source(dut.i, traffic.beats, [0] * len(traffic.beats)), Sink(dut.o, len(traffic.expected), ready)
    drive(dut, [source, sink])
    stage = engine.stage(model)
    accepted = [cycle for mark in traffic.marks for cycle in stage.push(Step([0] * 2, *mark))]
    return source, sink, model, traffic, accepted


def flags(traffic):
    """`first`, `last` and stream of each element of the answers, by the sequences that they are of."""
    every, size = traffic.plan.every_step, traffic.plan.network.output_size
    for number, step in traffic.order:
        final = step == traffic.lengths[number] - 1
        if every or final:
            stream = number % traffic.plan.hardware.streams
            for k in range(size):
                yield int(k == 0 and (step == 0 or not every)), int(k == size - 1 and final), stream


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("take", [1, 0.5, 0.05])
@pytest.mark.parametrize("case", range(len(CASES)))
def test_answers(case, mode, take):
    """Values, flags, and the cycle of every element, whatever the next stage does."""
    ready = always() if take == 1 else sometimes(np.random.default_rng(case), take)
    source, sink, model, traffic, accepted = run(case, mode, ready)
    assert [beat[0] for beat in sink.beats] == [answer[0] for answer in traffic.expected]
    streams = traffic.plan.hardware.streams > 1
    assert [beat[1:] for beat in sink.beats] == [flag[: 2 + streams] for flag in flags(traffic)]
    assert sink.transfers == model.transfers
    assert source.accepted == accepted


def test_pressure_is_scheduled():
    """Control: the schedule in front of an always ready stage is another one."""
    _, sink, *_ = run(0, "many-to-many", sometimes(np.random.default_rng(0), 0.05))
    *_, model, _, _ = run(0, "many-to-many", always())
    assert sink.transfers != model.transfers
