"""The network that three tabs are about, chosen once: it stays the same from tab to tab."""

import streamlit as st

from rnnhw.analysis import Architecture

CELLS = {"lstm": "LSTM", "gru": "GRU", "rnn": "plain RNN"}
REMEMBERED = {"persist_state": "session"}
MOST_HIDDEN, MOST_LAYERS = 512, 4
MODES = {"many-to-one": "once, behind the last step", "many-to-many": "at every step"}
BIASES = {2: "2, as PyTorch", 1: "1, where only the sum counts", 0: "none"}


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
        help="Units of a dense layer behind the last layer; 0 for none.",
        **REMEMBERED,
    )
    steps = right.number_input("Steps", 1, 100_000, 24, key="steps", help="Length of a sequence.", **REMEMBERED)
    sizes = {"inputs": inputs, "hidden": hidden, "layers": layers, "outputs": outputs}
    with st.expander("Directions, answers, variants"):
        return Architecture(cell=cell, **sizes, **_variants(cell)), int(steps)


def _variants(cell: str) -> dict:
    """What else an architecture may be told; of the cells' own options those of this one."""
    found = {
        "bidirectional": st.toggle(
            "Bidirectional", key="bidirectional", help="Each layer has a second cell that goes backwards.", **REMEMBERED
        ),
        "mode": st.selectbox("Answers", MODES, format_func=MODES.get, key="mode", **REMEMBERED),
        "biases": st.selectbox("Bias vectors of a cell", BIASES, format_func=BIASES.get, key="biases", **REMEMBERED),
    }
    if cell == "rnn":
        found["activation"] = st.selectbox("Activation", ["tanh", "relu"], key="activation", **REMEMBERED)
    elif cell == "gru":
        after = st.toggle(
            "Reset after the product", True, key="reset_after", help="As PyTorch and Keras have it.", **REMEMBERED
        )
        found["reset_after"] = after
    else:
        found["projection"] = st.number_input(
            "Projection",
            0,
            MOST_HIDDEN,
            0,
            key="projection",
            help="Elements of h (PyTorch's proj_size); 0 for none. Cores have no projected LSTM.",
            **REMEMBERED,
        )
    return found
