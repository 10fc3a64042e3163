"""The page of a comparison: one HTML file that needs nothing else."""

from functools import cache
from pathlib import Path

from rnnhw.errors import RnnhwError

from .details import TILES, panels, tiles
from .figures import Figure, by_cost, metric_of, shown_figures, widths
from .plots import page_plots
from .table import common, refusals, settings
from .words import best, glossary, summary, verified

INSTALL = "pip install 'rnnhw[plots]'"


def comparison_page(document: dict) -> str:
    """A comparison as one self-contained HTML page, light and dark, which asks nothing of any network.

    Parameters
    ----------
    document : dict
        ``Comparison.document()``.

    Raises
    ------
    RnnhwError
        If jinja2 or matplotlib is missing.
    """
    template = _template()
    figures = shown_figures(document)
    plots, spots = page_plots(document)
    chosen = best(document)
    values = {
        "document": document,
        "metric": metric_of(document),
        "facts": list(_facts(document)),
        "summary": summary(document),
        "chosen": chosen,
        "tiles": tiles(figures, chosen) if chosen else [],
        "plots": plots,
        "table": _table(document, figures),
        "panels": panels(document),
        "verified": verified(document),
        "refusals": refusals(document),
        "glossary": glossary(document),
        "data": {"spots": spots, "points": {p["id"]: _told(p, figures) for p in by_cost(document)}},
    }
    return template.render(values)


@cache
def _template():
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError:
        raise RnnhwError(f"reports need jinja2: {INSTALL}") from None
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined}
    return Environment(loader=loader, autoescape=True, **options).get_template("page.html")


def _facts(document: dict):
    """What was compared on what: heading and text."""
    model, data, hardware = document["model"], document["data"], document["hardware"]
    both = any(layer.get("direction") == "backward" for layer in model["layers"])
    layers = (
        f"{layer['name']}: {layer['kind'].upper() if layer['kind'] != 'dense' else 'linear'}"
        f"{' ' + layer['direction'] if both and layer.get('direction') else ''} {layer['inputs']} → {layer['outputs']}"
        for layer in model["layers"]
    )
    parameters = f"{model['mode']}, {model['parameters']:,} parameters"
    yield "Model", f"{model['file']}, {parameters}" if model.get("file") else parameters
    yield "Layers", "; ".join(layers)
    steps = f"up to {data['steps']:,}" if data.get("variable_length") else f"{data['steps']:,}"
    sequences = f"{data['sequences']:,} sequences of {steps} steps, {data['task']}"
    yield "Data", f"{data['file']}: {sequences}" if data.get("file") else sequences
    calibration = f"{data['calibration_sequences']:,} sequences"
    yield "Calibration", f"{data['calibration_file']}: {calibration}" if data.get("calibration_file") else calibration
    knobs = settings(hardware.get("knobs"))
    yield (
        "Hardware",
        f"{hardware.get('target') or 'no device (no LUTs, clock and energy)'}{', ' if knobs else ''}{knobs}",
    )
    options = settings(
        {key: value for key, value in common(document["points"], "options").items() if value is not False}
    )
    if options:
        yield "All points", options
    yield "Made", f"{document['date']} by rnnhw {document['rnnhw']}"


def _table(document: dict, figures: list[Figure]) -> dict:
    """Headings and rows of the table of all points."""
    points = document["points"]
    shared = {key: common(points, key) for key in ("options", "knobs")}

    def differing(point):
        parts = (settings(point.get("layers")), *(settings(point.get(key), without) for key, without in shared.items()))
        return "; ".join(part for part in parts if part)

    rows = []
    for point in by_cost(document):
        if not point.get("refused"):
            cells = [{"text": figure.shown(point), "value": figure.value(point)} for figure in figures]
            checked = point.get("verified")
            told = "\u2013" if not checked else f"{checked['sequences']:,} {'equal' if checked['equal'] else 'DIFFERS'}"
            rows.append({"point": point, "cells": cells, "verified": told, "differing": differing(point)})
    return {"figures": figures, "rows": rows, "differing": any(row["differing"] for row in rows)}


def _told(point: dict, figures: list[Figure]) -> dict:
    """What the page's script tells of a point."""
    checked = point.get("verified") or {}
    notes = ["on the front"] if point.get("front") else []
    notes += [f"verified in RTL on {checked['sequences']:,} sequences"] if checked.get("equal") else []
    notes += ["does not fit the device"] if point.get("fits") is False else []
    rows = [[figure.name, figure.with_unit(point)] for figure in figures if figure.key in TILES]
    return {"widths": widths(point), "notes": ", ".join(notes), "figures": rows}
