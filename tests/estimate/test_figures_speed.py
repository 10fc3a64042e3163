"""Sequences and speed: the plan's own runs, and arithmetic at a clock."""

import numpy as np
import pytest

from rnnhw.calibrate.draw import draw_batch, draw_hardware, draw_network, draw_quantization
from rnnhw.errors import RnnhwError
from rnnhw.estimate import Fitted, Sequence, cycles_per_inference, estimate, find_device, usual_length
from rnnhw.estimate import figures_speed as module
from rnnhw.estimate.figures_speed import sequence
from rnnhw.plan import Hardware, StepMark, make_plan
from rnnhw.quantize import quantize
from tests.estimate.cores import NAMES, core
from tests.networks import random_batch, random_network


def plan_of(mode, hidden=(4,), kinds=("lstm",), **options):
    rng = np.random.default_rng(5)
    steps = {"steps": 3} if mode == "one-to-many" else {}
    outputs = [2] if mode == "one-to-many" else [3]
    net = random_network(rng, inputs=2, hidden=list(hidden), outputs=outputs, mode=mode, kinds=list(kinds), **steps)
    return make_plan(quantize(net, random_batch(rng, net, 2, 4)), **options)


@pytest.mark.parametrize("length", [1, 2, 9])
@pytest.mark.parametrize("name", ["digits", "three layers", "drawn 0", "drawn 5"])
def test_a_sequence_takes_what_the_plans_run_says(name, length):
    plan = core(name)
    length = usual_length(plan) if plan.network.mode.startswith("one-to") else length
    inputs = 1 if plan.network.mode.startswith("one-to") else length
    run = plan.run([StepMark(t == 0, t == inputs - 1) for t in range(inputs)])
    found = sequence(plan, length)
    assert found.latency_cycles == run.answers[-1] - run.accepted[0][0]
    assert found.interval_cycles == cycles_per_inference(plan, length)


def test_operations_of_a_sequence():
    plan = core("digits")  # the head runs once, at the end
    lstm, dense = plan.engines[0].passes
    found = sequence(plan, 7)
    assert found.macs == 7 * lstm.rows * lstm.columns + dense.rows * dense.columns
    assert found.operations == 2 * found.macs
    every = plan_of("many-to-many")
    assert sequence(every, 5).macs == 5 * every.macs_per_step


@pytest.mark.parametrize("name", ["digits", "one unit"])
def test_long_sequences_go_on_as_they_began(name, monkeypatch):
    plan = core(name)
    counted = sequence(plan, 40)
    monkeypatch.setattr(module, "COUNTED", 20)
    assert sequence(plan, 40) == counted
    short = sequence(plan, 20)
    assert short.latency_cycles < counted.latency_cycles


def test_one_of_several_streams_alone(monkeypatch):
    plan = plan_of("many-to-many", streams=3, lanes=8)
    counted = sequence(plan, 48).latency_cycles
    monkeypatch.setattr(module, "COUNTED", 16)
    assert sequence(plan, 48).latency_cycles == pytest.approx(counted, rel=0.01)
    assert sequence(plan, 4).interval_cycles < sequence(plan, 4).latency_cycles  # the other streams fill the gaps


@pytest.mark.parametrize("seed", [47, 157, 161, 239])
def test_sequences_without_end(seed):
    """They need not take the same cycles each: here every second one takes more."""
    rng = np.random.default_rng([77, seed])
    net = draw_network(rng)
    plan = make_plan(quantize(net, draw_batch(rng, net), **draw_quantization(rng)), Hardware(**draw_hardware(rng, net)))
    answers = plan.run([StepMark(True, True)] * 801).answers
    found = cycles_per_inference(plan, 1)
    assert found == pytest.approx((answers[-1] - answers[400]) / 400)
    assert abs((answers[7] - answers[4]) / 3 - found) > 0.03 * found  # control: a few sequences do not tell


def test_usual_lengths():
    assert usual_length(core("digits")) is None
    assert usual_length(plan_of("one-to-one")) == 1
    assert usual_length(plan_of("one-to-many")) == 3
    assert usual_length(plan_of("many-to-one", kinds=("bidirectional",), max_steps=9)) == 9


@pytest.mark.parametrize(
    ("mode", "options", "length", "message"),
    [
        ("many-to-one", {}, 0, r"^length must be in 1\.\.1048576, not 0$"),
        ("many-to-one", {"kinds": ("bidirectional",), "max_steps": 9}, 10, r"^length must be in 1\.\.9, not 10$"),
        ("one-to-one", {}, 2, "^length must be 1 for this one-to-one network, not 2$"),
        ("one-to-many", {}, 2, "^length must be 3 for this one-to-many network, not 2$"),
    ],
)
def test_lengths_that_cannot_be(mode, options, length, message):
    with pytest.raises(RnnhwError, match=message):
        sequence(plan_of(mode, **options), length)


def test_a_length_of_the_wrong_kind():
    for mode in ("many-to-one", "one-to-one"):
        with pytest.raises(TypeError, match=r"^length must be an integer, not 1\.5$"):
            sequence(plan_of(mode), 1.5)


def test_speed_at_a_given_clock():
    figures = estimate(core("digits"), length=8, clock=24)
    speed, cycles = figures.speed, figures.cycles_per_step
    assert speed.clock_mhz == Fitted(24, 24, 24)
    assert speed.steps_per_second.value == speed.steps_per_second.low == pytest.approx(24e6 / cycles)
    assert speed.sequences_per_second.value == pytest.approx(24e6 / figures.sequence.interval_cycles)
    assert speed.sequence_latency_us.high == pytest.approx(figures.sequence.latency_cycles / 24)
    assert speed.step_latency_us.value == pytest.approx(figures.latency_cycles / 24)
    assert speed.operations_per_second.value == pytest.approx(2 * 128 * 40 * 24e6 / cycles)
    assert speed.weight_bits_per_second.value == pytest.approx(16 * 8 * core("digits").bound_cycles * 24e6 / cycles)


def test_the_clocks_band_goes_through():
    figures = estimate(core("digits"), find_device("ecp5"), length=8)
    speed, clock = figures.speed, figures.clock_mhz
    assert speed.clock_mhz is clock
    for end in ("value", "low", "high"):
        rate = getattr(clock, end) * 1e6 / figures.cycles_per_step
        assert getattr(speed.steps_per_second, end) == pytest.approx(rate)
    assert speed.step_latency_us.low == pytest.approx(figures.latency_cycles / clock.high)
    assert speed.step_latency_us.low <= speed.step_latency_us.value <= speed.step_latency_us.high


def test_what_is_not_known():
    figures = estimate(core("digits"), clock=10)
    assert (figures.sequence, figures.speed.sequences_per_second, figures.speed.sequence_latency_us) == (None,) * 3
    assert estimate(core("digits"), length=4).speed is None
    assert isinstance(estimate(core("digits"), length=4).sequence, Sequence)


@pytest.mark.parametrize("name", NAMES)
def test_steady_work_is_never_more_than_all(name):
    figures = estimate(core(name))
    assert 0 < figures.steady_macs <= figures.macs_per_step
    assert figures.operations_per_step == 2 * figures.macs_per_step
    assert figures.weight_bits_per_step <= figures.weight_bits_per_cycle * figures.cycles_per_step
