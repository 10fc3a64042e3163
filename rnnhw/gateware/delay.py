"""Registers in a row."""

from amaranth import Signal


def delayed(m, source, cycles: int, name: str):
    """`source` so many cycles later."""
    for number in range(1, cycles + 1):
        register = Signal(source.shape(), name=f"{name}_{number}")
        m.d.sync += register.eq(source)
        source = register
    return source


def relayed(m, source, rows, positions, *row, spacing: int, name: str):
    """A row's value, kept from one position to another.

    It is handed from register to register just before the next such row's value may come, `spacing` cycles behind it.

    Parameters
    ----------
    m : Module
    source : Value
        The value, when the row stands at the first position.
    rows : Rows
    positions : (int, int)
        First and last.
    *row : str
        Kind and gate of the row.
    spacing : int
        Fewest cycles between two such rows.
    name : str

    Returns
    -------
    Value
        Holds it when the row stands at the last position.
    """
    first, last = positions
    for number, position in enumerate(range(first, last, spacing)):
        register = Signal(source.shape(), name=f"{name}_{number}")
        with m.If(rows.at(position, *row)):
            m.d.sync += register.eq(source)
        source = register
    return source
