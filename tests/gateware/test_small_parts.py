# amaranth: UnusedElaboratable=no
"""ElementSelect, Rom and TagPipeline, with stalls, against models of a few lines."""

import numpy as np
import pytest
from amaranth.lib import data

from rnnhw.gateware import Rom
from rnnhw.gateware.element_select import ElementSelect
from rnnhw.gateware.tag_pipeline import TagPipeline

from .stepper import replay


@pytest.mark.parametrize(("width", "shifts"), [(8, (0,)), (8, (0, 3)), (4, (0, 1, 5)), (16, (0,)), (5, (11, 0, 2, 7))])
def test_element_select(width, shifts):
    rng = np.random.default_rng(width)
    dut = ElementSelect(width, shifts)
    top = 1 << (width - 1)
    ends = [-top, -top + 1, -1, 0, 1, top - 1]
    rows = []
    for _ in range(800):
        x, h = (int(rng.choice(ends)) if rng.random() < 0.3 else int(rng.integers(-top, top)) for _ in range(2))
        from_x, zero, enable = rng.integers(0, 2, 3).tolist()
        rows.append((from_x, zero, int(rng.integers(len(shifts))), enable, x, h))
    seen = replay(dut, [dut.from_x, dut.zero, dut.shift, dut.enable, dut.x, dut.h], [dut.element], rows)
    from_x = zero = shift = 0
    for row, (element,) in zip(rows, seen, strict=True):
        x, h = row[4:]
        assert element == (0 if zero else x if from_x else h) * 2 ** shifts[shift]
        if row[3]:
            from_x, zero, shift = row[:3]
    assert dut.element.shape().width == width + max(shifts)


@pytest.mark.parametrize("style", ["block", "registers"])
@pytest.mark.parametrize(("depth", "width"), [(1, 3), (2, 1), (5, 8), (16, 70), (33, 4)])
def test_rom(depth, width, style):
    rng = np.random.default_rng(depth)
    words = [int.from_bytes(rng.bytes(9), "little") % (1 << width) for _ in range(depth)]
    words[0], words[-1] = 0, (1 << width) - 1
    dut = Rom(words, width, style)
    rows = [(int(rng.integers(depth)), int(rng.integers(2))) for _ in range(300)]
    seen = replay(dut, [dut.address, dut.enable], [dut.data], rows)
    standing = 0  # before the first enabled edge
    for (address, enable), (word,) in zip(rows, seen, strict=True):
        assert word == standing
        if enable:
            standing = words[address]


@pytest.mark.parametrize("length", [1, 2, 9, 13])
def test_tag_pipeline(length):
    rng = np.random.default_rng(length)
    layout = data.StructLayout({"number": 3, "end": 1})
    dut = TagPipeline(layout, length)
    rows = [(int(rng.integers(2)), int(rng.integers(16)), int(rng.integers(3) > 0)) for _ in range(400)]
    outputs = [dut.valids, *[dut.tags[k] for k in range(length)]]
    seen = replay(dut, [dut.valid, dut.tag, dut.enable], outputs, rows)
    history = [(0, 0)] * length  # newest first
    for (valid, tag, enable), (valids, *tags) in zip(rows, seen, strict=True):
        assert [valids >> k & 1 for k in range(length)] == [v for v, _ in history]
        assert tags == [t for _, t in history]
        if enable:
            history = [(valid, tag), *history[:-1]]
