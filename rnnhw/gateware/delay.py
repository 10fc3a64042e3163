"""Registers in a row."""

from amaranth import Signal


def delayed(m, source, cycles: int, name: str):
    """`source` so many cycles later."""
    for number in range(1, cycles + 1):
        register = Signal(source.shape(), name=f"{name}_{number}")
        m.d.sync += register.eq(source)
        source = register
    return source
