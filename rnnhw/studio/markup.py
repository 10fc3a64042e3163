"""What the page draws itself, as HTML: tiles, tables, bars, sentences. All text in it is escaped."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

NONE = "\u2013"  # where there is no figure


class Html(str):
    """Text that is HTML already."""


@dataclass(frozen=True)
class Tile:
    """A figure that catches the eye.

    Parameters
    ----------
    name, value : str
    unit, note : str
    best : bool
        Whether it stands out.
    """

    name: str
    value: str
    unit: str = ""
    note: str = ""
    best: bool = False


def tiles(items: Iterable[Tile]) -> Html:
    """Figures side by side."""
    return Html(f'<dl class="tiles">{"".join(map(_tile, items))}</dl>')


def _tile(tile: Tile) -> str:
    unit = f" <small>{escape(tile.unit)}</small>" if tile.unit else ""
    note = f"<p>{escape(tile.note)}</p>" if tile.note else ""
    name, best = escape(tile.name), " best" if tile.best else ""
    value = f"<dt>{name}</dt><dd>{escape(tile.value)}{unit}</dd>{note}"
    return f'<div class="tile{best}" data-figure="{name}">{value}</div>'


def table(
    headings: Iterable[str], rows: Iterable[Iterable], numbers: Iterable[int] = (), best: Iterable[int] = ()
) -> Html:
    """A table, whose first column names the rows; wider ones scroll in their box.

    Parameters
    ----------
    headings : iterable of str
    rows : iterable of iterables of str or Html
    numbers : iterable of int
        Columns that stand to the right.
    best : iterable of int
        Rows that stand out.
    """
    right, marked = set(numbers), set(best)
    head = "".join(_cell("th", text, at in right, ' scope="col"') for at, text in enumerate(headings))
    lines = []
    for number, row in enumerate(rows):
        first, *others = row
        cells = _cell("th", first, False, ' scope="row"')
        cells += "".join(_cell("td", text, at in right) for at, text in enumerate(others, 1))
        lines.append(f"<tr{' class=best' if number in marked else ''}>{cells}</tr>")
    return Html(
        f'<div class="scroll" tabindex="0"><table class="plain"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cell(tag: str, text, right: bool, more: str = "") -> str:
    content = text if isinstance(text, Html) else escape(str(text))
    return f"<{tag}{more}{' class=number' if right else ''}>{content}</{tag}>"


def bar(percent: float) -> Html:
    """How full something is, as a bar."""
    over = " class=over" if percent > 100 else ""
    return Html(f'<span class="bar"><i{over} style="width:{min(percent, 100):.1f}%"></i></span>')


def count(number: float) -> str:
    """A count, or a mean of counts to one place."""
    return f"{number:,.0f}" if number == round(number) or abs(number) >= 1000 else f"{number:,.1f}"


def said(text: str, kind: str = "said") -> Html:
    """A line of explanation, or of another class of the style sheet."""
    return Html(f'<p class="{kind}">{escape(text)}</p>')


def listed(sentences: Iterable[str]) -> Html:
    """Sentences as a list."""
    return Html(f'<ul class="advice">{"".join(f"<li>{escape(text)}</li>" for text in sentences)}</ul>')


def title(text: str) -> Html:
    """A heading."""
    return Html(f'<h3 class="title">{escape(text)}</h3>')
