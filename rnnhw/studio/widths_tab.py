"""Which bit-widths: a trained network at several widths, what each loses and what it takes."""

from contextlib import contextmanager
from functools import partial

import streamlit as st

from rnnhw.boards import BOARDS
from rnnhw.comparison import Comparison, compare
from rnnhw.report.comparison import comparison_page

from .common import sentences, show
from .design_download import offer_point
from .markup import said
from .subject import Subject, chosen_subject
from .widths_result import show_plot, show_points, show_summary

NO_BOARD = "none: cycles and memory only"
SEQUENCES = 20  # that each point of the front is simulated with


@st.fragment
def widths_tab() -> None:
    """Draw the tab."""
    st.subheader("What do fewer bits cost?")
    show(
        said(
            "Fewer bits make smaller hardware and worse answers. Here the network is quantised to every pair of "
            "widths, run bit by bit as the hardware would, and measured on data; hardware is estimated."
        )
    )
    subject = None
    with sentences():
        subject = chosen_subject()
    asked = subject, *_options()
    if subject is None:
        show(said("Choose a model and data first."))
    wanted = st.button("Compare", type="primary", disabled=subject is None, key="compare")
    if wanted:
        st.session_state.pop("comparison", None)
        st.session_state["comparing"] = True  # as long as nothing else is pressed, which ends this run of the page
        with sentences():
            st.session_state["comparison"] = asked, _compared(*asked)
        st.session_state["comparing"] = False
    elif st.session_state.get("comparing"):
        st.info("The comparison was interrupted by what was pressed meanwhile. Press Compare to begin again.")
    if "comparison" in st.session_state:
        kept, found = st.session_state["comparison"]
        if not _same(kept, asked):
            st.info("These are the figures of what was compared before. Press Compare for those of the new choice.")
        _show(kept[0], found)


def _same(kept: tuple, asked: tuple) -> bool:
    """Whether what was compared is what is chosen now: the very same network and data, and equal options."""
    (before, *options), (now, *others) = kept, asked
    same = now is not None and all(
        getattr(before, name) is getattr(now, name) for name in ("net", "data", "calibration")
    )
    return same and options == others


def _options() -> tuple[dict, str | None, int]:
    """Options of the comparison, the target, and the sequences that are simulated."""
    first, second, third, fourth = st.columns(4)
    remembered = {"persist_state": "session"}
    weights = first.multiselect("Weight bits", range(1, 17), (4, 6, 8), key="widths_w", **remembered)
    activations = second.multiselect("Activation bits", range(4, 17), (4, 6, 8), key="widths_a", **remembered)
    board = third.selectbox("Board", (*BOARDS, NO_BOARD), key="widths_board", **remembered)
    lanes = fourth.number_input(
        "Lanes", 1, 1024, 8, key="widths_lanes", help="Multiply-accumulators side by side, at most.", **remembered
    )
    simulated = st.toggle(
        f"Simulate the best ones as hardware, too ({SEQUENCES} sequences each; takes minutes)", key="widths_simulate"
    )
    options = {"weight_bits": sorted(weights), "activation_bits": sorted(activations), "lanes": int(lanes)}
    return options, None if board == NO_BOARD else board, SEQUENCES * simulated


def _compared(subject: Subject, options: dict, target: str | None, verify: int) -> Comparison:
    return compare(
        subject.net,
        subject.data,
        subject.calibration,
        target=target,
        verify=verify,
        workers=1,
        progress=_progress,
        sources=subject.sources,
        **options,
    )


@contextmanager
def _progress(title: str):
    """A bar as long as something goes on (`rnnhw.sweep.Counts`)."""
    place = st.empty()
    shown = place.progress(0.0, title)

    def tell(counts) -> None:
        shown.progress(counts.done / max(counts.total, 1), f"{title}: {counts.done} of {counts.total}")

    try:
        yield tell
    finally:
        place.empty()


def _show(subject: Subject, found: Comparison) -> None:
    """The result, its page, and a design of one of its points."""
    document = found.document()
    show_summary(document, found.failures)
    with sentences():
        show_plot(document)
    show_points(document)
    with sentences():
        st.download_button(
            "Download the report (HTML)",
            partial(_page, found),
            file_name=f"{document['model']['name']}-widths.html",
            mime="text/html",
            on_click="ignore",
            key="widths_report",
            help="One file that needs no network: all costs, errors by layer and step, histograms.",
        )
        offer_point(subject, document)


def _page(found: Comparison) -> str:
    return comparison_page(found.document())
