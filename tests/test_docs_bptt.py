"""docs/bptt.md: its commands print what it shows, its plot is what they draw, its Python prints what it says."""

import contextlib
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "bptt.md").read_text()
EXAMPLES = re.findall(r"```sh\nrnnhw (.*?)\n```\n\n```\n(.*?)\n```", TEXT, re.S)
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?")


def figures(text):
    """The words of a text, and its numbers."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.split(r"\s+", NUMBER.sub("#", lines)), [float(found.replace(",", "")) for found in NUMBER.findall(lines)]


def same(shown, printed):
    """The same words, and numbers as far as another machine's rounding may change them."""
    words, wanted = figures(shown)
    other, found = figures(printed)
    assert words == other
    np.testing.assert_allclose(found, wanted, rtol=0.02)


@pytest.mark.parametrize("number", range(4))
def test_the_examples(number, run, monkeypatch, tmp_path):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(ROOT)
    command, shown = EXAMPLES[number]
    for folder in ("docs", "build"):
        command, shown = (text.replace(f"{folder}/bptt.svg", str(tmp_path / "bptt.svg")) for text in (command, shown))
    code, printed, error = run(*command.split())
    assert (code, error) == (0, "")
    begin = printed.index(shown.splitlines()[0])
    same(shown, "\n".join(printed[begin:].splitlines()[: len(shown.splitlines())]))
    if "docs/bptt.svg" in EXAMPLES[number][0]:
        np.testing.assert_allclose(points(tmp_path / "bptt.svg"), points(ROOT / "docs" / "bptt.svg"), atol=1)


def points(file):
    """Of the lines of a plot."""
    groups = ElementTree.parse(file).iter("{http://www.w3.org/2000/svg}g")
    paths = [group[0].get("d") for group in groups if re.fullmatch(r"line\d", group.get("id") or "")]
    assert len(paths) == 3
    return np.array([float(number) for path in paths for number in re.findall(r"-?\d+(?:\.\d+)?", path)])


def test_all_examples_are_run():
    """Control: a word or a figure that is another is found."""
    assert len(EXAMPLES) == 4
    shown = EXAMPLES[0][1]
    for old, new in (("1.037", "1.07"), ("low", "high")):
        with pytest.raises(AssertionError):
            same(shown, shown.replace(old, new, 1))


def test_the_python_example():
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    (shown,) = re.findall(r"prints\n\n```\n(.*?)```", TEXT, re.S)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "docs/bptt.md", "exec"), {})
    assert said.getvalue() == shown


def test_the_gain_before_training(run, monkeypatch):
    monkeypatch.chdir(ROOT)
    options = re.search(r"\(`(--inputs .*?)` instead of the model\) have a gain of ([\d.]+) a step", TEXT)
    code, printed, _ = run("bptt", *options[1].split(), "--data", "rnnhw/data/digits_test.npz")
    assert code == 0
    assert f"│ lstm0 │ forward │ {options[2]} (" in printed
    steps, error = re.search(r"the digits could do with K = (\d) \(([\d.]+ %) off\)", TEXT).groups()
    assert (
        f"Truncate at {steps} of 8 steps, which saves 62 % of the activations: the gradient is off by {error}"
        in printed
    )
