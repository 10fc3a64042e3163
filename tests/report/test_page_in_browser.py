"""The page of a comparison in a headless Chromium: it draws, answers, and asks nothing of the network."""

import numpy as np
import pytest

from rnnhw.report.comparison import comparison_page
from tests.browser import running
from tests.report.documents import details, document

pytest.importorskip("matplotlib", reason='no matplotlib: pip install "rnnhw[plots]"')
CONTRAST = 4.5  # WCAG 2.2, level AA, of text
WINDOWS = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
COSTS = ["lut", "ff", "dsp", "bram", "cycles", "memory", "energy"]


@pytest.fixture(scope="module")
def browser():
    with running() as browser:
        yield browser


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(comparison_page(document(refused=["2/4", "2/12"])), encoding="utf-8")
    return path


def shown_plots(page):
    return page.eval_on_selector_all(
        "svg.pareto", "plots => plots.filter(plot => plot.checkVisibility()).map(plot => plot.dataset.plot)"
    )


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_reads_well(browser, file, tmp_path, width, scheme):
    with browser.opened(file, width, scheme) as opened:
        opened.page.screenshot(path=tmp_path / f"{scheme}-{width}.png", full_page=True)
        assert (tmp_path / f"{scheme}-{width}.png").stat().st_size > 50_000
        assert opened.said == []
        assert opened.asked == [file.as_uri()]
        assert opened.overflow() == 0
        contrasts = opened.contrasts()
        assert len(contrasts) > 400
        assert [item for item in contrasts if item[0] < CONTRAST] == []
        light = opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert light == (scheme == "light")
        (name,) = shown_plots(opened.page)
        assert name == ("lut-wide" if width > 1000 else "lut-narrow")
        scrolled = "box => [box.scrollWidth > box.clientWidth, box.clientWidth < innerWidth]"
        assert opened.page.eval_on_selector(".scroll", scrolled) == [True, True]


def test_every_plot_is_drawn(browser, file):
    made = document(refused=["2/4", "2/12"])
    front = [point["id"] for point in made["points"] if point["front"]]
    with browser.opened(file) as opened:
        page, drawn = opened.page, 0
        for cost in COSTS:
            page.check(f"#cost-{cost}", force=True)
            (box,) = boxes(page, "svg.pareto")
            assert box["width"] > 800
            assert box["marks"] >= len(made["points"]) - 2
        for value in page.eval_on_selector_all("#which option", "options => options.map(option => option.value)"):
            page.select_option("#which", value)
            plots = boxes(page, f"#{value} svg.histogram, #{value} svg.lines")
            assert len(plots) == 1 + 9 + 12
            assert all(box["width"] > 100 and box["height"] > 50 and box["marks"] >= 4 for box in plots)
            drawn += 1
        assert drawn == len(front) > 5


def boxes(page, selector):
    """Sizes of the plots that are shown, and how many marks are within each."""
    return page.eval_on_selector_all(
        selector,
        """plots => plots.filter(plot => plot.checkVisibility()).map(plot => {
          const box = plot.getBoundingClientRect();
          const marks = [...plot.querySelectorAll("path, use, rect")].map(mark => mark.getBoundingClientRect());
          return { width: box.width, height: box.height,
            marks: marks.filter(mark => mark.width + mark.height > 0 && mark.left >= box.left - 1).length };
        })""",
    )


def test_one_cost_at_a_time(browser, file):
    with browser.opened(file) as opened:
        for cost in COSTS:
            opened.page.locator(f"label[for=cost-{cost}]").click()
            assert shown_plots(opened.page) == [f"{cost}-wide"]


def column(page, number):
    return page.eval_on_selector_all(
        ".points tbody tr", f"rows => rows.map(row => row.cells[{number}].dataset.value).filter(Boolean).map(Number)"
    )


def test_sorting(browser, file):
    with browser.opened(file) as opened:
        page = opened.page
        headings = page.locator(".points thead th").all_inner_texts()
        for heading, first in (("LUT", "ascending"), ("accuracy %", "descending"), ("energy nJ", "ascending")):
            number = headings.index(heading)
            button = page.locator(".points thead button").nth(number)
            for order in (first, "descending" if first == "ascending" else "ascending"):
                button.click()
                values = column(page, number)
                assert len(values) == 26
                assert values == sorted(values, reverse=order == "descending")
                assert page.locator(".points thead th").nth(number).get_attribute("aria-sort") == order
        assert page.locator(".points [aria-sort]").count() == 1
        page.locator(".points thead button").first.click()
        names = page.locator(".points tbody tr").evaluate_all("rows => rows.map(row => row.dataset.id)")
        widths = [tuple(map(int, name.split("/"))) for name in names]
        assert len(set(widths)) == 26
        assert [width for width, _ in widths] == sorted(width for width, _ in widths)


