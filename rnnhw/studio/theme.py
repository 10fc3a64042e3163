"""How the page looks: one palette, light and dark, for Streamlit and for what the page draws itself."""

from functools import cache
from pathlib import Path

#: Variable of the style sheet -> colour in light and in dark; as on the page of a comparison.
PALETTE = {
    "paper": ("#ffffff", "#14171c"),
    "panel": ("#f6f7f9", "#1c2027"),
    "strong": ("#15191f", "#f0f2f5"),
    "ink": ("#48515c", "#b0b8c3"),
    "soft": ("#87909b", "#78828f"),
    "line": ("#e1e5ea", "#2d333c"),
    "accent": ("#2558c7", "#8db0ff"),
    "tint": ("#e8eefb", "#222c42"),
    "warn": ("#a4420a", "#f5a266"),
    "good": ("#1c6b3c", "#7ed5a2"),
    "filled": ("#2558c7", "#3a6ee0"),  # behind white letters
}
#: Streamlit's colour -> variable of the palette.
STREAMLIT = {
    "primaryColor": "filled",
    "backgroundColor": "paper",
    "secondaryBackgroundColor": "panel",
    "textColor": "strong",
    "linkColor": "accent",
    "borderColor": "soft",
}
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'


def theme_options() -> dict[str, str]:
    """Streamlit's settings: the palette for both schemes, of which the page takes the system's; fonts of the system."""
    options = {"theme.font": FONT.replace('"', "'"), "theme.baseRadius": "small"}
    for at, scheme in enumerate(("light", "dark")):
        options |= {f"theme.{scheme}.{name}": PALETTE[variable][at] for name, variable in STREAMLIT.items()}
    return options


@cache
def style() -> str:
    """The style sheet of what the page draws itself, as an element."""
    colours = "\n".join(f"  --{name}: light-dark({light}, {dark});" for name, (light, dark) in PALETTE.items())
    rules = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return f"<style>\n.stApp {{\n{colours}\n}}\n{rules}</style>"
