"""The studio's page as its reader drives it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser import Browser, Opened

OVERFLOW = """() => ["html", ".stMain"].map(name => document.querySelector(name)).map(
  box => box.scrollWidth - box.clientWidth)"""
FIGURE = "([name, old]) => { const shown = document.querySelector(`[data-figure='${name}'] dd`)?.innerText;"
SETTLED = "document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning'"


class Driver:
    """An opened page.

    Parameters
    ----------
    opened : Opened
    """

    def __init__(self, opened: Opened):
        self.opened, self.page = opened, opened.page

    def tab(self, name: str) -> None:
        """Open a tab, and wait until it is drawn."""
        self.page.get_by_role("tab", name=name, exact=True).click()
        self.page.wait_for_function(
            "name => document.querySelector(`[role=tab][aria-selected=true]`)?.innerText === name", arg=name
        )
        self.page.locator("[role=tabpanel]:visible h3").first.wait_for()
        self.settle()

    def settle(self) -> None:
        """Wait until the server has nothing more to say."""
        self.page.wait_for_function(SETTLED)

    def figure(self, name: str) -> str:
        """A tile's value, with its unit."""
        return self.page.locator(f"[data-figure='{name}'] dd").inner_text()

    def press(self, slider: str, *keys: str) -> None:
        """Press keys on a slider."""
        self.page.get_by_role("slider", name=re.compile(slider)).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def wait_for_figure(self, name: str, value: str) -> None:
        """Wait until a tile shows a value, and all that comes behind it."""
        seen = f"{FIGURE} return shown === old; }}"
        try:
            self.page.wait_for_function(seen, arg=[name, value], timeout=20_000)
        except Exception as error:
            raise AssertionError(f"{name} is {self.figure(name)}, not {value}") from error
        self.settle()

    def errors(self) -> list[str]:
        """The sentences that the page complains in."""
        return [text.strip() for text in self.page.locator("[data-testid=stAlert]").all_inner_texts()]

    def complaint(self) -> str:
        """The one sentence that it complains in, once it does."""
        self.page.locator("[data-testid=stAlert]").first.wait_for()
        self.settle()
        (text,) = self.errors()
        return text

    def upload(self, label: str, name: str, content: bytes) -> None:
        """Choose a file."""
        box = self.page.locator("[data-testid=stFileUploader]", has_text=label)
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        box.locator("input[type=file]").set_input_files(file)
        box.get_by_text(name).first.wait_for()
        self.settle()

    def choose(self, label: str, value: str) -> None:
        """Choose of a list."""
        box = self.page.get_by_role("combobox", name=label)
        box.scroll_into_view_if_needed()  # a list that is open closes when the page moves
        box.click()
        self.page.get_by_role("option", name=value, exact=True).click()
        self.settle()

    def downloaded(self, button: str, folder):
        """The file that a button downloads."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=button).click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def overflow(self) -> list[int]:
        """By how many pixels the page, and what scrolls in it, is wider than the window."""
        return self.page.evaluate(OVERFLOW)


@contextmanager
def driving(browser: Browser, studio, width: int = 1280, scheme: str = "light") -> Iterator[Driver]:
    """Open the page; at the end nothing may have been complained of, or asked of others."""
    before = studio.log.read_text()
    with browser.opened(studio.address, width, scheme) as opened:
        driver = Driver(opened)
        opened.page.locator("[data-figure]").first.wait_for()
        driver.settle()
        yield driver
        assert opened.said == []
        hosts = f"{studio.address}/", f"ws://{studio.address.removeprefix('http://')}/", "data:", "blob:"
        assert [url for url in opened.asked if not url.startswith(hosts)] == []
        assert studio.log.read_text() == before
