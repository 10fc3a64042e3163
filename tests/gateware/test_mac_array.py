# amaranth: UnusedElaboratable=no
"""The MAC array against plain sums: random groups, bubbles and stalls, and the widest possible sums."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from amaranth import Module
from amaranth.lib import data, wiring

from rnnhw.gateware.mac_array import MacArray, pair_sums
from rnnhw.gateware.multiplier import Multiplier, PairSignature
from rnnhw.gateware.primitives import Primitives
from rnnhw.plan import Timing
from rnnhw.plan.timing import TREE_LEVELS, tree_registers

from .stepper import replay

TAG = data.StructLayout({"number": 5})


class Pair(wiring.Component):
    """Two multipliers that share an operand."""

    def __init__(self, a_width: int, b_width: int, stages: int):
        self.parts = [Multiplier(a_width, b_width, stages) for _ in range(2)]
        super().__init__(PairSignature(a_width, b_width))

    def elaborate(self, platform):
        m = Module()
        a, products = (self.a0, self.a1), (self.product0, self.product1)
        for number, part in enumerate(self.parts):
            m.submodules[f"part_{number}"] = part
            m.d.comb += [part.a.eq(a[number]), part.b.eq(self.b), part.enable.eq(self.enable)]
            m.d.comb += products[number].eq(part.product)
        return m


class Pairs(Primitives):
    """A family whose blocks make two products of operands of at most 8 bits."""

    largest_pair = 8

    def pair(self, a_width: int, b_width: int, stages: int):
        return Pair(a_width, b_width, stages) if max(a_width, b_width) <= self.largest_pair else None


@dataclass(frozen=True)
class Word:
    """A column word: flags of stage 0; weights (lanes, columns) of stage 1; elements and which shift, with them."""

    valid: int = 0
    end: int = 0
    split: int = 0
    tag: int = 0
    weights: tuple = ()
    elements: tuple = ()
    alignment: int = 0


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
                flags = rng.integers(0, 2, 2).tolist()
                words.append(Word(0, *flags, int(rng.integers(32)), weights, elements))
            tag = group % 32 if k == length - 1 else int(rng.integers(32))  # the last word's is the group's
            given = weights, elements, int(rng.integers(len(dut.shifts)))
            words.append(Word(1, int(k == length - 1), int(k == cut), tag, *given))
    return words


def run(dut, words, enables):
    """Present the words stage by stage; {local cycle of capture: (sums, parts, tag)}, as seen."""
    bits = dut.weight_bits
    idle = Word(weights=((1,) * dut.columns,) * dut.lanes, elements=(0,) * dut.columns)
    timing = Timing(1, frozenset({"lstm"}), dut.columns, dut.registers)
    capture, late = timing.capture, timing.extra
    words = [*words, *[idle] * (capture + 1)]
    rows, at, local, behind = [], 0, [], [idle, idle]
    for enable in enables:
        if at == len(words):
            break
        word, packed = words[at], 0
        for n, weight in enumerate(w for lane in behind[0].weights for w in lane):
            packed |= ((weight < 0) if bits == 1 else weight & ((1 << bits) - 1)) << (bits * n)
        given = behind[late].alignment, *behind[late].elements
        rows.append((enable, word.valid, word.end, word.split, word.tag, packed, *given))
        local.append(at)
        if enable:
            behind, at = [word, behind[0]], at + 1
    assert at == len(words)
    inputs = [dut.enable, dut.valid, dut.end, dut.split_here, dut.tag.number, dut.weights, dut.alignment]
    inputs += [dut.elements[column] for column in range(dut.columns)]
    outputs = [dut.capture, dut.capture_tag.number, *[dut.sums[lane] for lane in range(dut.lanes)]]
    seen = replay(dut, inputs, outputs + [dut.parts[lane] for lane in range(dut.lanes)], rows)
    captures = {}
    for cycle, (captured, tag, *sums) in zip(local, seen, strict=True):
        if captured:
            now = sums[: dut.lanes], sums[dut.lanes :], tag
            assert captures.setdefault(cycle, now) == now, "a capture must stand while it waits"
    return captures, capture


def expected(words, lanes: int, capture: int, shifts=(0,)):
    """The same from the definition: sums of all products of a group, in two parts where it splits."""
    captures, sums, part, was_split = {}, [0] * lanes, None, False
    for cycle, word in enumerate(words):
        if not word.valid:
            continue
        products = [sum(w * e for w, e in zip(lane, word.elements, strict=True)) for lane in word.weights]
        sums = [a + b * 2 ** shifts[word.alignment] for a, b in zip(sums, products, strict=True)]
        if word.split:
            part, was_split = sums, True
        if word.end:
            captures[cycle + capture] = (sums, part if was_split else None, word.tag)
            was_split = False
        if word.split or word.end:
            sums = [0] * lanes
    return captures


def check(dut, words, enables) -> int:
    captures, capture = run(dut, words, enables)
    wanted = expected(words, dut.lanes, capture, dut.shifts)
    assert captures.keys() == wanted.keys()
    for cycle, (sums, parts, tag) in wanted.items():
        assert captures[cycle][0] == sums
        assert captures[cycle][2] == tag
        assert parts is None or captures[cycle][1] == parts
    return len(wanted)


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize(
    ("split", "lut", "registers"),
    [(False, False, "few"), (True, True, "few"), (True, False, "few"), (True, False, "many")],
)
@pytest.mark.parametrize(
    ("lanes", "columns", "weight_bits", "element_bits"),
    [(1, 1, 2, 4), (3, 1, 8, 9), (2, 2, 16, 16), (1, 3, 1, 5), (3, 5, 1, 16), (2, 9, 4, 6)],
)
def test_sums(lanes, columns, weight_bits, element_bits, split, lut, stalls, registers):
    rng = np.random.default_rng([lanes, columns])
    lengths = [*rng.integers(2, 9, 20).tolist(), 1, 2, 1, 2, 1, 2, 20]
    options = {"split": split, "lut": lut, "registers": registers}
    dut = MacArray(lanes, columns, weight_bits, element_bits, weight_bits + element_bits + 9, TAG, **options)
    words = words_of(rng, dut, lengths, 0.3 * stalls)
    enables = rng.integers(2, size=5 * len(words)).tolist() if stalls else [1] * (len(words) + 12)
    assert check(dut, words, enables) == len(lengths)


@pytest.mark.parametrize(
    ("lut", "registers"), [(False, "few"), (False, "many"), (True, "many")], ids=["few", "many", "many-lut"]
)
@pytest.mark.parametrize("primitives", [Primitives(), Pairs()], ids=["singles", "pairs"])
@pytest.mark.parametrize(
    ("lanes", "columns", "shifts"), [(1, 1, (3,)), (2, 1, (3,)), (3, 2, (0, 4)), (4, 5, (5, 0, 2)), (2, 1, (0, 1))]
)
def test_shifts(lanes, columns, shifts, primitives, lut, registers):
    """Of the elements, or where one block makes two products of unshifted ones, of the products."""
    rng, lengths = np.random.default_rng([lanes, *shifts]), [3, 1, 4, 2, 1, 6, 5]
    options = {"shifts": shifts, "registers": registers, "lut": lut, "primitives": primitives, "split": True}
    dut = MacArray(lanes, columns, 5, 7, 12 + max(shifts) + 7, TAG, **options)
    words = words_of(rng, dut, lengths, 0.3)
    assert check(dut, words, rng.integers(2, size=5 * len(words)).tolist()) == len(lengths)


def test_a_shift_of_another_word_is_seen():
    """Control: each word's shift belongs to its neighbour."""
    dut = MacArray(2, 1, 5, 7, 20, TAG, shifts=(0, 4), primitives=Pairs())
    words = words_of(np.random.default_rng(1), dut, [3, 4, 5])
    moved = [replace(word, alignment=1 - word.alignment) for word in words]
    captures, _ = run(dut, words, [1] * (len(words) + 12))
    assert captures != run(dut, moved, [1] * (len(words) + 12))[0]


