"""Whether a network will train: how gradients travel back through time, and what that takes."""

import streamlit as st

from rnnhw.analysis import FRAMEWORKS, Architecture, Processor, Workload, initial_network, other_cells
from rnnhw.analysis.bptt import Bptt, analyse
from rnnhw.report.analysis import amount, bptt_tables, cells_table, gradient_plot

from .common import form_and_answer, picture, show
from .markup import Html, Tile, listed, said, tiles
from .network_form import CELLS, REMEMBERED, chosen_architecture
from .rich_tables import rich_table
from .workload_form import chosen_workload

SEED = 0
ABOUT = (
    "Backpropagation through time multiplies a gradient by a Jacobian for each step that it goes back: it fades or "
    "grows. Here the real Jacobians are multiplied along sequences, of weights as training begins."
)
NAMES = {"pytorch": "PyTorch", "keras": "Keras"}
RISKS = {"vanishing": "Gradients vanish", "exploding": "Gradients explode"}


@st.fragment
def training_tab() -> None:
    """Draw the tab."""
    form_and_answer("Your network", _asked, "Will it train?", _analysed, said(ABOUT))


def _asked() -> tuple:
    architecture, steps = chosen_architecture()
    return architecture, *chosen_workload(steps), *_wishes()


def _wishes() -> tuple[dict, str]:
    """Options of `analyse`, and whose first weights are drawn."""
    left, middle, right = st.columns(3)
    rate = left.number_input("Learning rate", 1e-6, 10.0, 0.001, format="%g", key="learning_rate", **REMEMBERED)
    clip = middle.number_input(
        "Clip norm", 0.0, 1e6, 0.0, format="%g", key="clip_norm", help="0: as recommended.", **REMEMBERED
    )
    cut = right.number_input(
        "Cut after", 0, 100_000, 0, key="truncation", help="Steps that gradients go back; 0: all.", **REMEMBERED
    )
    framework = st.selectbox(
        "Weights as they begin in", FRAMEWORKS, format_func=NAMES.get, key="framework", **REMEMBERED
    )
    return {"learning_rate": rate, "clip_norm": clip or None, "truncation": int(cut) or None}, framework


def _analysed(*asked) -> None:
    """A button that analyses, and what it found last."""
    kept = st.session_state.get("bptt")
    if st.button("Analyse", type="primary", key="analyse", help="Takes seconds, for large networks minutes."):
        with st.spinner("Multiplying Jacobians ..."):
            kept = st.session_state["bptt"] = asked, _analyses(*asked)
    if kept is None:
        show(said("Press Analyse: it takes some seconds."))
        return
    if kept[0] != asked:
        st.info("These are the figures of what was chosen before. Press Analyse for those of the new choice.")
    _show(kept[0][0], kept[1])


def _analyses(
    architecture: Architecture, workload: Workload, processor: Processor, options: dict, framework: str
) -> dict[str, Bptt]:
    """All three cells, of the same sizes."""
    options = options | {"workload": workload, "processor": processor, "biases": architecture.biases}
    return {
        cell: analyse(initial_network(each, SEED, framework), **options)
        for cell, each in other_cells(architecture).items()
    }


def _show(architecture: Architecture, results: dict[str, Bptt]) -> None:
    chosen = results[architecture.cell]
    asked = said(f"{architecture}; {chosen.workload}; {chosen.source}.")
    show(asked, _figures(chosen), listed(chosen.advice))
    picture(gradient_plot([results[cell] for cell in CELLS], dark=st.context.theme.type == "dark"), "gradients")
    show(rich_table(cells_table({cell: results[cell] for cell in CELLS})))
    with st.expander("All figures, with thresholds and sources"):
        show(*map(rich_table, bptt_tables(chosen)))


def _figures(chosen: Bptt) -> Html:
    best = chosen.truncation.recommended
    risks = [Tile(name, chosen.risks[kind].level, note="risk") for kind, name in RISKS.items()]
    time = (
        ()
        if chosen.best.epoch is None
        else (Tile("An epoch, truncated", amount(chosen.best.epoch, "s"), note="estimate"),)
    )
    return tiles(
        (
            *risks,
            Tile("Truncate at", f"{best.steps:,}", "steps", f"of {chosen.workload.steps:,}", best=True),
            Tile("Clip at norm", f"{chosen.clipping.recommended:.3g}", note="recommended"),
            Tile("Activations, in full", amount(chosen.full.activations, "B"), note="kept for a batch"),
            Tile("Activations, truncated", amount(chosen.best.activations, "B"), note=f"{best.steps:,} steps"),
            *time,
        )
    )
