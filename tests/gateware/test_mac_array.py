# amaranth: UnusedElaboratable=no
"""The MAC array against plain sums: random groups, bubbles and stalls, and the widest possible sums."""

from dataclasses import dataclass

import numpy as np
import pytest
from amaranth.lib import data

from rnnhw.gateware.mac_array import MacArray, pair_sums
from rnnhw.plan import Timing
from rnnhw.plan.timing import tree_registers

from .stepper import replay

TAG = data.StructLayout({"number": 5})


@dataclass(frozen=True)
class Word:
    """A column word: flags of stage 0; weights (lanes, columns) and elements of stage 1."""

    valid: int = 0
    start: int = 0
    end: int = 0
    split: int = 0
    tag: int = 0
    weights: tuple = ()
    elements: tuple = ()


def words_of(rng, dut, lengths, bubbles: float = 0.0, ends: bool = False) -> list[Word]:
    """Groups of so many words, some bubbles full of garbage between; where sums may split, every other group does."""
    w_end, e_end = 1 << (dut.weight_bits - 1), 1 << (dut.element_width - 1)
    weights_of = [-1, 1] if dut.weight_bits == 1 else [-w_end, w_end - 1] if ends else range(-w_end, w_end)
    elements_of = [-e_end, e_end - 1] if ends else range(-e_end, e_end)
    words = []
    for group, length in enumerate(lengths):
        cut = length // 2 - 1 if dut.split and group % 2 else -1
        for k in range(length):
            weights = tuple(map(tuple, rng.choice(weights_of, (dut.lanes, dut.columns)).tolist()))
            elements = tuple(rng.choice(elements_of, dut.columns).tolist())
            while rng.random() < bubbles:
                flags = rng.integers(0, 2, 3).tolist()
                words.append(Word(0, *flags, int(rng.integers(32)), weights, elements))
            tag = group % 32 if k == length - 1 else int(rng.integers(32))  # the last word's is the group's
            words.append(Word(1, int(k in (0, cut + 1)), int(k == length - 1), int(k == cut), tag, weights, elements))
    return words


def run(dut, words, enables):
    """Present the words stage by stage; {local cycle of capture: (sums, parts, tag)}, as seen."""
    bits = dut.weight_bits
    idle = Word(weights=((1,) * dut.columns,) * dut.lanes, elements=(0,) * dut.columns)
    capture = Timing(1, frozenset({"lstm"}), dut.columns).capture
    words = [*words, *[idle] * (capture + 1)]
    rows, at, local, behind = [], 0, [], idle
    for enable in enables:
        if at == len(words):
            break
        word, packed = words[at], 0
        for n, weight in enumerate(w for lane in behind.weights for w in lane):
            packed |= ((weight < 0) if bits == 1 else weight & ((1 << bits) - 1)) << (bits * n)
        rows.append((enable, word.valid, word.start, word.end, word.split, word.tag, packed, *behind.elements))
        local.append(at)
        if enable:
            behind, at = word, at + 1
    assert at == len(words)
    inputs = [dut.enable, dut.valid, dut.start, dut.end, dut.split_here, dut.tag.number, dut.weights]
    inputs += [dut.elements[column] for column in range(dut.columns)]
    outputs = [dut.capture, dut.capture_tag.number, *[dut.sums[lane] for lane in range(dut.lanes)]]
    seen = replay(dut, inputs, outputs + [dut.parts[lane] for lane in range(dut.lanes)], rows)
    captures = {}
    for cycle, (captured, tag, *sums) in zip(local, seen, strict=True):
        if captured:
            now = sums[: dut.lanes], sums[dut.lanes :], tag
            assert captures.setdefault(cycle, now) == now, "a capture must stand while it waits"
    return captures, capture


def expected(words, lanes: int, capture: int):
    """The same from the definition: sums of all products of a group, in two parts where it splits."""
    captures, sums, part, was_split = {}, None, None, False
    for cycle, word in enumerate(words):
        if not word.valid:
            continue
        products = [sum(w * e for w, e in zip(lane, word.elements, strict=True)) for lane in word.weights]
        sums = [0] * lanes if word.start else sums
        sums = [a + b for a, b in zip(sums, products, strict=True)]
        if word.split:
            part, was_split = sums, True
        if word.end:
            captures[cycle + capture] = (sums, part if was_split else None, word.tag)
            was_split = False
    return captures


