"""What the page draws itself: text stays text."""

import re

import pytest
from rich.table import Table

from rnnhw.studio.common import literal
from rnnhw.studio.markup import Html, Tile, bar, count, listed, said, table, tiles, title
from rnnhw.studio.rich_tables import rich_table
from rnnhw.studio.theme import PALETTE, STREAMLIT, style, theme_options

EVIL = "<img src=x onerror=alert(1)>\"'&"
SAFE = "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;"


@pytest.mark.parametrize(
    "made",
    [
        said(EVIL),
        title(EVIL),
        listed([EVIL]),
        table([EVIL], [[EVIL]]),
        tiles([Tile(EVIL, EVIL, EVIL, EVIL)]),
        tiles([Tile("a", "1", EVIL)]),
    ],
)
def test_text_is_escaped(made):
    assert isinstance(made, Html)
    assert "<img" not in made
    assert SAFE in made


def test_html_is_left_alone():
    assert table(["a"], [[Html("<b>1</b>")]]).count("<b>1</b>") == 1


def test_a_table():
    made = table(("name", "number"), [("a", 1), ("b", 2)], (1,), (1,))
    assert re.sub(r"</?(div|table|thead|tbody)[^>]*>", "", made) == (
        '<tr><th scope="col">name</th><th scope="col" class=number>number</th></tr>'
        '<tr><th scope="row">a</th><td class=number>1</td></tr>'
        '<tr class=best><th scope="row">b</th><td class=number>2</td></tr>'
    )


def test_a_table_of_the_terminal():
    given = Table(title="T", caption="[b]C[/b]")
    given.add_column("name")
    given.add_column("number", justify="right")
    given.add_row("[bold]a[/bold]", "1")
    given.add_row("\\[b]", "2")
    expected = title("T") + table(("name", "number"), [("a", "1"), ("[b]", "2")], (1,)) + said("C", "note")
    assert rich_table(given) == expected


def test_bars_end_where_all_is_full():
    assert 'style="width:12.3%"' in bar(12.34)
    assert "over" not in bar(100)
    assert 'class=over style="width:100.0%"' in bar(1377)


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (12320, "12,320"), (0.5, "0.5"), (1234.5, "1,234")])
def test_counts(number, text):
    assert count(number) == text


def test_markdown_is_literal():
    text = "![a](http://b) <b> :red[c] $d$ `e` **f** 1. \n# g"
    made = literal(text)
    assert re.sub(r"\\(.)", r"\1", made) == " ".join(text.split())
    assert re.findall(r"(?<!\\)[^\w\s\\]", made) == []


def test_one_palette():
    options = theme_options()
    assert {options[f"theme.light.{name}"] for name in STREAMLIT} <= {light for light, _ in PALETTE.values()}
    for name, (light, dark) in PALETTE.items():
        assert f"--{name}: light-dark({light}, {dark});" in style()
    assert set(re.findall(r"var\(--([a-z]+)\)", style())) <= set(PALETTE)
