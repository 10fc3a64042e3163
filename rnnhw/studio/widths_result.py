"""What a comparison found, on the page: a sentence, the front, the table of all points."""

import streamlit as st

from rnnhw.report.comparison import page_plots
from rnnhw.report.comparison.figures import by_cost, costs, shown_figures
from rnnhw.report.comparison.table import ALWAYS, refusals
from rnnhw.report.comparison.words import summary

from .common import literal, picture, show
from .markup import NONE, Html, said, table

WORDS = (
    "loss: by how much worse than the float model; agree: answers that are the float model's, too; SQNR: its outputs "
    "over the error of fewer bits; clipped: numbers too large for their format."
)


def show_summary(document: dict, failures: list[str]) -> None:
    """The result in a few sentences."""
    model, data = document["model"], document["data"]
    st.subheader(f"{literal(model['name'])} on {data['sequences']:,} sequences")
    show(said(" ".join(summary(document))))
    for line in failures:
        st.error(literal(f"hardware and golden differ: {line}"))


def show_plot(document: dict) -> None:
    """The Pareto front against a cost."""
    names = {figure.key: figure.name for figure in costs(document)}
    key = st.selectbox("Front against", names, format_func=names.get, key="front_cost")
    (plot,), _ = page_plots(document, (key,))
    drawn = f'<div class="wide">{plot["wide"]}</div><div class="narrow">{plot["narrow"]}</div>'
    picture(drawn, "front")
    show(said("No other point is both cheaper and better than one on the line. 6/4: 6-bit weights, 4-bit activations."))


def show_points(document: dict) -> None:
    """All points with their figures."""
    figures = [figure for figure in shown_figures(document) if figure.key in ALWAYS]
    points = [point for point in by_cost(document) if not point.get("refused")]
    headings = ["point", *(figure.heading for figure in figures)]
    verified = any(point.get("verified") for point in points)
    unfit = any(point.get("fits") is False for point in points)
    headings += ["fits"] * unfit + ["simulated"] * verified
    rows = []
    for point in points:
        row = [point["id"], *(figure.shown(point) for figure in figures)]
        row += [Html("<span class=warn>no</span>") if point.get("fits") is False else "yes"] * unfit
        rows.append(row + [_verified(point)] * verified)
    front = [at for at, point in enumerate(points) if point["front"]]
    notes = [said("Coloured rows are on the front."), said(WORDS, "note")]
    for reason, names in refusals(document).items():
        notes.append(said(f"Refused ({', '.join(names)}): {reason}"))
    show(table(headings, rows, range(1, len(figures) + 1), front), *notes)


def _verified(point: dict) -> str:
    checked = point.get("verified")
    if not checked:
        return NONE
    return f"{checked['sequences']:,} equal" if checked["equal"] else "DIFFERS"
