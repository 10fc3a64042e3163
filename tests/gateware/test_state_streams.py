# amaranth: UnusedElaboratable=no
"""State vectors of several engines on one stream: no element lost or moved, none of them late."""

import numpy as np
import pytest

from rnnhw.gateware.state_streams import StateJoin, StateSplit

from .streams import Sink, Source, always, drive, offered, sometimes

COUNTS = [[1], [3], [1, 1], [2, 5], [4, 1, 3]]
VECTORS = 3


def vectors(counts):
    """Random elements, and those of each part."""
    words = np.random.default_rng(1).integers(-64, 64, (VECTORS, sum(counts)))
    parts = np.split(words, np.cumsum(counts)[:-1], axis=1)
    return words.ravel().tolist(), [part.ravel().tolist() for part in parts]


def readiness(take, seed):
    return always() if take == 1 else sometimes(np.random.default_rng(seed), take)


@pytest.mark.parametrize("take", [1, 0.5])
@pytest.mark.parametrize("eagerness", [1, 0.5])
@pytest.mark.parametrize("counts", COUNTS)
def test_split(counts, eagerness, take):
    words, parts = vectors(counts)
    dut = StateSplit(counts, 7)
    earliest = offered(np.random.default_rng(2), len(words), eagerness)
    source = Source(dut.state, [(word,) for word in words], earliest)
    sinks = [Sink(getattr(dut, f"part_{n}"), len(part), readiness(take, n)) for n, part in enumerate(parts)]
    drive(dut, [source, *sinks])
    for sink, part in zip(sinks, parts, strict=True):
        assert [beat[0] for beat in sink.beats] == part
    assert sorted(cycle for sink in sinks for cycle in sink.transfers) == source.accepted
    if eagerness == take == 1:
        assert source.accepted == list(range(len(words)))


def join(counts, eagerness, take, *, given=None):
    words, parts = vectors(counts)
    dut = StateJoin(given or counts, 7)
    sources = []
    for n, (part, count) in enumerate(zip(parts, counts, strict=True)):
        beats = [(word, int(at % count == count - 1)) for at, word in enumerate(part)]
        earliest = offered(np.random.default_rng(n), len(part), eagerness)
        sources.append(Source(getattr(dut, f"part_{n}"), beats, earliest))
    sink = Sink(dut.final, len(words), readiness(take, 9))
    drive(dut, [*sources, sink], limit=2000)
    size = sum(counts)
    assert sink.beats == [(word, int(at % size == size - 1)) for at, word in enumerate(words)]
    assert sorted(cycle for source in sources for cycle in source.accepted) == sink.transfers
    if eagerness == take == 1:
        assert sink.transfers == list(range(len(words)))


@pytest.mark.parametrize("take", [1, 0.5])
@pytest.mark.parametrize("eagerness", [1, 0.5])
@pytest.mark.parametrize("counts", COUNTS)
def test_join(counts, eagerness, take):
    join(counts, eagerness, take)


def test_other_parts_are_found():
    """Control: the component puts together parts of other lengths."""
    with pytest.raises((AssertionError, TimeoutError)):
        join([2, 5], 1, 1, given=[5, 2])