def check(dut, words, enables) -> int:
    captures, capture = run(dut, words, enables)
    wanted = expected(words, dut.lanes, capture)
    assert captures.keys() == wanted.keys()
    for cycle, (sums, parts, tag) in wanted.items():
        assert captures[cycle][0] == sums
        assert captures[cycle][2] == tag
        assert parts is None or captures[cycle][1] == parts
    return len(wanted)


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize(("split", "lut"), [(False, False), (True, True), (True, False)])
@pytest.mark.parametrize(
    ("lanes", "columns", "weight_bits", "element_bits"),
    [(1, 1, 2, 4), (3, 1, 8, 9), (2, 2, 16, 16), (1, 3, 1, 5), (3, 5, 1, 16), (2, 9, 4, 6)],
)
def test_sums(lanes, columns, weight_bits, element_bits, split, lut, stalls):
    rng = np.random.default_rng([lanes, columns])
    lengths = [*rng.integers(2, 9, 20).tolist(), 1, 2, 1, 2, 1, 2, 20]
    dut = MacArray(lanes, columns, weight_bits, element_bits, weight_bits + element_bits + 9, TAG, split=split, lut=lut)
    words = words_of(rng, dut, lengths, 0.3 * stalls)
    enables = rng.integers(2, size=5 * len(words)).tolist() if stalls else [1] * (len(words) + 12)
    assert check(dut, words, enables) == len(lengths)


@pytest.mark.parametrize("columns", [1, 2, 4, 7])
@pytest.mark.parametrize(("weight_bits", "element_bits", "length"), [(1, 4, 8), (2, 4, 8), (8, 8, 16), (16, 16, 20)])
def test_worst_case_width(weight_bits, element_bits, length, columns):
    """All-min times all-min fills the accumulator; its width is that of the plan: bound.bit_length() + 1."""
    w, e = -1 << (weight_bits - 1), -1 << (element_bits - 1)
    total = w * e * length * columns
    dut = MacArray(2, columns, weight_bits, element_bits, total.bit_length() + 1, TAG)
    high = 1 if weight_bits == 1 else -w - 1
    lanes = ((w,) * columns, (high,) * columns)
    group = [Word(1, int(k == 0), int(k == length - 1), 0, 3, lanes, (e,) * columns) for k in range(length)]
    captures, _ = run(dut, group * 2, [1] * (2 * length + 12))
    assert [sums for sums, _, _ in captures.values()] == [[total, high * e * length * columns]] * 2


@pytest.mark.parametrize("columns", [1, 6])
def test_ends_of_the_range(columns):
    rng = np.random.default_rng(columns)
    dut = MacArray(3, columns, 4, 6, 16, TAG, split=True)
    words = words_of(rng, dut, [5, 8, 2, 6], ends=True)
    assert check(dut, words, [1] * (len(words) + 12)) == 4


def test_sums_that_pass_the_width_on_the_way():
    """Partial sums may wrap as long as the group's sum fits (two's complement)."""
    signs = [1, 1, 1, 1, -1, -1, -1]
    words = [Word(1, int(k == 0), int(k == 6), 0, 0, ((7 * s,),), (7,)) for k, s in enumerate(signs)]
    captures, _ = run(MacArray(1, 1, 4, 4, 8, TAG), words, [1] * 20)
    assert [sums for sums, _, _ in captures.values()] == [[49]]


def test_a_bit_less_is_too_few():
    """Control: an accumulator that cannot hold the sum gives another one."""
    words = [Word(1, int(k == 0), int(k == 7), 0, 0, ((-8,),), (-8,)) for k in range(8)]
    assert check(MacArray(1, 1, 4, 4, 11, TAG), words, [1] * 20) == 1
    with pytest.raises(AssertionError):
        check(MacArray(1, 1, 4, 4, 10, TAG), words, [1] * 20)


@pytest.mark.parametrize(("columns", "registers"), [(1, 0), (2, 0), (4, 0), (5, 1), (32, 1), (33, 2)])
def test_tree(columns, registers):
    """Three levels of adders between registers, the accumulator being one of them."""
    assert tree_registers(columns) == registers
    terms, levels = [1] * columns, 0
    while len(terms) > 1:
        terms, levels = pair_sums(terms), levels + 1
    assert (terms, levels) == ([columns], (columns - 1).bit_length())