@pytest.mark.parametrize("columns", [1, 2, 4, 7])
@pytest.mark.parametrize(("weight_bits", "element_bits", "length"), [(1, 4, 8), (2, 4, 8), (8, 8, 16), (16, 16, 20)])
def test_worst_case_width(weight_bits, element_bits, length, columns):
    """All-min times all-min fills the accumulator; its width is that of the plan: bound.bit_length() + 1."""
    w, e = -1 << (weight_bits - 1), -1 << (element_bits - 1)
    total = w * e * length * columns
    dut = MacArray(2, columns, weight_bits, element_bits, total.bit_length() + 1, TAG)
    high = 1 if weight_bits == 1 else -w - 1
    lanes = ((w,) * columns, (high,) * columns)
    group = [Word(1, int(k == length - 1), 0, 3, lanes, (e,) * columns) for k in range(length)]
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
    words = [Word(1, int(k == 6), 0, 0, ((7 * s,),), (7,)) for k, s in enumerate(signs)]
    captures, _ = run(MacArray(1, 1, 4, 4, 8, TAG), words, [1] * 20)
    assert [sums for sums, _, _ in captures.values()] == [[49]]


def test_a_bit_less_is_too_few():
    """Control: an accumulator that cannot hold the sum gives another one."""
    words = [Word(1, int(k == 7), 0, 0, ((-8,),), (-8,)) for k in range(8)]
    assert check(MacArray(1, 1, 4, 4, 11, TAG), words, [1] * 20) == 1
    with pytest.raises(AssertionError):
        check(MacArray(1, 1, 4, 4, 10, TAG), words, [1] * 20)


@pytest.mark.parametrize(
    ("columns", "few", "many"),
    [(1, 0, 0), (2, 0, 0), (3, 0, 1), (4, 0, 1), (5, 1, 1), (8, 1, 1), (9, 1, 2), (32, 1, 2), (33, 2, 3)],
)
def test_tree(columns, few, many):
    """So many levels of adders between registers, the accumulator being one of them."""
    assert TREE_LEVELS == {"few": 3, "many": 2}
    assert (tree_registers(columns), tree_registers(columns, "many")) == (few, many)
    terms, levels = [1] * columns, 0
    while len(terms) > 1:
        terms, levels = pair_sums(terms), levels + 1
    assert (terms, levels) == ([columns], (columns - 1).bit_length())
