"""The network that three tabs are about, chosen once: it stays the same from tab to tab."""

import streamlit as st

from rnnhw.analysis import Architecture

CELLS = {"lstm": "LSTM", "gru": "GRU", "rnn": "plain RNN"}
REMEMBERED = {"persist_state": "session"}
MOST_HIDDEN, MOST_LAYERS = 512, 4


def chosen_architecture() -> tuple[Architecture, int]:
    """Inputs for a network by its sizes.

    Returns
    -------
    architecture : Architecture
    steps : int
        Of a sequence.

    Raises
    ------
    RnnhwError
        For sizes that cannot be.
    """
    cell = st.segmented_control(
        "Cell", CELLS, default="lstm", format_func=CELLS.get, key="cell", required=True, **REMEMBERED
    )
    hidden = st.slider("Hidden size (units of each layer)", 1, MOST_HIDDEN, 128, key="hidden", **REMEMBERED)
    layers = st.slider("Layers", 1, MOST_LAYERS, 2, key="layers", **REMEMBERED)
    left, middle, right = st.columns(3)
    inputs = left.number_input(
        "Inputs", 1, 4096, 1, key="inputs", help="Numbers that go in at each step.", **REMEMBERED
    )
    outputs = middle.number_input(
        "Outputs",
        0,
        4096,
        6,
        key="outputs",
        help="Units of a dense layer behind the last step; 0 for none.",
        **REMEMBERED,
    )
    steps = right.number_input("Steps", 1, 100_000, 24, key="steps", help="Length of a sequence.", **REMEMBERED)
    architecture = Architecture(cell=cell, inputs=inputs, hidden=hidden, layers=layers, outputs=outputs)
    return architecture, int(steps)
