"""The tab of bit-widths in a headless Chromium: comparisons, downloads, and uploads that are refused."""

import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from rnnhw.comparison import compare
from rnnhw.data import digits_calibration, digits_model, digits_test
from rnnhw.design import Design
from rnnhw.importers import load
from rnnhw.network import load_data
from rnnhw.output_folder import open_folder
from rnnhw.quantize import quantize
from rnnhw.report.comparison.figures import shown_figures
from rnnhw.sizing import archive
from rnnhw.sweep import Store
from tests.studio.driver import driving

MODEL, DATA = "Model:", "Data to measure on"
BEFORE = "These are the figures of what was compared before."


@pytest.fixture
def own(browser, studio):
    """The page, asking for uploads."""
    with driving(browser, studio) as driver:
        driver.tab("Bit-widths")
        driver.page.get_by_text("Upload my own").click()
        driver.page.locator("[data-testid=stFileUploader]").first.wait_for()
        yield driver


class Payload:
    """What makes a folder once it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def test_the_shipped_digits(browser, studio, tmp_path):
    with driving(browser, studio) as driver:
        page = driver.page
        driver.tab("Bit-widths")
        for bits in ("4", "6"):  # of the weights, which come first
            page.get_by_role("button", name=f"Remove {bits}").first.click()
            driver.settle()
        page.get_by_role("button", name="Compare").click()
        page.locator("svg.pareto >> visible=true").wait_for()
        driver.settle()
        net = load(digits_model())
        options = {"weight_bits": [8], "activation_bits": [4, 6, 8], "lanes": 8, "target": "icebreaker"}
        found = compare(net, digits_test(), digits_calibration(), verify=0, workers=1, store=Store(tmp_path), **options)
        rows = page.locator("table.plain >> visible=true").first.locator("tbody tr")
        assert rows.count() == len(found.points) == 3
        figures = {figure.key: figure for figure in shown_figures(found.document())}
        for point in found.points:
            text = rows.filter(has=page.get_by_role("rowheader", name=point["id"], exact=True)).inner_text().split("\t")
            assert text[1] == figures["metric"].shown(point)
            assert figures["lut"].shown(point) in text
        marks = page.locator("svg.pareto >> visible=true").locator("use")
        assert marks.count() >= 3
        report = driver.downloaded("Download the report", tmp_path)
        assert report.name == "digits_lstm-widths.html"
        assert "Pareto front" in report.read_text()
        made = driver.downloaded("Download zip", tmp_path)
        assert made.name == "digits_lstm-8-6.zip"  # the one that the page advises
        assert made.read_bytes() == archive(_design(net, 8, 6), load_data(digits_test(), net.input_size).x)


def _design(net, weight_bits, activation_bits):
    """As rnnhw compare and rnnhw.Design make it."""
    typical = load_data(digits_calibration(), net.input_size)
    widths = {"weight_bits": weight_bits, "activation_bits": activation_bits}
    qnet = quantize(net, typical.x, typical.lengths, **widths, method="mse", bias_correction=True)
    return Design(qnet, lanes=8, target="icebreaker")


def test_the_hardware_view_has_a_design(browser, studio, tmp_path):
    with driving(browser, studio) as driver:
        driver.press("Hidden size", "Home", *["ArrowRight"] * 7)
        driver.press("Layers", "Home")
        driver.page.get_by_text("1 x 8 LSTM").first.wait_for()
        driver.settle()
        path = driver.downloaded("Download zip", tmp_path)
        assert path.name.endswith("-drawn-weights.zip")
        with zipfile.ZipFile(path) as opened:
            opened.extractall(tmp_path / "design")
        (folder,) = (tmp_path / "design").iterdir()
        core = open_folder(folder).core  # which holds every file against the manifest
        assert core.plan.lanes == 16
        assert core.plan.network.cells[0].hidden_size == 8


def test_models_that_are_refused(own, tmp_path):
    """A pickle is not run, and a name is only a name: neither a path nor Markdown that would fetch an image."""
    target = tmp_path / "made"
    content = pickle.dumps(Payload(target))
    own.upload(MODEL, "model.pt", content)
    assert own.complaint().startswith("model.pt: ")
    assert not target.exists()
    pickle.loads(content)  # control
    assert target.exists()
    assert own.page.get_by_role("button", name="Compare").is_disabled()
    own.upload(MODEL, "![a](x).bin", b"content")
    own.page.get_by_text("must be a file of the kind").wait_for()
    assert own.complaint().startswith("![a](x).bin: must be a file of the kind .safetensors")
    assert own.page.locator("[data-testid=stAlert] img").count() == 0
    own.upload(MODEL, "model.onnx", b"content")
    own.page.get_by_text("model.onnx: ").wait_for()
    assert own.complaint().startswith("model.onnx: not a readable")


def test_data_that_is_refused(own):
    own.upload(MODEL, "digits.safetensors", digits_model().read_bytes())
    x = np.zeros((2, 8, 8))
    for name, arrays, message in (
        ("nan.npz", {"x": np.full((2, 8, 8), np.nan)}, "x must be finite, but holds NaN or infinity at [0, 0, 0]"),
        ("narrow.npz", {"x": np.zeros((2, 8, 7))}, "x must have 8 inputs a step (last axis), not 7"),
        ("y.npz", {"x": x, "y": np.zeros(3)}, "y must have 2 entries, one a sequence, not shape (3,)"),
    ):
        own.upload(DATA, name, npz(**arrays))
        own.page.get_by_text(message).wait_for()
        assert own.complaint() == f"{name}: {message}"
    own.upload(DATA, "good.npz", npz(x=x))
    own.page.locator("[data-testid=stAlert]").wait_for(state="detached")
    own.page.locator("button:enabled", has_text="Compare").wait_for()
    own.tab("Training")  # and back: nothing is lost
    own.tab("Bit-widths")
    own.page.get_by_text("many-to-one, sizes 8 → 32 → 10").wait_for()
    own.page.get_by_text("good.npz").wait_for()
    assert own.page.locator("button:enabled", has_text="Compare").count() == 1


def test_a_state_dict_is_asked_about(own, tmp_path):
    """What PyTorch saves does not say how a sequence is answered: the page asks, and then compares."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(2, 3, batch_first=True)
    torch.save(lstm.state_dict(), tmp_path / "w.pth")
    x = torch.randn(5, 4, 2)
    own.upload(MODEL, "my-lstm.pth", (tmp_path / "w.pth").read_bytes())
    assert own.complaint().startswith("my-lstm.pth: a state dict does not tell how a sequence is answered")
    own.choose("How a sequence is answered", "many-to-many")
    own.page.get_by_text("many-to-many, sizes 2 → 3").wait_for()
    assert own.errors() == []
    own.upload(DATA, "data.npz", npz(x=x.numpy(), y=lstm(x)[0].detach().numpy()))
    own.page.get_by_role("button", name="Compare").click()
    own.page.locator("svg.pareto >> visible=true").wait_for()
    own.page.get_by_text("my_lstm on 5 sequences").wait_for()
    assert own.errors() == []
    own.upload(DATA, "other.npz", npz(x=x.numpy()[:3]))
    assert own.complaint() == f"{BEFORE} Press Compare for those of the new choice."
    own.page.get_by_role("button", name="Compare").click()
    own.page.get_by_text("my_lstm on 3 sequences").wait_for()
    own.settle()
    assert own.errors() == []
    own.upload(MODEL, "other.safetensors", digits_model().read_bytes())  # which the data do not fit
    own.page.get_by_text("x must have 8 inputs a step").wait_for()
    own.page.get_by_text(BEFORE).wait_for()


def test_a_comparison_that_is_left(browser, studio):
    """Whatever is pressed meanwhile ends it, which the page says."""
    with driving(browser, studio) as driver:
        driver.tab("Bit-widths")
        driver.page.get_by_role("spinbutton", name="Lanes").fill("3")  # of which nothing is kept from other tests
        driver.page.keyboard.press("Enter")
        driver.settle()
        driver.page.get_by_role("button", name="Compare").click()
        driver.page.locator("[data-testid=stProgress] >> visible=true").wait_for()
        driver.tab("Training")
        driver.tab("Bit-widths")
        assert driver.complaint().startswith("The comparison was interrupted")
