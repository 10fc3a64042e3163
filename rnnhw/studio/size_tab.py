"""How large a network is, and what it takes to be run and trained."""

import streamlit as st

from rnnhw.analysis import Calculation, calculate, savings, side_by_side
from rnnhw.report.analysis import amount, calculation_tables, savings_table, side_by_side_table

from .common import form_and_answer, show
from .markup import Html, Tile, said, tiles
from .network_form import chosen_architecture
from .rich_tables import rich_table
from .workload_form import chosen_workload


@st.fragment
def size_tab() -> None:
    """Draw the tab."""
    form_and_answer("Your network", _asked, "Size and cost", _show)


def _asked() -> tuple:
    architecture, steps = chosen_architecture()
    return architecture, *chosen_workload(steps)


def _show(architecture, workload, processor) -> None:
    found = calculate(architecture, workload, processor)
    layers, memory, work, roofline = map(rich_table, calculation_tables(found))
    others = side_by_side_table(side_by_side(architecture, workload, processor))
    saved = savings_table(savings(architecture, workload, processor))
    exact = "Counts are exact and PyTorch's own; times are estimates by the roofline model."
    show(said(f"{architecture}; {workload}. {exact}"), _figures(found))
    show(layers, roofline, rich_table(others), rich_table(saved))
    with st.expander("Memory: figures, formulas, sources"):
        show(memory)
    with st.expander("Operations: figures, formulas, sources"):
        show(work)


def _figures(found: Calculation) -> Html:
    memory, work, time = found.memory, found.work, found.time
    return tiles(
        (
            Tile("Parameters", f"{found.parameters.value:,}", note="weights and biases, exact", best=True),
            Tile("Memory to run", amount(memory.inference.value, "B"), note=f"a batch of {found.workload.batch:,}"),
            Tile("Memory to train", amount(memory.training.value, "B"), note="with activations and optimiser"),
            Tile("Work of a step", amount(work.step_flops.value, "FLOP"), note=f"{work.step_macs.value:,} MACs"),
            Tile("One sequence", amount(time.sequence.value, "s"), note=f"estimate, {found.processor.name}"),
            Tile("An epoch", amount(time.epoch.value, "s"), note=f"estimate, {found.workload.samples:,} samples"),
            Tile("Training", amount(time.training.value, "s"), note=f"estimate, {found.workload.epochs:,} epochs"),
        )
    )
