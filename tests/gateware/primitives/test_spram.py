# amaranth: UnusedElaboratable=no
"""Weights in single-port RAM: the behavioural memory and SB_SPRAM256KA with yosys's model do the same."""

import shutil

import numpy as np
import pytest
from amaranth.back import rtlil

from rnnhw.estimate import sprams
from rnnhw.gateware.primitives import find_primitives
from rnnhw.gateware.weight_memory import WeightMemory
from rnnhw.plan import MemoryUse
from rnnhw.synth import count_cells
from tests.gateware.stepper import replay

from .netlists import replay_netlist

# one word, less than a nibble; odd widths; all of a block; one word more; four rows; two by two
SHAPES = [(1, 3), (33, 5), (500, 64), (16384, 16), (16385, 7), (65536, 9), (20000, 17)]


def dut(depth: int, width: int, family=None) -> WeightMemory:
    use = MemoryUse("weights", depth, width, wanted="spram")
    assert use.style == "huge"
    return WeightMemory(use, [], find_primitives(family))


def stimulus(depth: int, width: int, cycles: int = 1500):
    """Rows of (address, enable, write, target, word) in which it is loaded, read, loaded again; and what is read.

    What is expected is None where the memory says nothing: after a write, and for words that were never written.
    """
    rng = np.random.default_rng(depth + width)
    some = sorted({0, depth - 1, *(int(n) for n in rng.integers(depth, size=40))})
    some = [n for n in (*some, 16383, 16384, 32768, 49151) if n < depth]
    store, standing, rows, expected = {}, None, [], []
    for cycle in range(cycles):
        address, target = (int(rng.choice(some)) for _ in range(2))
        loading = cycle % 500 < 150
        enable, write = int(rng.integers(2)), int(loading and rng.integers(4) > 0)
        word = int.from_bytes(rng.bytes(width // 8 + 1), "little") % (1 << width)
        rows.append((address, enable, write, target, word))
        expected.append(standing)
        if write:
            store[target], standing = word, None
        elif enable:
            standing = store.get(address)
    assert sum(word is not None for word in expected) > cycles // 3
    return rows, expected


def check(expected, seen) -> None:
    for cycle, (word, value) in enumerate(zip(expected, seen, strict=True)):
        assert word is None or word == value, f"cycle {cycle}: {value}, not {word}"


@pytest.mark.parametrize(("depth", "width"), SHAPES)
def test_behavioural(depth, width):
    memory = dut(depth, width)
    rows, expected = stimulus(depth, width)
    ports = [memory.address, memory.enable, memory.port.write, memory.port.address, memory.port.word]
    check(expected, [value for (value,) in replay(memory, ports, [memory.data], rows)])


@pytest.fixture
def icarus():
    """A visible skip where there is no Icarus."""
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog was not found")


@pytest.mark.parametrize(("depth", "width"), SHAPES)
def test_cells(depth, width, yosys, icarus, tmp_path):
    check(*cells(depth, width, "ice40", tmp_path))


def cells(depth: int, width: int, family: str, folder, change=lambda rows: rows):
    memory = dut(depth, width, family)
    rows, expected = stimulus(depth, width)
    ports = {"address": memory.address, "enable": memory.enable}
    ports |= {f"port__{name}": getattr(memory.port, name) for name in ("write", "address", "word")}
    return expected, replay_netlist(memory, ports, "data", change(rows), folder)


def test_a_wrong_word_is_found(yosys, icarus, tmp_path):
    """Control: one bit of each word written differs."""

    def change(rows):
        return [(*row[:4], row[4] ^ 16) for row in rows]

    with pytest.raises(AssertionError, match=r"^cycle \d+: \d+, not \d+"):
        check(*cells(33, 5, "ice40", tmp_path, change))


@pytest.mark.parametrize(("depth", "width"), [(1, 3), (16384, 64), (16385, 7), (20000, 17)])
def test_blocks_are_those_of_the_estimate(depth, width, yosys):
    text = rtlil.convert(dut(depth, width, "ice40"), name="top", emit_src=False)
    made = count_cells(text, family="ice40", whole=False)
    assert (made.spram, made.block_ram) == (sprams(depth, width), 0)
