# amaranth: UnusedElaboratable=no
"""The weight loader: what it writes and when, and each way in which a load can go wrong."""

import re
import zlib

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.gateware.weight_loader import WeightLoader, crc_masks
from rnnhw.plan.load_image import build_image, word_bytes

from .streams import Source, drive, offered

SIZES = [[(1, 1)], [(3, 8)], [(2, 9), (5, 16)], [(1, 17), (1, 3), (4, 40)], [(7, 12), (1, 64), (9, 1)], [(2, 100)]]


def contents(rng, sizes):
    """Random memories as (words, width)."""
    return [([int.from_bytes(rng.bytes(13), "little") >> (104 - w) for _ in range(d)], w) for d, w in sizes]


def beats(image: bytes, last: bool = True):
    """The stream's beats of an image."""
    return [(byte, int(last and n == len(image) - 1)) for n, byte in enumerate(image)]


def run(sizes, stream, *, eagerness=1.0, rng=None, unrest=None):
    """Play beats; return (cycles in which they were taken, writes as (cycle, number, address, word), states)."""
    dut = WeightLoader(sizes)
    source = Source(dut.load, stream, offered(rng, len(stream), eagerness))
    seen = drive(
        dut, [source], extra=[dut.loaded, dut.load_error, dut.active, dut.write, dut.address, dut.word], unrest=unrest
    )
    writes = []
    for cycle, (loaded, error, active, write, address, word) in enumerate(seen):
        assert active == 1 - loaded
        assert not (loaded and error)
        assert write & (write - 1) == 0
        if write:
            number = write.bit_length() - 1
            writes.append((cycle, number, address, word % (1 << sizes[number][1])))
    assert source.accepted == offered_law(source.earliest)
    return source.accepted, writes, [row[:2] for row in seen]


def offered_law(earliest):
    """A byte a cycle, at any time."""
    taken = []
    for cycle in earliest:
        taken.append(max(cycle, taken[-1] + 1 if taken else 0))
    return taken


def expected_writes(memories, taken):
    """Each word the cycle after its final byte."""
    position, writes = -1, []
    for number, (words, width) in enumerate(memories):
        for address, word in enumerate(words):
            position += word_bytes(width)
            writes.append((taken[position] + 1, number, address, word))
    return writes


@pytest.mark.parametrize("eagerness", [1, 0.5])
@pytest.mark.parametrize("sizes", SIZES)
def test_a_good_load(sizes, eagerness):
    rng = np.random.default_rng(1)
    memories = contents(rng, sizes)
    image = build_image(memories)
    taken, writes, states = run(sizes, beats(image), eagerness=eagerness, rng=rng)
    assert writes == expected_writes(memories, taken)
    assert states == [(0, 0)] * (taken[-1] + 1) + [(1, 0)] * (len(states) - taken[-1] - 1)
    assert states[-1] == (1, 0)


@pytest.mark.parametrize("seed", range(25))
def test_loads_one_after_the_other(seed):
    """Good and bad ones without a pause: a bad one is told, and does not spoil the next."""
    rng = np.random.default_rng(seed)
    sizes = SIZES[seed % len(SIZES)]
    stream, goods, results = [], [], []
    for _ in range(6):
        memories = contents(rng, sizes)
        image = build_image(memories)
        kind = rng.choice(["good", "short", "long", "crc", "byte"])
        if kind == "short":
            image = image[: int(rng.integers(2, len(image)))]
        elif kind == "long":
            image += rng.bytes(int(rng.integers(1, 12)))
        elif kind in ("crc", "byte"):
            spot = len(image) - 1 - int(rng.integers(4)) if kind == "crc" else int(rng.integers(len(image)))
            image = image[:spot] + bytes([image[spot] ^ 1 << int(rng.integers(8))]) + image[spot + 1 :]
        goods.append((len(stream), memories) if kind == "good" else None)
        stream += beats(image)
        results.append((len(stream) - 1, (1, 0) if kind == "good" else (0, 1)))
    taken, writes, states = run(sizes, stream, eagerness=0.8, rng=rng, unrest=rng)
    for last, state in results:
        assert states[taken[last] + 1] == state
        if last + 1 < len(stream):
            assert set(states[taken[last] + 1 : taken[last + 1] + 1]) == {state}
            assert states[taken[last + 1] + 1] == (0, 0)
    for good in goods:
        if good is not None:
            start, memories = good
            wanted = expected_writes(memories, taken[start:])
            assert [write for write in writes if wanted[0][0] <= write[0] <= wanted[-1][0]] == wanted


def test_too_long_is_told_at_once():
    """Without `last` on the final byte the load is wrong in the next cycle, and all is swallowed up to `last`."""
    sizes = [(2, 8)]
    image = build_image([([1, 2], 8)])
    stream = beats(image, last=False) + beats(bytes(range(20))) + beats(image)
    _, writes, states = run(sizes, stream)
    assert states[len(image) - 1 : len(image) + 1] == [(0, 0), (0, 1)]
    assert set(states[len(image) : len(image) + 21]) == {(0, 1)}
    assert states[len(image) + 21] == (0, 0)
    assert states[-1] == (1, 0)
    assert len(writes) == 4


def test_one_byte_is_too_short():
    image = build_image([([1, 2], 8)])
    _, _, states = run([(2, 8)], [(1, 1), (1, 1), *beats(image), (7, 1)])
    assert states[:4] == [(0, 0), (0, 1), (0, 1), (0, 0)]
    assert states[len(image) + 2 : len(image) + 4] == [(1, 0), (0, 1)]


def test_every_broken_bit_is_found():
    """Each bit of a small image, one at a time."""
    sizes = [(1, 12), (1, 5)]
    image = build_image([([0xABC], 12), ([9], 5)])
    stream = []
    for bit in range(8 * len(image)):
        broken = bytearray(image)
        broken[bit // 8] ^= 1 << bit % 8
        stream += beats(bytes(broken))
    _, _, states = run(sizes, stream)
    size = len(image)
    assert [states[(n + 1) * size] for n in range(8 * size)] == [(0, 1)] * 8 * size


def test_crc_masks():
    """Byte by byte against zlib."""
    masks = crc_masks()
    rng = np.random.default_rng(3)
    body, crc = rng.bytes(100), (1 << 32) - 1
    for count, byte in enumerate(body, 1):
        inputs = crc | byte << 32
        crc = sum(((inputs & mask).bit_count() & 1) << n for n, mask in enumerate(masks))
        assert crc ^ 0xFFFFFFFF == zlib.crc32(body[:count])


@pytest.mark.parametrize("memories", [[], [(0, 3)], [(3, 0)], [(3, 4), (-1, 1)]])
def test_sizes_are_checked(memories):
    message = f"memories to load must have a word and a bit at least, not {memories}"
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        WeightLoader(memories)
