"""The studio's page in a headless Chromium: it reads well, and its figures are those of the Python API."""

import pytest

from rnnhw.analysis import Architecture, Processor, Workload, calculate, find_processor, initial_network
from rnnhw.analysis.bptt import analyse
from rnnhw.report.analysis import amount
from rnnhw.sizing import size
from tests.studio.driver import driving

CONTRAST = 4.5  # WCAG 2.2, level AA, of text
WINDOWS = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
TABS = ("Hardware", "Size and cost", "Training", "Bit-widths")
STEPS, LANES = 24, 16
ENERGY = {"cell": "lstm", "inputs": 1, "outputs": 6, "layers": 2}  # the forecast of the issue


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_every_tab_reads_well(browser, studio, tmp_path, width, scheme):
    with driving(browser, studio, width, scheme) as driver:
        for tab in TABS:
            driver.tab(tab)
            driver.page.screenshot(path=tmp_path / f"{tab}-{scheme}-{width}.png")
            assert driver.overflow() == [0, 0], tab
            thumbs = set(driver.page.locator("[data-testid=stSliderThumbValue]").all_inner_texts())
            contrasts = [item for item in driver.opened.contrasts() if item[1] not in thumbs]  # which stand above it
            assert len(contrasts) > 20
            assert [item for item in contrasts if item[0] < CONTRAST] == [], tab
            colour = driver.page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
            assert (colour == "rgb(255, 255, 255)") == (scheme == "light")
            assert driver.errors() == []


def hardware_figures(**sizes):
    found = size(Architecture(**ENERGY | {"hidden": 128} | sizes), steps=STEPS, lanes=LANES)
    return {
        "Cycles a step": f"{found.cycles.per_step:,.0f}",
        "Cycles in all": f"{found.estimate.sequence.latency_cycles:,.0f}",
        "Weight memory": f"{found.estimate.weight_memory_bits / 1000:,.0f} kbit",
        "Boards with room": f"{len(found.held())} of {len(found.boards)}",
    }


def test_hardware_follows_its_sliders(browser, studio):
    with driving(browser, studio) as driver:
        shown = {name: driver.figure(name) for name in hardware_figures()}
        assert shown == hardware_figures()
        driver.press("Hidden size", "ArrowRight")
        expected = hardware_figures(hidden=129)
        assert expected != shown
        driver.wait_for_figure("Cycles a step", expected["Cycles a step"])
        assert {name: driver.figure(name) for name in expected} == expected
        driver.press("Layers", "ArrowLeft")
        driver.wait_for_figure("Cycles a step", hardware_figures(hidden=129, layers=1)["Cycles a step"])


def test_boards_and_the_diagram_are_those_of_the_sizes(browser, studio):
    with driving(browser, studio) as driver:
        driver.press("Lanes", "ArrowRight")
        found = size(Architecture(**ENERGY, hidden=128), steps=STEPS, lanes=LANES + 1)
        driver.wait_for_figure("Cycles a step", f"{found.cycles.per_step:,}")
        rows = driver.page.locator("table.plain").first.locator("tbody tr").all_inner_texts()
        assert len(rows) == len(found.groups) > 4
        for row, group in zip(rows, found.groups, strict=True):
            needs = {need.key: need for need in group[0].needs}
            for text in (group[0].name, group[0].verdict, f"{needs['dsp'].needed:,}", f"{needs['bram'].needed:,}"):
                assert text in row
        diagram = driver.page.locator(".st-key-engine svg >> visible=true")
        assert f"{LANES + 1} lanes" in diagram.text_content()
        assert f"{found.cycles.per_step:,} cycles a step" in diagram.text_content()


