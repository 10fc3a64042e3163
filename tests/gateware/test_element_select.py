# amaranth: UnusedElaboratable=no
"""ElementSelect, with stalls, against a model of a few lines; with many registers all of it a cycle later."""

import numpy as np
import pytest

from rnnhw.gateware.element_select import ElementSelect

from .stepper import replay


def check(dut, rng, count: int, *, ignore_absent: bool = False) -> None:
    """Random words, often of ends of the range."""
    top, columns = 1 << (dut.width - 1), dut.columns
    ends = [-top, -top + 1, -1, 0, 1, top - 1]
    rows = []
    for _ in range(count):
        words = [
            rng.choice(ends, columns).tolist() if rng.random() < 0.3 else rng.integers(-top, top, columns).tolist()
            for _ in range(2)
        ]
        flags = rng.integers(0, 2, 3).tolist()
        absent = int(rng.integers(1 << columns)) if rng.random() < 0.4 else 0
        rows.append((*flags, absent, int(rng.integers(len(dut.shifts))), *words[0], *words[1]))
    inputs = [dut.enable, dut.from_x, dut.zero, dut.absent, dut.shift]
    inputs += [word[k] for word in (dut.x, dut.h) for k in range(columns)]
    seen = replay(dut, inputs, [dut.alignment, *(dut.elements[k] for k in range(columns))], rows)
    stage, late = (0, 0, 0, 0), ((0,) * columns, 0)
    for row, (alignment, *elements) in zip(rows, seen, strict=True):
        from_x, zero, absent, shift = stage
        words = row[5 : 5 + columns] if from_x else row[5 + columns :]
        gone = [zero or (absent >> column & 1 and not ignore_absent) for column in range(columns)]
        now = tuple(0 if away else raw for away, raw in zip(gone, words, strict=True)), shift
        assert (tuple(elements), alignment) == (late if dut.registers == "many" else now)
        if row[0]:
            stage, late = row[1:5], now


@pytest.mark.parametrize("registers", ["few", "many"])
@pytest.mark.parametrize("columns", [1, 2, 5])
@pytest.mark.parametrize(("width", "shifts"), [(8, (0,)), (8, (0, 3)), (4, (0, 1, 5)), (16, (0,)), (5, (11, 0, 2, 7))])
def test_elements(width, shifts, columns, registers):
    dut = ElementSelect(width, columns, shifts, registers)
    check(dut, np.random.default_rng(width), 500)
    assert dut.elements.shape().elem_shape.width == width


@pytest.mark.parametrize("registers", ["few", "many"])
def test_absent_columns_matter(registers):
    """Control: a model that reads what lies behind a vector's end."""
    with pytest.raises(AssertionError):
        check(ElementSelect(8, 2, (0,), registers), np.random.default_rng(1), 100, ignore_absent=True)
