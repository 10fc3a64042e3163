"""Diagrams as Chromium draws them: all text is within the drawing, apart from other text, and can be read."""

import re

import pytest

from rnnhw.report.diagram import engine_diagram, page_diagram
from tests.browser import running

from .cores import PLANS

NARROW, WIDE = 360, 1200
LEAST = 11  # CSS pixels of the smallest letters
CONTRAST = 4.5
PAGE = "<!doctype html><meta charset=utf-8><style>:root{{color-scheme:light dark}}body{{margin:0}}</style>{}"

# Texts that overlap others or lines, that leave the view, or are wider than the box in which they stand
FAULTS = """(svg) => {
  const view = svg.viewBox.baseVal, texts = [...svg.querySelectorAll("text")], found = [];
  const boxes = texts.map((text) => text.getBBox());
  const panels = [...svg.querySelectorAll("rect[stroke]")].map((rect) => rect.getBBox());
  const inside = (a, b, by) => a.x >= b.x + by && a.x + a.width <= b.x + b.width - by
    && a.y >= b.y && a.y + a.height <= b.y + b.height;
  boxes.forEach((a, i) => {
    const text = texts[i].textContent;
    if (!inside(a, view, 0)) found.push("leaves the view: " + text);
    boxes.slice(i + 1).forEach((b, j) => {
      const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
      const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
      if (width > 0 && height > 2.5) found.push(`overlap: ${text} | ${texts[i + 1 + j].textContent}`);
    });
    const middle = { x: a.x + a.width / 2, y: a.y + a.height / 2, width: 0, height: 0 };
    panels.filter((box) => inside(middle, box, 0)).forEach((box) => {
      if (!inside(a, box, 2)) found.push("leaves its box: " + text);
    });
  });
  for (const line of svg.querySelectorAll("polyline")) {
    const points = [...line.points];
    points.slice(1).forEach((b, at) => boxes.forEach((box, i) => {
      const a = points[at];
      if (Math.max(a.x, b.x) > box.x && Math.min(a.x, b.x) < box.x + box.width
        && Math.max(a.y, b.y) > box.y && Math.min(a.y, b.y) < box.y + box.height) {
        found.push("a line goes through: " + texts[i].textContent);
      }
    }));
  }
  for (const item of svg.querySelectorAll("rect, polyline, polygon")) {
    if (!inside(item.getBBox(), view, 0)) found.push("leaves the view: " + item.outerHTML);
  }
  return { faults: found, texts: texts.length, size: Math.min(...texts.map((text) => {
    return parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / view.width;
  })) };
}"""

# The lowest contrast of text on what is painted behind it: each fill over the ones below
LOWEST = """(svg) => {
  const parse = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const ink = parse(getComputedStyle(svg).color);
  const paper = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  const light = (colour) => {
    const [r, g, b] = colour.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const rects = [...svg.querySelectorAll("rect[stroke]")];
  return Math.min(...[...svg.querySelectorAll("text")].map((text) => {
    const a = text.getBBox(), x = a.x + a.width / 2, y = a.y + a.height / 2;
    let behind = paper;
    for (const rect of rects) {
      const b = rect.getBBox(), style = getComputedStyle(rect), share = parseFloat(style.fillOpacity);
      if (x < b.x || x > b.x + b.width || y < b.y || y > b.y + b.height) continue;
      const over = parse(style.fill);
      behind = behind.map((part, at) => part * (1 - share) + over[at] * share);
    }
    const [one, two] = [light(ink), light(behind)];
    return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  }));
}"""


@pytest.fixture(scope="module")
def browser():
    with running() as started:
        yield started


def look(browser, path, svg, width, scheme="light"):
    """Faults, how many texts, the smallest letters, the lowest contrast, and by how much the page is too wide."""
    path.write_text(PAGE.format(svg), encoding="utf-8")
    with browser.opened(path, width, scheme) as opened:
        found = opened.page.eval_on_selector("svg", FAULTS)
        contrast = opened.page.eval_on_selector("svg", LOWEST)
        assert opened.said == []
        assert len(opened.asked) == 1
        return found, contrast, opened.overflow()


@pytest.mark.parametrize("narrow", [False, True])
def test_all_can_be_read(browser, tmp_path, narrow):
    width, schemes = (NARROW if narrow else WIDE), ("light", "dark")
    seen = 0
    for number, (name, plan) in enumerate(PLANS.items()):
        scheme = schemes[number % 2]
        svg = engine_diagram(plan, narrow)
        found, contrast, over = look(browser, tmp_path / "page.html", svg, width, scheme)
        assert found["faults"] == [], name
        assert found["size"] >= LEAST
        assert contrast >= CONTRAST
        assert over <= 0
        seen += found["texts"]
    assert seen > 40 * len(PLANS)


def test_faults_are_found(browser, tmp_path):
    """Control: what overlaps, leaves its box or the view, is small, or faint."""
    svg = engine_diagram(PLANS["lstm"])
    moved = re.sub(r'x="[\d.]+" y="[\d.]+"( font-size="12" text-anchor="middle")', r'x="300" y="300"\1', svg, count=2)
    found, _, _ = look(browser, tmp_path / "page.html", moved, WIDE)
    assert any(fault.startswith("overlap") for fault in found["faults"])
    through = svg.replace('<polyline points="', '<polyline points="0,100 900,400 ', 1)
    found, _, _ = look(browser, tmp_path / "page.html", through, WIDE)
    assert any(fault.startswith("a line goes through") for fault in found["faults"])
    wider = svg.replace("state memory", 30 * "state memory")
    found, _, _ = look(browser, tmp_path / "page.html", wider, WIDE)
    assert any(fault.startswith("leaves its box") for fault in found["faults"])
    assert any(fault.startswith("leaves the view") for fault in found["faults"])
    found, contrast, _ = look(browser, tmp_path / "page.html", f'<div style="color:#aaa">{svg}</div>', NARROW)
    assert found["size"] < LEAST
    assert contrast < CONTRAST


def test_a_file_of_its_own_is_light_or_dark(browser, tmp_path):
    path = tmp_path / "core.svg"
    path.write_text(engine_diagram(PLANS["gru"]), encoding="utf-8")
    seen = []
    for scheme in ("light", "dark"):
        with browser.opened(path, WIDE, scheme) as opened:
            style = "getComputedStyle(document.documentElement)"
            seen.append(opened.page.evaluate(f"[{style}.color, {style}.backgroundColor]"))
            assert opened.said == []
    assert seen[0] == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert seen[1][0] == "rgb(255, 255, 255)"
    assert seen[1][1] != "rgb(255, 255, 255)"


def test_a_page_shows_the_one_that_fits(browser, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE.format(f"<main>{page_diagram(PLANS['lstm'])}</main>"), encoding="utf-8")
    for width, shown in ((360, "narrow"), (740, "narrow"), (780, "wide"), (1200, "wide")):
        with browser.opened(path, width) as opened:
            page = opened.page
            assert page.locator("main svg").count() == 2
            assert page.locator("main svg:visible").count() == 1
            assert page.locator(f".rnnhw-{shown} svg").is_visible()
            assert opened.overflow() <= 0
            assert page.eval_on_selector(f".rnnhw-{shown} svg", FAULTS)["faults"] == []
