"""The front's points one by one: errors, histograms and noise, as a page shows them."""

from itertools import groupby

from .figures import Figure, by_cost, shown_figures, widths
from .small import errors_by_step, histogram, key

TILES = ("metric", "loss", "lut", "dsp", "bram", "cycles", "memory", "energy")
PARTS = {
    "x": "input",
    "y": "output",
    "z": "pre-activation",
    "h": "hidden state",
    "c": "cell state",
    "zc": "cell state before its tanh",
    "tc": "tanh of the cell state",
    "p": "recurrent part of the candidate",
    "s": "reset state",
}
TENSORS = {"weight_ih": "input weights", "weight_hh": "recurrent weights", "weight": "weights", "bias": "bias"}


def tiles(figures: list[Figure], point: dict) -> list[dict]:
    """The most important figures of a point: heading, text, unit, and what is told below."""
    found = []
    for figure in figures:
        if figure.key in TILES and figure.value(point) is not None:
            note = ""
            if figure.band(point):
                low, high = (figure.text(end) for end in figure.band(point))
                note = f"{low} to {high}"
            found.append({"name": figure.name, "text": figure.shown(point), "unit": figure.unit, "note": note})
    return found


def panels(document: dict) -> list[dict]:
    """A panel for each point of the front, and for what a search chose, the cheapest first."""
    figures = shown_figures(document)
    points = [point for point in by_cost(document) if point.get("front") or point["id"] in document["details"]]
    decibels = [v for point in points for v in (point.get("sqnr") or {}).values() if v is not None]
    highest = max([*decibels, 1])
    return [
        {
            "point": point,
            "id": f"point-{number}",
            "widths": widths(point),
            "tiles": tiles(figures, point),
            "sqnr": [
                {
                    "layer": layer,
                    "text": "\u2013" if v is None else f"{v:.1f} dB",
                    "share": max(0, 100 * (v or 0) / highest),
                }
                for layer, v in (point.get("sqnr") or {}).items()
            ],
            **_drawn(document["details"].get(point["id"]) or {}),
        }
        for number, point in enumerate(points)
    ]


def _drawn(detail: dict) -> dict:
    """The plots of a point."""
    from markupsafe import Markup

    errors = detail.get("error_by_step") or {}
    return {
        "errors": Markup(errors_by_step(errors)) if errors else None,
        "keys": [
            {"layer": layer, "sample": Markup(key(number, values))}
            for number, (layer, values) in enumerate(errors.items())
        ],
        "weights": _by_layer(detail.get("weights") or [], _tensor),
        "activations": _by_layer(detail.get("activations") or [], _signal),
    }


def _by_layer(entries: list[dict], name) -> list[dict]:
    from markupsafe import Markup

    groups = []
    for layer, group in groupby(entries, key=lambda entry: entry["layer"]):
        plots = []
        for entry in group:
            title, meaning = name(entry)
            plots.append(
                {
                    "title": title,
                    "meaning": meaning,
                    "format": entry["format"],
                    "clipped": _clipped(entry),
                    "svg": Markup(histogram(entry, f"{layer} {title}")),
                }
            )
        groups.append({"layer": layer, "plots": plots})
    return groups


def _tensor(entry: dict) -> tuple[str, str]:
    gate = f", gate {entry['gate']}" if entry.get("gate") is not None else ""
    return f"{entry['tensor']}{gate}", TENSORS.get(entry["tensor"], "")


def _signal(entry: dict) -> tuple[str, str]:
    name = entry["signal"]
    if name in PARTS:
        return name, PARTS[name]
    kind, _, gate = name.partition("_")
    if gate:
        return name, {"z": f"pre-activation of gate {gate}", "a": f"sum of gate {gate}"}.get(kind, "")
    return name, f"gate {name}" if len(name) == 1 else ""


def _clipped(entry: dict) -> dict:
    """How many values were clipped: as counted, else from the histogram's bins."""
    if "clipped" in entry:
        count, total = entry["clipped"], entry["of"]
    else:
        total = sum(entry["counts"])
        middles = ((a + b) / 2 for a, b in zip(entry["edges"], entry["edges"][1:], strict=False))
        outside = (
            n
            for n, middle in zip(entry["counts"], middles, strict=False)
            if not entry["low"] <= middle <= entry["high"]
        )
        count = sum(outside)
    if not count:
        return {"any": False, "text": f"none of {total:,} clipped"}
    percent = 100 * count / total
    return {
        "any": True,
        "text": f"{count:,} of {total:,} clipped ({'<0.01' if percent < 0.01 else f'{percent:.2f}'} %)",
    }
