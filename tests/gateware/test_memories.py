# amaranth: UnusedElaboratable=no
"""Rom and WeightMemory: words a cycle later, kept while nothing is enabled, written where they can be."""

import numpy as np
import pytest

from rnnhw.gateware.rom import Rom
from rnnhw.gateware.weight_memory import WeightMemory
from rnnhw.plan import MemoryUse

from .stepper import replay


def words_of(rng, depth: int, width: int) -> list[int]:
    words = [int.from_bytes(rng.bytes(width // 8 + 1), "little") % (1 << width) for _ in range(depth)]
    words[0], words[-1] = 0, (1 << width) - 1
    return words


def check_rom(dut, words, rng) -> None:
    rows = [(int(rng.integers(len(words))), int(rng.integers(2))) for _ in range(300)]
    seen = replay(dut, [dut.address, dut.enable], [dut.data], rows)
    standing = 0  # before the first enabled edge
    for (address, enable), (word,) in zip(rows, seen, strict=True):
        assert word == standing
        if enable:
            standing = words[address]


@pytest.mark.parametrize("style", ["block", "registers"])
@pytest.mark.parametrize(("depth", "width"), [(1, 3), (2, 1), (5, 8), (16, 70), (33, 4)])
def test_rom(depth, width, style):
    rng = np.random.default_rng(depth)
    words = words_of(rng, depth, width)
    check_rom(Rom(words, width, style), words, rng)


@pytest.mark.parametrize(("depth", "width"), [(1, 3), (2, 1), (5, 8), (33, 70)])
def test_fixed_weights(depth, width):
    rng = np.random.default_rng(depth)
    words = words_of(rng, depth, width)
    dut = WeightMemory(MemoryUse("weights", depth, width, rom=True), words)
    check_rom(dut, words, rng)
    assert "write" not in dut.signature.members


@pytest.mark.parametrize(("depth", "width"), [(1, 3), (2, 1), (5, 8), (33, 70)])
def test_loadable_weights(depth, width):
    """Reads give what stood there before the cycle; nothing is there that was not written."""
    rng = np.random.default_rng(depth)
    dut = WeightMemory(MemoryUse("weights", depth, width), words_of(rng, depth, width))
    store, standing, rows, expected = [0] * depth, 0, [], []
    for _ in range(400):
        address, target = rng.integers(depth, size=2).tolist()
        enable, write = rng.integers(2, size=2).tolist()
        word = int.from_bytes(rng.bytes(width // 8 + 1), "little") % (1 << width)
        rows.append((address, enable, write, target, word))
        expected.append((standing,))
        standing = store[address] if enable else standing
        if write:
            store[target] = word
    ports = [dut.address, dut.enable, dut.port.write, dut.port.address, dut.port.word]
    assert replay(dut, ports, [dut.data], rows) == expected


def test_words_matter():
    """Control: other contents."""
    with pytest.raises(AssertionError):
        check_rom(Rom([1, 2, 3], 4, "block"), [1, 2, 4], np.random.default_rng(0))
