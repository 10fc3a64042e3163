"""The page of a comparison as text: whole, safe, self-contained, small."""

import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.report.comparison import comparison_page, page
from rnnhw.report.comparison.details import panels
from tests.report.documents import details, document, mark_front

pytest.importorskip("matplotlib", reason='no matplotlib: pip install "rnnhw[plots]"')
EVIL = """<script>alert("1")</script> & 'x' </script><img src=x onerror=alert(1)>"""
VOID = {"meta", "link", "input", "br", "img", "path", "use", "rect", "circle"}


class Reader(HTMLParser):
    """Elements, ids and texts; every element must be closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.ids, self.texts = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def count(self, tag, **attributes):
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return sum(kind == tag and wanted.items() <= found.items() for kind, found in self.found)


@pytest.fixture(scope="module")
def made():
    return document(refused=["2/4", "2/12"])


@pytest.fixture(scope="module")
def text(made):
    return comparison_page(made)


def test_everything_is_there(made, text):
    reader = Reader(text)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    front = [point["id"] for point in made["points"] if point["front"]]
    assert reader.count("svg", class_="pareto") == 2 * 7
    assert reader.count("article", class_="panel") == len(front)
    assert reader.count("svg", class_="histogram") == 21 * len(front)
    assert reader.count("svg", class_="lines") == len(front)
    assert reader.count("tr", class_="on-front") == len(front)
    assert reader.count("th", scope="row") == 26 + 2 * len(front)
    assert [tag for tag, _ in reader.found].count("h1") == 1
    shown = " ".join(" ".join(reader.texts).split())
    for words in ("digits_lstm.safetensors", "digits_test.npz: 450 sequences of 8 steps", "2026-11-20 by rnnhw 0.1.0"):
        assert words in shown
    assert "--cost lut" in shown
    assert "2/4, 2/12 : lstm0.weight_hh: 1 bit holds no value but zero" in shown
    assert all(f"{name}: " in shown for name in front)


def test_plots_have_names_for_those_who_do_not_see_them(text):
    drawings = [found for tag, found in Reader(text).found if tag == "svg" and found.get("class") != "key"]
    assert len(drawings) > 100
    assert all(found.get("role") == "img" and found.get("aria-label") for found in drawings)


def test_asks_nothing_of_any_network(text):
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'<)]*", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}  # names of namespaces
    reader = Reader(text)
    for tag, found in reader.found:
        assert tag not in ("img", "iframe", "object", "embed", "base", "audio", "video")
        assert not {"src", "srcset", "action", "background", "poster"} & set(found)
        for name in ("href", "xlink:href"):
            assert found.get(name, "#").startswith("#") or found == {"rel": "icon", "href": "data:,"}
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []
    assert "default-src 'none'" in text


def test_references_stay_within_their_plot(text):
    names = set(Reader(text).ids)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    assert used
    assert used <= names


def test_colours_are_the_style_sheets(text):
    plots = "".join(re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL))
    assert re.findall(r"#[0-9a-fA-F]{6}\b", plots) == []
    assert "var(--accent)" in plots
    assert "font-family" not in plots
    assert not re.search(r"font: ", plots)


def test_names_are_text():
    made = document([(4, 4), (8, 8)], task="regression", name=EVIL, file=EVIL)
    made["points"][0]["id"] = EVIL
    made["points"][1].update(options={"method": EVIL})
    made["model"]["layers"][0]["name"] = EVIL
    made["metric"]["name"] = EVIL
    made["command"] = f"rnnhw compare {EVIL} --data {EVIL}"
    made["details"] = {
        point["id"]: details(np.random.default_rng(0), point, tensors=[(EVIL, EVIL)], signals=[EVIL])
        for point in made["points"]
        if point["front"]
    }
    text = comparison_page(made)
    reader = Reader(text)
    assert reader.open == []
    assert reader.count("script") == 2
    assert reader.count("img") == 0
    assert not any(name.startswith("on") for _, found in reader.found for name in found)
    assert "<script>alert" not in text
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, flags=re.DOTALL)[1])
    assert EVIL in data["points"]


def test_figures_of_marks_are_those_of_the_table(made, text):
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, flags=re.DOTALL)[1])
    assert sorted(data["spots"]) == sorted(f"{key}-{size}" for key in KEYS for size in ("wide", "narrow"))
    point = next(point for point in made["points"] if point["id"] == "6/8")
    assert ["LUTs", f"{point['lut']['value']:,.0f}"] in data["points"]["6/8"]["figures"]
    assert {name for *_, name in data["spots"]["lut-wide"]} == {p["id"] for p in made["points"] if not p["refused"]}


KEYS = ("lut", "ff", "dsp", "bram", "cycles", "memory", "energy")


@pytest.mark.parametrize("widths", [[(8, 8)], [(2 + number % 15, 4 + number // 15) for number in range(200)]])
def test_size(widths):
    assert len(comparison_page(document(widths)).encode()) < 3_000_000


def test_without_device_data_files_and_details():
    made = document([(4, 4), (8, 8), (1, 4)], target=None, cost="memory", refused=["1/4"], file=None)
    made["data"].update(file=None, calibration_file=None, variable_length=True)
    made.update(command="", details={}, auto=None)
    text = comparison_page(made)
    shown = " ".join(" ".join(Reader(text).texts).split())
    assert "many-to-one, 5,578 parameters" in shown
    assert "450 sequences of up to 8 steps" in shown
    assert "no device (no LUTs, clock and energy), lanes 4" in shown
    assert "Command" not in shown
    assert Reader(text).count("svg", class_="pareto") == 2 * 4


def test_all_refused():
    reader = Reader(comparison_page(document([(1, 4), (1, 8)], refused=["1/4", "1/8"])))
    assert reader.count("svg") == 0
    assert reader.count("table") == 0
    assert "All of the 2 points were refused; the reasons are below." in reader.texts


def test_what_was_chosen_is_shown_even_off_the_front():
    made = document([(4, 4), (6, 8), (8, 8)])
    made["auto"] = {"max_loss": 0.5, "chosen": "8/8", "tried": 99}
    for point in made["points"]:
        point["front"] = point["id"] != "8/8"
    made["details"]["8/8"] = details(np.random.default_rng(0), made["points"][2])
    reader = Reader(comparison_page(made))
    assert reader.count("article", class_="panel") == 3
    assert reader.count("option", selected=None) == 1


def test_mixed_widths_are_told():
    made = document([(4, 4), (8, 8)])
    made["points"][0].update(id="3-4/4", layers={"lstm0": {"weight_bits": 3, "activation_bits": 4}})
    made["points"][1].update(knobs={"lanes": 8})
    mark_front(made)
    shown = " ".join(" ".join(Reader(comparison_page(made)).texts).split())
    assert "lstm0 3/4" in shown
    assert "lanes 8" in shown


def test_always_the_same(made, text):
    assert comparison_page(made) == text


def test_without_jinja(monkeypatch):
    page._template.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(RnnhwError, match=r"^reports need jinja2: pip install 'rnnhw\[plots\]'$"):
        comparison_page(document([(8, 8)]))


def test_signals_are_named():
    made = document([(8, 8)])
    signals = ("x", "z_i", "z", "c", "h", "own")
    made["details"] = {"8/8": details(np.random.default_rng(0), made["points"][0], signals=signals)}
    cards = [plot for group in panels(made)[0]["activations"] for plot in group["plots"]]
    told = ["input", "pre-activation of gate i", "pre-activation", "cell state", "hidden state", ""]
    assert [(card["title"], card["meaning"]) for card in cards] == list(zip(signals, told, strict=True))


def test_clipped_values_are_told():
    made = document([(8, 8)])
    (point,) = made["points"]
    detail = details(np.random.default_rng(0), point, tensors=[("dense0", "weight")], signals=["h", "z_i"])
    detail["weights"][0].update(edges=[-2, -1, 0, 1, 2], counts=[1, 500, 498, 1], low=-1.0, high=0.99)
    detail["activations"][0].update(clipped=0, of=1000)
    detail["activations"][1].update(clipped=1, of=100_000)
    made["details"] = {"8/8": detail}
    (panel,) = panels(made)
    assert panel["weights"][0]["plots"][0]["clipped"] == {"any": True, "text": "2 of 1,000 clipped (0.20 %)"}
    told = [plot["clipped"]["text"] for plot in panel["activations"][0]["plots"]]
    assert told == ["none of 1,000 clipped", "1 of 100,000 clipped (<0.01 %)"]
