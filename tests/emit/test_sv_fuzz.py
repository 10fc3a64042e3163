# amaranth: UnusedElaboratable=no
"""Random expressions of every operator, widths and signs mixed: Icarus must agree with Amaranth bit for bit."""

import numpy as np
import pytest
from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value, signed, unsigned

BINARY = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a & b,
    lambda a, b: a | b,
    lambda a, b: a ^ b,
    lambda a, b: a == b,
    lambda a, b: a != b,
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
    lambda a, b: a // b,
    lambda a, b: a % b,
    lambda a, b: a << b.as_unsigned()[:3],
    lambda a, b: a >> b.as_unsigned()[:4],
    lambda a, b: Cat(a, b),
    lambda a, b: Cat(a).bit_select(b.as_unsigned()[:4], 3),
    lambda a, b: Cat(a).word_select(b.as_unsigned()[:3], 2),
]
UNARY = [
    lambda a: -a,
    lambda a: ~a,
    lambda a: a.bool(),
    lambda a: a.any(),
    lambda a: a.all(),
    lambda a: a.xor(),
    abs,
    lambda a: a.as_signed(),
    lambda a: a.as_unsigned(),
    lambda a: a.replicate(2),
    lambda a: a >> 2,
    lambda a: a << 1,
    lambda a: a[1:],
    lambda a: a[:-1],
    lambda a: a.shift_right(1),
    lambda a: a.rotate_left(1),
]


def grow(rng: np.random.Generator, leaves: list[Value], depth: int) -> Value:
    """A random expression tree, at most 40 bits wide at each node."""
    kind = rng.integers(10)
    if depth == 0 or kind == 0:
        if rng.integers(4) == 0:
            width = int(rng.integers(1, 9))
            shape = signed(width) if rng.integers(2) else unsigned(width)
            low, high = (-(1 << width - 1), 1 << width - 1) if shape.signed else (0, 1 << width)
            return Const(int(rng.integers(low, high)), shape)
        return leaves[rng.integers(len(leaves))]
    if kind < 3:
        tree = UNARY[rng.integers(len(UNARY))](grow(rng, leaves, depth - 1))
    elif kind < 4:
        tree = Mux(grow(rng, leaves, depth - 1), grow(rng, leaves, depth - 1), grow(rng, leaves, depth - 1))
    elif kind < 5:
        index = grow(rng, leaves, depth - 1).as_unsigned()[:2]
        tree = Array(grow(rng, leaves, depth - 1) for _ in range(3))[index] + 0
    else:
        operator = BINARY[rng.integers(len(BINARY))]
        tree = operator(Value.cast(grow(rng, leaves, depth - 1)), Value.cast(grow(rng, leaves, depth - 1)))
    if len(tree) > 40:
        tree = tree[:40].as_signed() if rng.integers(2) else tree[:40]
    return tree if len(tree) else leaves[0]


def expressions(rng: np.random.Generator, m: Module, count: int):
    shapes = [unsigned(1), unsigned(3), signed(4), unsigned(8), signed(8), signed(1), unsigned(13), signed(11)]
    inputs = [Signal(shape, name=f"i{at}") for at, shape in enumerate(shapes)]
    registers = [Signal(shape, name=f"r{at}", init=1 if not shape.signed else -1) for at, shape in enumerate(shapes)]
    outputs = []
    for at in range(count):
        tree = grow(rng, inputs + registers, 4)
        width = int(rng.integers(1, len(tree) + 6))
        outputs.append(Signal(signed(width) if rng.integers(2) else width, name=f"o{at}"))
        if rng.integers(2):
            m.d.comb += outputs[-1].eq(tree)
        else:
            shared = Signal(tree.shape(), name=f"s{at}")
            m.d.comb += [shared.eq(tree), outputs[-1].eq(shared - tree[:3])]
    for at, register in enumerate(registers):
        with m.If(grow(rng, inputs + registers, 2).bool()):
            m.d.sync += register.eq(grow(rng, inputs + registers, 3))
        with m.Elif(grow(rng, inputs, 2).bool()):
            m.d.sync += register.eq(outputs[at])
    return inputs, outputs + registers


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_expressions(emitter, make_design, seed):
    rng = np.random.default_rng(seed)
    emitter.compare(make_design(lambda m: expressions(rng, m, 40)), cycles=300, seed=seed)


def statements(rng, m: Module, domain: str, targets: list[Signal], values: list[Value], depth: int):
    """Random nested If and Switch with assignments to whole signals and to parts of them."""
    for _ in range(int(rng.integers(1, 4))):
        target = targets[rng.integers(len(targets))]
        kind = rng.integers(4) if depth else 0
        if kind < 2:
            lo = int(rng.integers(len(target)))
            part = target[lo : int(rng.integers(lo + 1, len(target) + 1))] if rng.integers(2) else target
            m.d[domain] += part.eq(grow(rng, values, 1))
        elif kind == 2:
            with m.If(grow(rng, values, 1).bool()):
                statements(rng, m, domain, targets, values, depth - 1)
            if rng.integers(2):
                with m.Elif(grow(rng, values, 1).bool()):
                    statements(rng, m, domain, targets, values, depth - 1)
            if rng.integers(2):
                with m.Else():
                    statements(rng, m, domain, targets, values, depth - 1)
        else:
            choice = grow(rng, values, 1).as_unsigned()[: int(rng.integers(1, 5))]
            with m.Switch(choice):
                for _ in range(int(rng.integers(1, 5))):
                    patterns = [
                        "".join(rng.choice(list("01-"), len(choice), p=[0.4, 0.4, 0.2]))
                        for _ in range(int(rng.integers(1, 3)))
                    ]
                    with m.Case(*patterns):
                        statements(rng, m, domain, targets, values, depth - 1)
                if rng.integers(2):
                    with m.Default():
                        statements(rng, m, domain, targets, values, depth - 1)


def processes(rng: np.random.Generator, m: Module):
    inputs = [Signal(shape, name=f"x{at}") for at, shape in enumerate([1, signed(3), 4, 6])]
    combs = [Signal(width, name=f"c{width}", init=1) for width in (1, 2, 5, 8)]
    registers = [Signal(width, name=f"r{width}", init=1) for width in (1, 3, 6, 7)]
    for target in combs:
        statements(rng, m, "comb", [target], inputs + registers, 3)
    for _ in range(4):
        statements(rng, m, "sync", registers, inputs + combs + registers, 3)
    return inputs, combs + registers


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # patterns that repeat or are cut off by earlier ones
@pytest.mark.parametrize("seed", range(12))
def test_random_processes(emitter, make_design, seed):
    rng = np.random.default_rng(seed)
    emitter.compare(make_design(lambda m: processes(rng, m)), cycles=200, seed=seed)


def test_random_expressions_lint(emitter, make_design):
    rng = np.random.default_rng(4)
    sources = emitter.emit(make_design(lambda m: expressions(rng, m, 40)))
    # random comparisons are often decided by their widths; everything else is linted
    emitter.lint(sources, "-Wno-UNSIGNED", "-Wno-CMPCONST")
