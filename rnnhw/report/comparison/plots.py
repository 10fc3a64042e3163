"""The plots of the Pareto front as parts of a page: in its colours and letters, wide and narrow."""

import re

from .figures import costs, metric_of
from .pareto import WIDE, Palette, draw

NARROW = (360, 400)  # CSS pixels of a plot on a phone
SIZES = {"wide": WIDE, "narrow": NARROW}
# Colours that stand for the style sheet's variables until the plot is drawn
STANDING = Palette("#010101", "#020202", "#030303", "#040404", "#050505")


def page_plots(document: dict, keys: tuple[str, ...] | None = None) -> tuple[list[dict], dict]:
    """The plots of costs in both sizes, and where their points are.

    Parameters
    ----------
    document : dict
        ``Comparison.document()``.
    keys : tuple of str, optional
        Of the costs ("lut", "memory", ...); by default all that points have.

    Returns
    -------
    plots : list of dict
        "key", "title" and "name" of each cost, and the SVG elements "wide" and "narrow", whose colours are the page's
        variables --ink, --soft, --line, --accent and --paper.
    spots : dict
        Name of each SVG -> place and id of each point (`Plot.spots`).

    Raises
    ------
    RnnhwError
        If matplotlib is missing.
    """
    plots, spots = [], {}
    for cost in costs(document):
        if keys is not None and cost.key not in keys:
            continue
        drawn = {}
        for size, pixels in SIZES.items():
            name = f"{cost.key}-{size}"
            plot = draw(document, cost, pixels, STANDING, "none", name)
            drawn[size] = _within_page(plot.svg, name, f"{metric_of(document).name} against {cost.name}")
            spots[name] = plot.spots
        plots.append({"key": cost.key, "title": cost.title, "name": cost.name, **drawn})
    return plots, spots


def _within_page(svg: str, name: str, said: str):
    """A plot with the page's colours and letters, and with ids of its own."""
    from markupsafe import Markup, escape

    for variable in ("ink", "soft", "line", "accent", "paper"):
        svg = svg.replace(getattr(STANDING, variable), f"var(--{variable})")
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r'xlink:href="#', f'href="#{name}-', svg)
    svg = re.sub(r" font-family: [^;\"]+;?", "", svg)
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    view = re.search(r'viewBox="[^"]+"', svg)[0]
    label = f"{escape(said)}; the table tells the figures"
    head = f'<svg {view} class="pareto" data-plot="{name}" role="img" aria-label="{label}">'
    return Markup(re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1))
