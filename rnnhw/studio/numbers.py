"""Numbers for people."""


def count(number: float) -> str:
    """A count, or a mean of counts to one place."""
    return f"{number:,.0f}" if number == round(number) or abs(number) >= 1000 else f"{number:,.1f}"
