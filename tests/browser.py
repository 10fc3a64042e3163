"""A page in a headless Chromium, with all that it said and asked for."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60_000  # ms that anything may take

# Each piece of text that is shown, with its contrast against what is behind it (WCAG 2, relative luminance)
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || ["SCRIPT", "STYLE"].includes(node.tagName) || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const [one, two] = [light(rgba(node.closest("svg") ? style.fill : style.color)), light(behind(node))];
    found.push([(Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05), text]);
  }
  return found;
}"""


@dataclass
class Opened:
    """An opened page.

    Parameters
    ----------
    page : playwright.sync_api.Page
    said : list of str
        Warnings and errors of the console, and what scripts raised.
    asked : list of str
        The address of each request.
    """

    page: object
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def contrasts(self) -> list[tuple[float, str]]:
        """Contrast and text of each piece of text that is shown."""
        return [(ratio, text) for ratio, text in self.page.evaluate(CONTRASTS)]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


class Browser:
    """A running Chromium."""

    def __init__(self, browser):
        self.browser = browser

    @contextmanager
    def opened(self, page: Path | str, width: int = 1280, scheme: str = "light", **options) -> Iterator[Opened]:
        """Open a page in a window of its own.

        Parameters
        ----------
        page : Path or str
            A file, or an address.
        width : int
            Of the window, in CSS pixels.
        scheme : str
            "light" or "dark".
        **options
            As of playwright's ``new_context``.
        """
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        try:
            context.set_default_timeout(PATIENCE)
            opened = Opened(context.new_page())
            opened.page.on("request", lambda request: opened.asked.append(request.url))
            opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
            opened.page.on("console", lambda message: _note(opened.said, message))
            opened.page.goto(page.as_uri() if isinstance(page, Path) else page)
            yield opened
        finally:
            context.close()


def _note(said: list[str], message) -> None:
    if message.type in ("error", "warning"):
        said.append(message.text)


@contextmanager
def running() -> Iterator[Browser]:
    """Start a Chromium, and end it; a visible skip where it or playwright is missing."""
    api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium refuses to run as root in its sandbox
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=sandbox, timeout=PATIENCE)
        try:
            yield Browser(browser)
        finally:
            browser.close()
