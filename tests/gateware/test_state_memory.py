# amaranth: UnusedElaboratable=no
"""The state memory against a list: vectors by bank and stream, written in rounds, read in column words."""

import numpy as np
import pytest

from rnnhw.gateware.state_memory import StateMemory
from tests.networks import CELLS

from .plans import small_engine
from .stepper import replay

SHAPES = [  # hidden, outputs, lanes, columns, pipelines
    ([1], [], 1, 1, 1),
    ([3], [2, 2], 2, 1, 1),
    ([5, 4], [3, 1], 3, 2, 1),
    ([4, 7], [5, 2], 4, 1, 2),
    ([7, 3], [], 3, 3, 3),
    ([6, 5], [4, 3], 5, 5, 1),
    ([6, 5], [], 4, 2, 4),
]


def make(shape, streams: int, seed: int = 1, kinds=CELLS):
    hidden, outputs, lanes, columns, pipelines = shape
    sizes = {"inputs": 5, "hidden": hidden, "outputs": outputs, "kinds": kinds}
    hardware = {"lanes": min(lanes, max(hidden)), "columns_per_cycle": columns, "streams": streams}
    return small_engine(seed, sizes, hardware | {"pipelines": pipelines})


class Model:
    """Vectors by (pass, bank, stream), laid out by the plan's own addresses only where they are read."""

    def __init__(self, plan):
        self.plan, shape = plan, plan.geometry
        self.words = [[None] * shape.word for _ in range(plan.hardware.streams * plan.state_words)]

    def write(self, number: int, bank: int, stream: int, round_: int, values) -> None:
        item, shape = self.plan.passes[number], self.plan.geometry
        if item.final and not item.recurrent:
            return
        base = self.plan.work.outputs[number][bank] + stream * self.plan.state_words
        for pipeline, value in enumerate(values):
            element = round_ * shape.pipelines + pipeline
            self.words[base + element // shape.word][element % shape.word] = value

    def read(self, address: int, part: int):
        columns = self.plan.geometry.columns
        return self.words[address][part * columns : (part + 1) * columns]


def check(plan, seed: int, steps: int = 12, *, one_bank: bool = False) -> int:
    rng, shape, streams = np.random.default_rng(seed), plan.geometry, plan.hardware.streams
    dut, model = StateMemory(plan), Model(plan)
    top, banks = 1 << (dut.bits - 1), [0] * streams
    rows, expected, standing = [], [], [None] * shape.columns
    ports = [dut.write, dut.tag.number, dut.tag.bank, dut.tag.stream, dut.tag.end]
    ports += [dut.results[k] for k in range(shape.pipelines)] + [dut.address, dut.part, dut.enable]

    def cycle(write, number, bank, stream, end, round_):
        nonlocal standing
        values = rng.integers(0, 2 * top, shape.pipelines).tolist()
        address, part = int(rng.integers(len(model.words))), int(rng.integers(dut.read_parts))
        enable = int(rng.random() < 0.8)
        rows.append((write, number, bank, stream, end, *values, address, part, enable))
        expected.append(standing)
        standing = model.read(address, part) if enable else standing
        standing = list(standing)
        if write:
            model.write(number, 0 if one_bank else bank, stream, round_, values)

    for _ in range(steps):
        stream = int(rng.integers(streams))
        for number, item in enumerate(plan.passes):
            for round_ in range(item.rounds):
                while rng.random() < 0.5:  # what is not written does not matter
                    cycle(0, int(rng.integers(len(plan.passes))), *rng.integers(0, 2, 1).tolist(), 0, 1, 0)
                cycle(1, number, banks[stream], stream, int(round_ == item.rounds - 1), round_)
        banks[stream] ^= 1
    compared = 0
    for seen, wanted in zip(
        replay(dut, ports, [dut.data[k] for k in range(shape.columns)], rows), expected, strict=True
    ):
        for value, element in zip(seen, wanted, strict=True):
            assert element is None or value == element
            compared += element is not None
    return compared


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("shape", SHAPES)
def test_vectors(shape, streams):
    assert check(make(shape, streams), 1) > 10


def test_vectors_do_not_share_words():
    """Every vector has words of its own, in each bank."""
    for shape in SHAPES:
        plan = make(shape, 1)
        used = set()
        for item, bases in zip(plan.passes, plan.work.outputs, strict=True):
            if item.final and not item.recurrent:
                continue
            for base in set(bases):
                words = set(range(base, base + -(-item.units // plan.geometry.word)))
                assert not words & used
                used |= words
        assert used == set(range(plan.state_words))


def test_banks_matter():
    """Control: a model with one bank."""
    with pytest.raises(AssertionError):
        check(make(SHAPES[2], 1), 1, one_bank=True)
