"""What the tabs have in common: sentences instead of tracebacks, and how what they draw gets onto the page."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import streamlit as st

from rnnhw.errors import RnnhwError
from rnnhw.sim import SimulationError

from .markup import Html

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


def show(*parts: Html) -> None:
    """Show what `rnnhw.studio.markup` makes, as one element: each takes the browser time of its own."""
    st.html("".join(parts))


def form_and_answer(asks: str, ask: Callable[[], tuple], answers: str, answer: Callable, *about: Html) -> None:
    """Two columns: what is asked, and, if that can be, what follows from it.

    Parameters
    ----------
    asks, answers : str
        Headings.
    ask : callable
        Draws the form; what it returns `answer` takes.
    answer : callable
        Draws what follows.
    *about : Html
        Shown above it in any case.
    """
    left, right = st.columns([3, 7], gap="large")
    asked = None
    with left.container(key="asked"):
        st.subheader(asks, anchor=False)
        with sentences():
            asked = ask()
    with right:
        st.subheader(answers, anchor=False)
        if about:
            show(*about)
        with sentences():
            if asked is not None:
                answer(*asked)


def picture(svg: str, key: str) -> None:
    """Show an SVG element of our own making, which takes the page's colours.

    (`st.html` takes none: it lets no SVG through.)
    """
    _picture()(data=svg, key=key)


@cache
def _picture():
    return st.components.v2.component("rnnhw_picture", html="", js=_PICTURE, isolate_styles=False)
