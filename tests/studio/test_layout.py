"""What can be read without scrolling, on a desktop and on a phone."""

from tests.studio.driver import driving

CUT = """() => [...document.querySelectorAll("[role=tabpanel] .scroll")].filter(box => box.checkVisibility())
  .map(box => box.scrollWidth - box.clientWidth)"""
WRAPPED = """() => [...document.querySelectorAll(".tile dd")].filter(box => box.checkVisibility())
  .filter(box => box.getBoundingClientRect().height > 2.2 * parseFloat(getComputedStyle(box).fontSize))
  .map(box => box.innerText)"""
TABS = """() => {
  const list = document.querySelector("[role=tablist]");
  const end = document.querySelector(".stMainBlockContainer").getBoundingClientRect().right;
  return [...list.querySelectorAll("[role=tab]")].map(tab => end - tab.getBoundingClientRect().right);
}"""


def test_a_desktop_shows_whole_tables_and_figures_in_a_line(browser, studio):
    with driving(browser, studio) as driver:
        assert set(driver.page.evaluate(CUT)) == {0}
        driver.tab("Size and cost")
        driver.page.get_by_text("Savings").wait_for()
        assert set(driver.page.evaluate(CUT)) == {0}
        assert driver.page.evaluate(WRAPPED) == []
        lines = driver.page.locator(".note", has_text="roofline").inner_text().splitlines()
        assert lines[0] == "time = max(FLOPs / peak, bytes / bandwidth) / efficiency; roofline (Williams et al. 2009)"


def test_a_phone_shows_each_tab(browser, studio):
    with driving(browser, studio, 360) as driver:
        assert min(driver.page.evaluate(TABS)) > 16
