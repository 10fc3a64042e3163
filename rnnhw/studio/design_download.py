"""The generated design as a zip: of the hardware view with drawn weights, of a compared network with its own."""

from functools import partial

import streamlit as st

from rnnhw.design import Design
from rnnhw.quantize import quantize
from rnnhw.report.comparison.words import best
from rnnhw.sizing import Sizing, archive

from .common import show
from .markup import said, title
from .subject import Subject

NO_BOARD = "no board: plain SystemVerilog"
WIDTHS = ("weight_bits", "activation_bits", "state_bits")
CONTENT = "SystemVerilog, memory images, a test bench with vectors, the cycle law, and how to build it in (README.md)."


def offer_design(found: Sizing) -> None:
    """A button for the core of the hardware view, for a board that holds it."""
    show(
        title("Download the design"),
        said(
            "The weights are drawn with a seed, not trained: good for synthesis and timing, not for answers. "
            f"A trained network's design is under Bit-widths. {CONTENT}"
        ),
    )
    designs = {fit.name: fit.design for fit in found.boards if fit.holds} | {NO_BOARD: found.design}
    chosen = st.selectbox("For", designs, key="design_board")
    design = designs.get(chosen, found.design)
    make = partial(archive, design)
    _button("Download zip (drawn weights)", f"{design.name}-drawn-weights", make, "design_drawn")


def offer_point(subject: Subject, document: dict) -> None:
    """A button for the core of one of a comparison's points, with the trained weights."""
    points = {point["id"]: point for point in document["points"] if not point["refused"] and point["fits"] is not False}
    if not points:
        show(title("Download the design"), said("None of the points fits the board."))
        return
    order, advised = sorted(points, key=lambda name: not points[name]["front"]), best(document)
    usual = 0 if advised is None else order.index(advised["id"])
    show(title("Download the design"), said(f"The trained network at one of these widths. {CONTENT}"))
    chosen = st.selectbox(
        "Point (weight bits / activation bits), those of the front first", order, usual, key="design_point"
    )
    point = points.get(chosen, points[order[0]])
    name = f"{document['model']['name']}-{point['id'].replace('/', '-')}"
    _button("Download zip", name, partial(_made, subject, document["hardware"], point), "design_trained")


def _button(label: str, name: str, make, key: str) -> None:
    """A button that makes the zip once it is pressed."""
    st.download_button(label, make, f"{name}.zip", "application/zip", type="primary", on_click="ignore", key=key)


def _made(subject: Subject, hardware: dict, point: dict) -> bytes:
    numbers = {name: point[name] for name in WIDTHS if point[name] is not None} | point["options"]
    typical, data = subject.calibration, subject.data
    qnet = quantize(subject.net, typical.x, typical.lengths, **numbers)
    design = Design(qnet, target=hardware["target"], **(hardware["knobs"] | point["knobs"]))
    return archive(design, data.x, data.lengths)
