"""What the tabs have in common: sentences instead of tracebacks, tiles, tables, pictures."""

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html import escape

import streamlit as st

from rnnhw.errors import RnnhwError
from rnnhw.sim import SimulationError

NONE = "\u2013"  # where there is no figure
SURPRISE = "This went wrong, and it should not have: what happened stands in the terminal in which rnnhw studio runs."
_log = logging.getLogger(__name__)
_MARKS = re.compile(r"([!-/:-@\[-`{-~])")
_PICTURE = """export default function({ data, parentElement }) {
  let box = parentElement.querySelector(".picture");
  if (!box) { box = document.createElement("div"); box.className = "picture"; parentElement.appendChild(box); }
  box.innerHTML = data;
}"""


def literal(text) -> str:
    """Text for Streamlit's Markdown in which nothing is a mark, a link or an image."""
    return _MARKS.sub(r"\\\1", " ".join(str(text).split()))


@contextmanager
def sentences() -> Iterator[None]:
    """Show what goes wrong as a sentence; what nobody foresaw goes to the log."""
    try:
        yield
    except (RnnhwError, SimulationError) as error:
        st.error(literal(error))
    except Exception:
        _log.exception("the page could not go on")
        st.error(SURPRISE)


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


def tiles(items: Iterable[Tile]) -> None:
    """Show figures side by side."""
    st.html(f'<dl class="tiles">{"".join(map(_tile, items))}</dl>')


def _tile(tile: Tile) -> str:
    unit = f" <small>{escape(tile.unit)}</small>" if tile.unit else ""
    note = f"<p>{escape(tile.note)}</p>" if tile.note else ""
    name, best = escape(tile.name), " best" if tile.best else ""
    value = f"<dt>{name}</dt><dd>{escape(tile.value)}{unit}</dd>{note}"
    return f'<div class="tile{best}" data-figure="{name}">{value}</div>'


class Html(str):
    """Text that is HTML already."""


def table(headings: Iterable[str], rows: Iterable[Iterable], numbers: Iterable[int] = (), best: Iterable[int] = ()):
    """Show a table, whose first column names the rows; wider ones scroll in their box.

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
    st.html(
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


def said(text: str, kind: str = "said") -> None:
    """A line of explanation, or of another class of the style sheet."""
    st.html(f'<p class="{kind}">{escape(text)}</p>')


def listed(sentences: Iterable[str]) -> None:
    """Sentences as a list."""
    st.html(f'<ul class="advice">{"".join(f"<li>{escape(text)}</li>" for text in sentences)}</ul>')


def title(text: str) -> None:
    """A heading over a table."""
    st.html(f'<h3 class="title">{escape(text)}</h3>')


def picture(svg: str, key: str) -> None:
    """Show an SVG element of our own making, which takes the page's colours.

    (`st.html` takes none: it lets no SVG through.)
    """
    _picture()(data=svg, key=key)


@cache
def _picture():
    return st.components.v2.component("rnnhw_picture", html="", js=_PICTURE, isolate_styles=False)
