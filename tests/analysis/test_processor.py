"""Processors, workloads and the roofline: worked by hand, and refused where they cannot be."""

import math

import pytest

from rnnhw.analysis import PROCESSORS, Architecture, Processor, Workload, calculate, find_processor, measure_processor
from rnnhw.analysis import measure as timing
from rnnhw.errors import RnnhwError

RNN = Architecture(cell="rnn", inputs=2, hidden=4, outputs=3, biases=1)  # 4 (2 + 4) + 4 = 28, 3 (4 + 1) = 15 parameters
WORK = Workload(steps=5, batch=10, samples=25, epochs=3, optimiser="momentum")


def test_a_roofline_by_hand():
    """Without a cache the RNN's 28 parameters are read at each of 5 steps."""
    found = calculate(RNN, WORK, Processor(peak_gflops=8, bandwidth_gbs=1, efficiency=0.5))
    alone, batch, training = found.phases
    assert (alone.flops, batch.flops) == (264, 2640)  # 2 (5 x 24 + 12)
    assert alone.bytes == 4 * (5 * 28 + 15 + 5 * (2 + 2 * 4) + 4 + 3)
    assert batch.bytes == 4 * (5 * 28 + 15 + 10 * (5 * (2 + 2 * 4) + 4 + 3)) == 2900
    # backward: weights 5 x 24, states 4 x 16, no inputs; dense 2 x 12
    assert training.flops == 2640 + 2 * 10 * (120 + 64 + 24)
    passes = 2 * (5 * 28 + 15) + 10 * (5 * ((2 + 4 + 4) + (2 + 8 + 4)) + 2 * 7)
    assert training.bytes == 4 * (passes + 43 * (4 + 2))
    assert batch.bound == "bandwidth"
    assert batch.attainable_gflops == pytest.approx(2640 / 2900)
    assert batch.seconds == pytest.approx(2900e-9 / 0.5)
    rest = 4 * (2 * (5 * 28 + 15) + 5 * (5 * ((2 + 4 + 4) + (2 + 8 + 4)) + 2 * 7) + 43 * 6)  # 25 = 2 x 10 + 5
    assert found.time.epoch.value == pytest.approx((2 * training.bytes + rest) * 1e-9 / 0.5)
    assert found.time.training.value == pytest.approx(3 * found.time.epoch.value)


def test_what_fits_in_the_cache_is_read_once():
    bytes_ = 4 * 43
    cached = Processor(peak_gflops=8, bandwidth_gbs=1, cache_mb=bytes_ / 1e6)
    short = Processor(peak_gflops=8, bandwidth_gbs=1, cache_mb=(bytes_ - 1) / 1e6)
    less, more = (calculate(RNN, WORK, processor).phases[0].bytes for processor in (cached, short))
    assert more - less == 4 * 4 * 28


def test_time_is_the_larger_of_both_bounds():
    """On a grid of processors: never below either, and equal to one."""
    for peak in (0.01, 1.0, 100.0):
        for bandwidth in (0.01, 1.0, 100.0):
            processor = Processor(peak_gflops=peak, bandwidth_gbs=bandwidth, efficiency=1.0)
            for phase in calculate(RNN, WORK, processor).phases:
                bounds = {"compute": phase.flops / peak / 1e9, "bandwidth": phase.bytes / bandwidth / 1e9}
                assert phase.seconds == pytest.approx(max(bounds.values()))
                assert bounds[phase.bound] == pytest.approx(max(bounds.values()))


def test_processors_by_name():
    for name, processor in PROCESSORS.items():
        assert find_processor(name.upper()) is processor
        assert processor.source != "given"
        assert calculate(RNN, WORK, processor).time.training.value > 0
    with pytest.raises(RnnhwError, match=r"^nvidia-t4 has no rate in float64; it has float32, float16$"):
        calculate(RNN, Workload(precision="float64"), PROCESSORS["nvidia-t4"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"peak_gflops": math.nan}, "peak_gflops must be a number above 0 and at most 1,000,000,000, not nan"),
        ({"peak_gflops": 0}, "peak_gflops must be a number above 0 and at most 1,000,000,000, not 0"),
        ({"peak_gflops": "fast"}, "peak_gflops must be a number above 0 and at most 1,000,000,000, not fast"),
        ({"peak_gflops": {"float32": -1.0}}, "peak_gflops.float32 must be greater than 0, not -1.0"),
        ({"bandwidth_gbs": math.inf}, "bandwidth_gbs must be a finite number, not inf"),
        ({"efficiency": 0.0}, "efficiency must be greater than 0, not 0.0"),
        ({"efficiency": 1.5}, "efficiency must be at most 1, not 1.5"),
        ({"cache_mb": -1.0}, "cache_mb must be in 0..1000000.0, not -1.0"),
    ],
)
def test_what_is_no_processor(options, message):
    with pytest.raises(RnnhwError) as error:
        Processor(**{"peak_gflops": 1.0, "bandwidth_gbs": 1.0} | options)
    assert str(error.value) == message


@pytest.mark.parametrize("name", ["steps", "batch", "samples", "epochs"])
@pytest.mark.parametrize("value", [0, -1, 1 << 60, 1.5, math.nan])
def test_what_is_no_workload(name, value):
    with pytest.raises(RnnhwError, match=f"^{name} must be "):
        Workload(**{name: value})


def test_this_machine():
    """Rates that a machine of today has, and shares of what it may reach; nothing about how fast this one is."""
    processor = measure_processor(RNN.shape, WORK)
    assert 0.1 < processor.peak("float32") / 1e9 < 1e5
    assert 0.1 < processor.bandwidth_gbs < 1e4
    assert 0 < processor.efficiency <= 1
    assert 0 < processor.efficiency_alone <= 1
    found = calculate(RNN, WORK, processor)
    assert [phase.efficiency for phase in found.phases] == [
        processor.efficiency_alone,
        processor.efficiency,
        processor.efficiency,
    ]


def test_what_is_timed_is_what_is_counted(monkeypatch):
    """A clock that runs a second a look: rates are then the FLOPs that were counted."""
    monkeypatch.setattr(timing, "_least", lambda work, seconds=0: work() or 1.0)
    shape = Architecture(cell="lstm", inputs=3, hidden=8, layers=2, bidirectional=True).shape
    macs = sum(cell.macs for cell in shape.cells)
    backward = macs + sum(32 * cell.outputs + 32 * cell.inputs * (cell.layer > 0) for cell in shape.cells)
    forward, _ = timing._forward(shape, 7, timing.np.dtype("float32"))
    training, _ = timing._training(shape, 7, timing.np.dtype("float32"))
    assert (forward, training) == (2 * 7 * macs, 2 * 7 * (macs + backward))
    assert measure_processor(shape, WORK).peak_gflops["float32"] == 2 * 1024**3 / 1e9


def test_what_cannot_be_timed():
    with pytest.raises(RnnhwError, match=r"^precision must be float32 or float64 to be measured, not float16$"):
        measure_processor(RNN.shape, Workload(precision="float16"))
    with pytest.raises(RnnhwError, match=r"^a network to be measured must take at most 1,073,741,824 bytes, not 35,"):
        measure_processor(Architecture(hidden=1 << 20).shape, WORK)
