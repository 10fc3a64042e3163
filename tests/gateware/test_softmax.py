# amaranth: UnusedElaboratable=no
"""Softmax against golden, bit for bit, and against the model of its times, to the cycle."""

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat
from rnnhw.fixedpoint.exponential import softmax_tables
from rnnhw.gateware.reciprocal import Reciprocal
from rnnhw.gateware.softmax import Softmax
from rnnhw.golden.softmax import softmax_raw
from rnnhw.plan.stages.base import Sink as ModelSink
from rnnhw.plan.stages.base import Step
from rnnhw.plan.stages.heads import SoftmaxStage

from .stepper import play
from .streams import Sink, Source, always, drive, offered, sometimes

FORMATS = [(4, 8, 3), (4, 8, 8), (5, 10, -2), (6, 12, 40), (7, 9, 0), (8, 16, 11), (8, 8, 7), (9, 18, 11)]
FORMATS += [(10, 20, 12), (11, 22, 11), (12, 24, 20), (16, 32, 24), (16, 16, 4), (13, 26, -40)]  # n, width, frac


def answers(rng, form: QFormat, count: int, size: int) -> np.ndarray:
    """Random answers of all scales; some of the range's ends, some of one value."""
    scale = np.minimum(2.0 ** rng.integers(0, form.width, (count, 1)), 2.0 ** np.clip(form.frac + 2, 0, form.width))
    values = np.clip(rng.normal(size=(count, size)) * scale, form.min_raw, form.max_raw).astype(np.int64)
    values[1::6] = rng.choice([form.min_raw, form.max_raw], values[1::6].shape)
    values[2::6] = values[2::6, :1]
    return values


def run(size, bits, width, frac, *, streams=1, count=10, eagerness=1.0, ready=None, unrest=False, style="block"):
    """Drive it; compare every beat with golden and, for a consumer that is always ready, every cycle with the model."""
    rng = np.random.default_rng([size, bits, streams])
    form = QFormat(width, frac)
    values = answers(rng, form, count, size)
    flags = rng.integers(0, 2, (count, 2)).tolist()
    numbers = rng.integers(0, streams, count).tolist()
    results = softmax_raw(values, form, bits).tolist()
    beats, expected = [], []
    for into, data in ((beats, values.tolist()), (expected, results)):
        for row, (first, last), number in zip(data, flags, numbers, strict=True):
            for j, value in enumerate(row):
                beat = value, first & (j == 0), last & (j == size - 1)
                into.append((*beat, number) if streams > 1 else beat)
    earliest = offered(rng, len(beats), eagerness)
    dut = Softmax(size, form, bits, style, streams)
    source, sink = Source(dut.i, beats, earliest), Sink(dut.o, len(beats), always() if ready is None else ready)
    drive(dut, [source, sink], unrest=rng if unrest else None, quiet=20)
    assert sink.beats == expected
    if ready is None:
        end = ModelSink()
        model, accepted = SoftmaxStage(dut.tables, end), []
        for number in range(count):
            accepted += model.push(Step(earliest[number * size : (number + 1) * size], True, True))
        assert source.accepted == accepted
        assert sink.transfers == [cycle for answer in end.transfers for cycle in answer]


@pytest.mark.parametrize(("bits", "width", "frac"), FORMATS)
@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_at_full_rate(size, bits, width, frac):
    run(size, bits, width, frac)


@pytest.mark.parametrize("eagerness", [0.9, 0.4, 0.1])
@pytest.mark.parametrize("size", [1, 2, 5, 16, 17])
def test_a_slow_source(size, eagerness):
    run(size, 8, 16, 11, eagerness=eagerness)
    run(size, 11, 22, 18, eagerness=eagerness, count=6)


@pytest.mark.parametrize(("eagerness", "readiness"), [(1, 0.5), (1, 0.1), (0.5, 0.8), (0.3, 0.3)])
@pytest.mark.parametrize("size", [1, 2, 4, 9])
def test_stalls(size, eagerness, readiness):
    ready = sometimes(np.random.default_rng(size), readiness)
    run(size, 8, 16, 11, eagerness=eagerness, ready=ready, count=14)
    run(size, 12, 24, 18, eagerness=eagerness, ready=ready, streams=3)


@pytest.mark.parametrize("period", [2, 3, 7, 90])
def test_rhythms(period):
    """A consumer with a rhythm of its own, also one that lets everything fill up."""
    run(3, 6, 12, 8, ready=np.arange(period) == period - 1, count=20)
    run(3, 12, 24, 18, ready=np.arange(period) == period - 1)


@pytest.mark.parametrize("streams", [2, 3, 8])
def test_streams(streams):
    run(4, 8, 16, 11, streams=streams)


@pytest.mark.parametrize("bits", [8, 12])
def test_after_a_reset_in_the_middle(bits):
    run(3, bits, 16, 9, streams=2, unrest=True, style="registers")


@pytest.mark.parametrize(("size", "bits"), [(64, 4), (65, 8), (1024, 16)])
def test_large(size, bits):
    run(size, bits, 2 * bits, bits, count=2)


@pytest.mark.parametrize("size", [1, 3, 10, 1024])
@pytest.mark.parametrize("bits", [4, 16])
def test_the_divider_to_the_last_bit(size, bits):
    """Sums at all powers of two, the smallest and the largest one among them."""
    tables = softmax_tables(size, QFormat(16, 8), bits)
    dut = Reciprocal(tables)
    one, top = 1 << tables.e_frac, size << tables.e_frac
    totals = {one, top} | {min(top, (one << k) + d) for k in range(1, 11) for d in (-1, 0, 1)}
    totals |= set(np.random.default_rng(size).integers(one, top + 1, 20).tolist())
    seen = []

    def actor():
        for total in sorted(totals):
            yield (1, 1, total, 0)
            for cycle in range(tables.e_frac + 3):
                done, r, k = yield (1, 0, 0, int(cycle == tables.e_frac + 2))
                assert done == (cycle == tables.e_frac + 2)
            seen.append((r, k))

    play(dut, [dut.enable, dut.valid, dut.total, dut.take], [dut.done, dut.r, dut.k], actor())
    shifts = [total.bit_length() - 1 - tables.e_frac for total in sorted(totals)]
    assert seen == [((1 << (2 * tables.e_frac + k)) // t, k) for t, k in zip(sorted(totals), shifts, strict=True)]


def test_an_altered_table_is_seen():
    """The control: one word of the memory that is off changes an answer."""
    form = QFormat(16, 11)
    y_raw = np.arange(0, 4000, 400)[None, ::-1]
    dut = Softmax(10, form, 8, "block")
    dut.exponential.rom.words[1] += 512
    source = Source(dut.i, [(int(y), 0, 0) for y in y_raw[0]], [0] * 10)
    sink = Sink(dut.o, 10, always())
    drive(dut, [source, sink])
    assert [beat[0] for beat in sink.beats] != softmax_raw(y_raw, form, 8)[0].tolist()
