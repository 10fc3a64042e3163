# amaranth: UnusedElaboratable=no
"""ElementSelect, with stalls, against a model of a few lines."""

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
    seen = replay(dut, inputs, [dut.elements[k] for k in range(columns)], rows)
    from_x = zero = absent = shift = 0
    for row, elements in zip(rows, seen, strict=True):
        words = row[5 : 5 + columns] if from_x else row[5 + columns :]
        for column, (element, raw) in enumerate(zip(elements, words, strict=True)):
            gone = zero or (absent >> column & 1 and not ignore_absent)
            assert element == (0 if gone else raw * 2 ** dut.shifts[shift])
        if row[0]:
            from_x, zero, absent, shift = row[1:5]


@pytest.mark.parametrize("columns", [1, 2, 5])
@pytest.mark.parametrize(("width", "shifts"), [(8, (0,)), (8, (0, 3)), (4, (0, 1, 5)), (16, (0,)), (5, (11, 0, 2, 7))])
def test_elements(width, shifts, columns):
    dut = ElementSelect(width, columns, shifts)
    check(dut, np.random.default_rng(width), 500)
    assert dut.elements.shape().elem_shape.width == width + max(shifts)


def test_absent_columns_matter():
    """Control: a model that reads what lies behind a vector's end."""
    with pytest.raises(AssertionError):
        check(ElementSelect(8, 2, (0,)), np.random.default_rng(1), 100, ignore_absent=True)
