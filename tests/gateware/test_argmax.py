# amaranth: UnusedElaboratable=no
"""Argmax against numpy's, to the cycle, under stalls of both sides."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.gateware.argmax import Argmax
from rnnhw.plan.stages.base import Step
from rnnhw.plan.stages.heads import ArgmaxStage

from .streams import ModelSink, Sink, Source, always, drive, offered, sometimes


def answers(rng, count: int, width: int, size: int) -> np.ndarray:
    """Answers with many equal elements, with the ends of the range, and of one value only."""
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    values = rng.integers(low, high + 1, (count, size))
    values[::4] = rng.integers(max(low, -1), min(high, 1) + 1, values[::4].shape)
    values[1::4] = rng.choice([low, high], values[1::4].shape)
    values[2::8] = values[2::8, :1]
    return values


def run(width, size, streams, seed, *, eagerness=1.0, ready=None, unrest=False, count=40):
    """Drive it; compare answers, flags and every cycle with numpy and the model."""
    rng = np.random.default_rng(seed)
    values = answers(rng, count, width, size)
    flags = rng.integers(0, 2, (count, 2)).tolist()
    numbers = rng.integers(0, streams, count).tolist()
    junk = rng.integers(0, 2, (count, size, 2))  # flags inside an answer mean nothing
    beats = []
    for row, (first, last), number, noise in zip(values.tolist(), flags, numbers, junk.tolist(), strict=True):
        for j, value in enumerate(row):
            beat = value, first if j == 0 else noise[j][0], last if j == size - 1 else noise[j][1]
            beats.append((*beat, number) if streams > 1 else beat)
    earliest = offered(rng, len(beats), eagerness)
    ready = always() if ready is None else ready
    dut = Argmax(width, size, streams)
    source, sink = Source(dut.i, beats, earliest), Sink(dut.o, count, ready)
    drive(dut, [source, sink], unrest=rng if unrest else None)
    winners = values.argmax(axis=1).tolist()
    expected = [(w, *f, *([s] if streams > 1 else [])) for w, f, s in zip(winners, flags, numbers, strict=True)]
    assert sink.beats == expected
    model_sink = ModelSink(ready)
    model, accepted = ArgmaxStage(model_sink), []
    for number in range(count):
        accepted += model.push(Step(earliest[number * size : (number + 1) * size], True, True))
    assert source.accepted == accepted
    assert sink.transfers == model_sink.transfers
    return source, sink


@pytest.mark.parametrize("width", [1, 2, 8, 16, 32])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 10, 16, 17])
def test_always_ready(width, size):
    source, sink = run(width, size, 1, [width, size])
    assert source.accepted == list(range(40 * size))  # an element a cycle, also between answers
    assert sink.transfers == list(range(size, 41 * size, size))  # the cycle after the final element


@pytest.mark.parametrize("size", [1, 2, 3, 10])
@pytest.mark.parametrize("streams", [1, 2, 3])
@pytest.mark.parametrize(("eagerness", "readiness"), [(0.5, 1), (1, 0.3), (1, 0.05), (0.6, 0.5), (0.1, 0.1)])
def test_stalls(size, streams, eagerness, readiness):
    rng = np.random.default_rng([size, streams])
    ready = sometimes(rng, readiness) if readiness < 1 else always()
    run(9, size, streams, [size, streams], eagerness=eagerness, ready=ready)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_after_a_reset_in_the_middle(size):
    run(6, size, 2, size, unrest=True)


@pytest.mark.parametrize("size", [512, 513, 1000, 1024])
def test_large(size):
    run(12, size, 1, size, count=3)


@pytest.mark.parametrize(("size", "bits"), [(1, 2), (2, 2), (3, 3), (4, 3), (5, 4), (512, 10), (513, 11), (1024, 11)])
def test_width_of_the_index(size, bits):
    dut = Argmax(8, size)
    assert dut.o.payload.data.shape().width == bits
    assert dut.o.payload.data.shape().signed


def test_an_altered_answer_is_seen():
    """The control: the comparison fails if the highest of equal ones were to win."""
    rng = np.random.default_rng(1)
    values = answers(rng, 40, 6, 5)
    assert (values.argmax(axis=1) != 4 - values[:, ::-1].argmax(axis=1)).any()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((8, 0), RnnhwError, "size must be in 1..1024, not 0"),
        ((8, 1025), RnnhwError, "size must be in 1..1024, not 1025"),
        ((0, 4), RnnhwError, "width must be at least 1, not 0"),
        ((8, 2.0), TypeError, "size must be an integer, not 2.0"),
    ],
)
def test_wrong_parameters(arguments, error, text):
    with pytest.raises(error) as caught:
        Argmax(*arguments)
    assert str(caught.value) == text
