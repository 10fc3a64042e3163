"""How the page looks: one palette, light and dark, for Streamlit and for what the page draws itself."""

from functools import cache

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
    return f"<style>\n.stApp {{\n{colours}\n}}\n{RULES}</style>"


RULES = """
.stMainBlockContainer { max-width: 76rem; padding: 2.5rem clamp(1rem, 4vw, 2rem) 4rem; }
.stApp h1 { font-size: 1.9rem; padding-top: 0; }
.stApp h2 { font-size: 1.3rem; }
.stApp h3 { font-size: 1.05rem; padding-bottom: 0.3rem; }
[data-testid="stSliderThumbValue"], .stApp [role="tab"][aria-selected="true"], .stApp [role="radio"][aria-checked="true"] p { color: var(--accent); }
.said { color: var(--ink); margin: 0 0 0.5rem; max-width: 46rem; line-height: 1.5; }
.stApp h3.title { font-size: 1.05rem; padding: 0.5rem 0 0.25rem; margin: 0; }
.note { color: var(--ink); font-size: 0.85rem; margin: 0; line-height: 1.5; }
.stApp dl.tiles { padding: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.75rem; margin: 0.25rem 0 0.5rem; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.7rem 0.9rem; min-width: 0; }
.tile dt { font-size: 0.82rem; color: var(--ink); }
.tile dd { margin: 0.1rem 0 0; font-size: 1.35rem; font-weight: 600; color: var(--strong); overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.tile dd small { font-size: 0.85rem; font-weight: 400; color: var(--ink); }
.tile p { margin: 0.15rem 0 0; font-size: 0.78rem; color: var(--ink); overflow-wrap: anywhere; }
.tile.best { border-color: var(--accent); background: var(--tint); }
ul.advice { color: var(--ink); max-width: 46rem; line-height: 1.5; padding-left: 1.2rem; margin: 0; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; margin: 0.25rem 0 0.75rem; }
table.plain { border-collapse: collapse; width: 100%; font-size: 0.87rem; color: var(--strong); font-variant-numeric: tabular-nums; }
table.plain th, table.plain td { padding: 0.4rem 0.75rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
table.plain thead th { color: var(--ink); font-weight: 500; background: var(--panel); vertical-align: bottom; }
table.plain tbody th { font-weight: 500; min-width: 5rem; }
table.plain .number { text-align: right; white-space: nowrap; }
table.plain tbody tr:last-child > * { border-bottom: 0; }
table.plain tr.best > * { background: var(--tint); }
table.plain small { color: var(--ink); }
.formula { font: 0.82rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.good { color: var(--good); } .warn { color: var(--warn); }
.bar { display: block; height: 0.5rem; min-width: 5rem; margin: 0.35rem 0 0.2rem; background: var(--line); border-radius: 4px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--accent); } .bar i.over { background: var(--warn); }
.picture { overflow-x: auto; color: var(--ink); }
.picture svg { display: block; max-width: 100%; height: auto; }
.pareto { width: 100%; }
.st-key-engine svg { min-width: 42rem; }
.st-key-gradients svg { min-width: 32rem; }
.narrow { display: none; }
@media (max-width: 45rem) { .wide { display: none; } .narrow { display: block; } }
"""
