"""The table of a comparison for the terminal."""

from rich import box
from rich.markup import escape
from rich.table import Table

from .figures import Figure, by_cost, metric_of, shown_figures

ALWAYS = ("metric", "loss", "agreement", "sqnr", "clipped", "lut", "dsp", "bram", "cycles", "memory", "energy")
NAME = 16  # letters of a name that stand in one line
FRONT = "▸"
VERDICT = {True: "equal", False: "DIFFERS"}


def comparison_table(document: dict, wide: bool = False) -> Table:
    """All points of a comparison, the cheapest first; those of the front are marked.

    Parameters
    ----------
    document : dict
        ``Comparison.document()``.
    wide : bool
        All figures, with the options and knobs of each point. Otherwise the most important ones, in 120 columns.
    """
    metric = metric_of(document)
    reference = f"float {metric.text(document['metric']['float'])} {metric.unit}".rstrip()
    table = Table(
        title=escape(f"{document['model']['name']}: {metric.name} ({reference})"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        caption=escape("\n".join(_notes(document))),
        caption_justify="left",
    )
    longest = max((len(point["id"]) for point in document["points"]), default=0)
    table.add_column("  point", overflow="fold", min_width=min(longest, NAME) + 2)
    columns = list(_columns(document, wide))
    for heading, justify, _ in columns:
        longest = max(len(word) for word in heading.split())
        table.add_column(heading, justify=justify, overflow="fold", min_width=longest)
    for point in by_cost(document):
        if not point.get("refused"):
            mark, style = (FRONT, "bold") if point.get("front") else (" ", None)
            table.add_row(f"{mark} {escape(point['id'])}", *(read(point) for _, _, read in columns), style=style)
    return table


def _columns(document: dict, wide: bool):
    """Heading, alignment and text of each column."""
    points = document["points"]
    if wide:
        for key, heading in (
            ("weight_bits", "weight bits"),
            ("activation_bits", "act. bits"),
            ("state_bits", "state bits"),
        ):
            yield heading, "right", lambda point, key=key: str(point.get(key) or "")
    for figure in shown_figures(document):
        if wide or figure.key in ALWAYS:
            yield figure.heading, "right", lambda point, figure=figure: figure.shown(point, "")
            if any(figure.band(point) for point in points) and (wide or figure.key == "lut"):
                yield "band %", "left", lambda point, figure=figure: _band(figure, point)
    if any(point.get("verified") for point in points):
        yield "verified in RTL", "left", _verified
    if any(point.get("fits") is False for point in points) or (wide and any(point.get("fits") for point in points)):
        yield "fits", "left", lambda point: {True: "yes", False: "NO"}.get(point.get("fits"), "")
    if wide:
        for key, heading in (("layers", "widths of layers"), ("options", "options"), ("knobs", "knobs")):
            shared = common(points, key)
            if any(settings(point.get(key), shared) for point in points):
                yield heading, "left", lambda point, key=key, shared=shared: escape(settings(point.get(key), shared))


def common(points: list[dict], key: str) -> dict:
    """The options or knobs that all points share; nothing of a single point."""
    first = points[0].get(key) or {} if len(points) > 1 else {}
    return {name: value for name, value in first.items() if all((p.get(key) or {}).get(name) == value for p in points)}


def settings(values: dict | None, without: dict | None = None) -> str:
    """Options, knobs or layers' widths in a line, but for those in `without`."""
    parts = []
    for name, value in (values or {}).items():
        words = name.replace("_", " ")
        if value is None or name in (without or {}):
            continue
        if isinstance(value, dict):
            parts.append(f"{name} " + "/".join(str(item) for item in value.values() if item is not None))
        elif isinstance(value, bool):
            parts.append(words if value else f"no {words}")
        else:
            parts.append(f"{words} {value}")
    return ", ".join(parts)


def _band(figure: Figure, point: dict) -> str:
    band, value = figure.band(point), figure.value(point)
    if band is None or not value:
        return ""
    below, above = (round(100 * abs(end / value - 1)) for end in band)
    return f"±{below}" if below == above else f"\u2212{below} +{above}"


def _verified(point: dict) -> str:
    verified = point.get("verified")
    return "" if not verified else f"{verified['sequences']:,} {VERDICT[bool(verified['equal'])]}"


def _notes(document: dict):
    points = document["points"]
    if any(point.get("front") for point in points):
        yield f"{FRONT} front: no other point is both cheaper ({document['cost']}) and better"
    shared = settings(common(points, "options"))
    if shared:
        yield f"all points: {shared}"
    for reason, names in refusals(document).items():
        yield f"refused ({', '.join(names)}): {reason}"


def refusals(document: dict) -> dict[str, list[str]]:
    """Why points were refused, and which."""
    reasons: dict[str, list[str]] = {}
    for point in document["points"]:
        if point.get("refused"):
            reasons.setdefault(point["refused"], []).append(point["id"])
    return reasons
