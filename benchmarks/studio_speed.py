"""Time from a key on a slider of rnnhw studio's hardware view to the new figure on the screen, in Chromium."""

import re
import subprocess
import sys
from contextlib import contextmanager
from itertools import cycle, islice
from statistics import median

import typer
from common import new_table, show
from playwright.sync_api import sync_playwright

MOVES = 20
PROGRAMS = "/usr/bin/chromium"
LIMIT_MS = 300
SLIDERS = ("Hidden size", "Layers", "Weight width", "Activation width", "Lanes")
# When a key went down, and when the last of what changed of figures, tables and diagram was on the screen
WATCH = """() => {
  const shown = () => [...document.querySelectorAll("[data-figure] dd, table.plain, .picture")].map(
    item => item.textContent).join("|");
  let before = shown();
  document.addEventListener("keydown", () => { window.pressed = performance.now(); window.drawn = null; }, true);
  new MutationObserver(() => {
    const now = shown();
    if (now === before) return;
    before = now;
    requestAnimationFrame(() => setTimeout(() => { window.drawn = performance.now(); }));
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@contextmanager
def studio():
    """The address of a server that was started for this."""
    command = [sys.executable, "-m", "rnnhw.cli", "studio", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield re.search(r"http://\S+", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.wait(30)


def times(page, slider: str, moves: int) -> list[float]:
    """Milliseconds of some moves of a slider, there and back."""
    page.get_by_role("slider", name=re.compile(slider)).focus()
    found = []
    for key in islice(cycle(("ArrowRight", "ArrowLeft")), moves):
        page.keyboard.press(key)
        page.wait_for_function("window.drawn")
        page.wait_for_function("document.querySelector('.stApp').dataset.testScriptState === 'notRunning'")
        page.wait_for_timeout(150)
        found.append(page.evaluate("window.drawn - window.pressed"))
    return found


def main(moves: int = MOVES, chromium: str = PROGRAMS) -> None:
    """Print the median and the worst time of each slider."""
    table = new_table("From key to figure: 2 x 128 LSTM, 16 lanes", "slider", "moves", "median ms", "worst ms")
    found = []
    with studio() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.locator("[data-figure]").first.wait_for()
        page.wait_for_timeout(2000)
        page.evaluate(WATCH)
        for slider in SLIDERS:
            took = times(page, slider, moves)
            found += took
            table.add_row(slider, str(len(took)), f"{median(took):.0f}", f"{max(took):.0f}")
        browser.close()
    late = sum(took > LIMIT_MS for took in found)
    table.add_section()
    table.add_row("all", str(len(found)), f"{median(found):.0f}", f"{max(found):.0f}")
    show(table)
    print(f"{late} of {len(found)} took more than {LIMIT_MS} ms")


if __name__ == "__main__":
    typer.run(main)
