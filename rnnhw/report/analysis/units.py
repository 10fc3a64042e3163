"""Figures with prefixes, for people."""

PREFIXES = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "u"))
PLACES = ((100, 0), (10, 1), (0, 2))  # places behind the point, from some value on
LONG = ((86_400, "days"), (3_600, "h"), (60, "min"))


def amount(value: float, unit: str) -> str:
    """Three digits, a prefix and the unit: 799.8 kB; long times in minutes, hours or days."""
    if unit == "s" and value >= 60:
        size, name = next((size, name) for size, name in LONG if value >= size)
        return f"{_digits(value / size)} {name}"
    if value == 0:
        return f"0 {unit}"
    size, prefix = next(((size, prefix) for size, prefix in PREFIXES if value >= 0.9995 * size), (1e-9, "n"))
    if prefix == "" and isinstance(value, int):
        return f"{value} {unit}".rstrip()
    return f"{_digits(value / size)} {prefix}{unit}".rstrip()


def _digits(value: float) -> str:
    """Three digits, or all that stand before the point."""
    places = next(places for least, places in PLACES if value >= least * (1 - 0.5e-3))
    return f"{value:,.{places}f}"