# Of the nearest mark's middle from a place
DISTANCE = """(marks, at) => Math.min(...marks.map(mark => mark.getBoundingClientRect()).map(
  box => Math.hypot((box.left + box.right) / 2 - at[0], (box.top + box.bottom) / 2 - at[1])))"""


def test_pointing_at_a_mark(browser, file):
    with browser.opened(file) as opened:
        page = opened.page
        data = page.evaluate("JSON.parse(document.getElementById('data').textContent)")
        plot = page.locator("svg.pareto[data-plot=lut-wide]")
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        x, y, name = data["spots"]["lut-wide"][0]
        scale = box["width"] / 880
        page.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
        assert page.locator(".tip strong").inner_text() == name
        shown = page.locator(".tip dd").all_inner_texts()
        assert shown == [text for _, text in data["points"][name]["figures"]]
        at = [box["x"] + x * scale, box["y"] + y * scale]
        assert page.eval_on_selector_all("svg.pareto[data-plot=lut-wide] use", DISTANCE, at) < 1
        page.mouse.move(box["x"] + 1, box["y"] + 1)
        assert page.locator(".tip").is_hidden()


def test_choosing_light_and_dark(browser, file):
    with browser.opened(file, scheme="light") as opened:
        page, seen = opened.page, []
        for _ in range(3):
            seen.append(
                (page.evaluate("getComputedStyle(document.body).backgroundColor"), page.locator(".theme").inner_text())
            )
            page.locator(".theme").click()
        assert seen[0] == seen[2]
        assert seen[0][0] != seen[1][0]
        assert [name for _, name in seen] == ["Dark", "Light", "Dark"]


def test_without_scripts(browser, file):
    with browser.opened(file, java_script_enabled=False) as opened:
        page = opened.page
        assert page.locator("svg.pareto >> visible=true").count() == 1
        assert page.locator(".panel >> visible=true").count() == page.locator(".panel").count() > 5
        assert page.locator("select >> visible=true").count() == 0
        page.locator("label[for=cost-memory]").click()
        assert page.locator("svg.pareto >> visible=true").get_attribute("data-plot") == "memory-wide"


def test_long_names_and_many_layers_stay_within_a_phone(browser, tmp_path):
    long = "a_very_long_name_without_any_space_that_no_phone_is_wide_enough_for"
    made = document([(4, 4), (6, 6), (8, 8)], name=long, file=long)
    for layer, kind in zip(made["model"]["layers"], ("forward", "backward"), strict=True):
        layer.update(name=f"{long}_{kind}", kind="gru", direction=kind)
    made["points"][0].update(id=f"{long}/4", layers={long: {"weight_bits": 4}})
    made["command"] = f"rnnhw compare {long} --data {long}"
    tensors = [(f"{long}_{kind}", "weight_ih") for kind in ("forward", "backward")]
    rng = np.random.default_rng(1)
    made["details"] = {p["id"]: details(rng, p, tensors, steps=300) for p in made["points"] if p["front"]}
    assert len(made["details"]) > 1
    path = tmp_path / "long.html"
    path.write_text(comparison_page(made), encoding="utf-8")
    for width in (360, 1280):
        with browser.opened(path, width) as opened:
            opened.page.screenshot(path=tmp_path / f"{width}.png", full_page=True)
            assert opened.said == []
            assert opened.overflow() == 0
            wide = opened.page.evaluate(WIDER_THAN_THEIR_BOX)
            assert wide == []


# What is cut off: elements that are wider than the window and do not stand in a box that scrolls
WIDER_THAN_THEIR_BOX = """[...document.querySelectorAll("main *")].filter(item =>
  item.checkVisibility() && !item.closest(".scroll, .unseen") && item.getBoundingClientRect().right > innerWidth + 1
).map(item => item.outerHTML.slice(0, 80))"""


def test_a_fault_is_seen(browser, tmp_path):
    """Control: what the other tests look for is found where it is."""
    path = tmp_path / "fault.html"
    path.write_text(
        "<body style='margin:0;background:#fff'><img src='none.png'><p style='width:2000px;color:#ccc'>faint</p>"
        "<script>console.warn('a word'); missing()</script>"
    )
    with browser.opened(path) as opened:
        assert any("a word" in line for line in opened.said)
        assert any("missing is not defined" in line for line in opened.said)
        assert len(opened.asked) == 2
        assert opened.overflow() > 500
        assert [text for ratio, text in opened.contrasts() if ratio < CONTRAST] == ["faint"]