def test_one_network_for_all_tabs(browser, studio):
    with driving(browser, studio) as driver:
        driver.press("Hidden size", "ArrowRight", "ArrowRight")
        driver.wait_for_figure("Cycles a step", hardware_figures(hidden=130)["Cycles a step"])
        driver.tab("Size and cost")
        processor = find_processor("desktop-cpu").model_copy(update={"efficiency": 0.5})
        workload = Workload(steps=STEPS, batch=64, samples=26_000, epochs=100)
        found = calculate(Architecture(**ENERGY, hidden=130), workload, processor)
        expected = {
            "Parameters": f"{found.parameters.value:,}",
            "Memory to train": amount(found.memory.training.value, "B"),
            "An epoch": amount(found.time.epoch.value, "s"),
            "Training": amount(found.time.training.value, "s"),
        }
        assert {name: driver.figure(name) for name in expected} == expected
        driver.page.get_by_text("GRU", exact=True).first.click()
        gru = calculate(Architecture(**ENERGY | {"cell": "gru"}, hidden=130), workload, processor)
        driver.wait_for_figure("Parameters", f"{gru.parameters.value:,}")
        driver.tab("Hardware")
        driver.wait_for_figure("Cycles a step", hardware_figures(cell="gru", hidden=130)["Cycles a step"])


def test_training(browser, studio):
    with driving(browser, studio) as driver:
        driver.tab("Training")
        driver.press("Hidden size", "Home", *["ArrowRight"] * 5)
        driver.press("Layers", "Home")
        driver.settle()
        driver.choose("Weights as they begin in", "Keras")
        cut = driver.page.get_by_label("Cut after", exact=True)
        cut.fill("5")
        cut.press("Enter")
        driver.settle()
        driver.page.get_by_role("button", name="Analyse").click()
        driver.page.locator(".st-key-gradients svg").wait_for()
        architecture = Architecture(**ENERGY | {"layers": 1}, hidden=6)
        workload = Workload(steps=STEPS, batch=64, samples=26_000, epochs=100)
        found = analyse(initial_network(architecture, 0, "keras"), workload=workload, biases=2, truncation=5)
        expected = {
            "Gradients vanish": found.risks["vanishing"].level,
            "Truncate at": f"{found.truncation.recommended.steps} steps",
            "Clip at norm": f"{found.clipping.recommended:.3g}",
            "Activations, in full": amount(found.full.activations, "B"),
        }
        assert {name: driver.figure(name) for name in expected} == expected
        assert driver.page.locator("ul.advice li").all_inner_texts() == found.advice
        curves = driver.page.locator(".st-key-gradients svg :is(#line0, #line1, #line2)")
        assert curves.count() == 3
        driver.press("Layers", "ArrowRight")
        driver.page.get_by_text("These are the figures of what was chosen before").wait_for()


def test_directions_and_variants(browser, studio):
    """Of each cell its own; what a core has not is a sentence, and the calculator still counts it."""
    with driving(browser, studio) as driver:
        driver.tab("Size and cost")
        driver.page.get_by_text("Directions, answers, variants").click()
        driver.page.get_by_text("Bidirectional", exact=True).click()
        both = Architecture(**ENERGY, hidden=128, bidirectional=True)
        driver.wait_for_figure("Parameters", f"{both.shape.parameters:,}")
        driver.choose("Bias vectors of a cell", "1, where only the sum counts")
        projection = driver.page.get_by_label("Projection", exact=True)
        projection.fill("32")
        projection.press("Enter")
        projected = Architecture(**ENERGY, hidden=128, bidirectional=True, biases=1, projection=32)
        driver.wait_for_figure("Parameters", f"{projected.shape.parameters:,}")
        driver.tab("Hardware")
        assert "no projected LSTM" in driver.complaint()
        driver.page.get_by_text("GRU", exact=True).first.click()
        gru = hardware_figures(cell="gru", hidden=128, bidirectional=True, biases=1)
        driver.wait_for_figure("Cycles a step", gru["Cycles a step"])
        assert driver.errors() == []


def test_a_processor_of_ones_own(browser, studio):
    with driving(browser, studio) as driver:
        driver.tab("Size and cost")
        driver.choose("Processor", "another one")
        workload = Workload(steps=STEPS, batch=64, samples=26_000, epochs=100)
        own = Processor(peak_gflops=100.0, bandwidth_gbs=20.0, efficiency=0.5)
        found = calculate(Architecture(**ENERGY, hidden=128), workload, own)
        driver.wait_for_figure("Training", amount(found.time.training.value, "s"))
