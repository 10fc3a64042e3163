"""Questions about what a state dict does not say, asked once the importer does."""

from pathlib import Path

import streamlit as st

from rnnhw.importers.readers import READERS
from rnnhw.network.cells import RNN_ACTIVATIONS
from rnnhw.network.options import HEADS, MODES, ONE_TO_MANY, READINGS, SIGMOIDS, TANHS

UNSAID = "not said"
CHOICES = {
    "mode": ("How a sequence is answered", MODES),
    "reading": ("Of a bidirectional layer, many-to-one", READINGS),
    "nonlinearity": ("Of a plain RNN", RNN_ACTIVATIONS),
    "update_gate": ("A GRU's z stands with the old state (keep) or the new (take)", ("keep", "take")),
    "reset_after": ("A GRU's r acts after the linear map", ("yes", "no")),
    "head": ("After the last layer", HEADS),
    "sigmoid": ("Sigmoid", SIGMOIDS),
    "tanh": ("Hyperbolic tangent", TANHS),
}


def has_facts(name: str) -> bool:
    """Whether a file of this name may be a state dict, which leaves things open."""
    return Path(name).suffix.lower() in READERS


def asked_facts() -> dict:
    """Inputs for what a state dict leaves open.

    Returns
    -------
    dict
        Of `rnnhw.importers.load`, without what is not said.
    """
    with st.expander("What the file does not say", expanded=True):
        left, right = st.columns(2)
        found = {}
        for at, (name, (label, choices)) in enumerate(CHOICES.items()):
            with (left, right)[at % 2]:
                value = st.selectbox(label, (UNSAID, *choices), key=f"fact_{name}", persist_state="session")
            if value != UNSAID:
                found[name] = value == "yes" if name == "reset_after" else value
        layers = left.text_input("Order of layers, such as lstm,fc1,relu,fc2", key="fact_layers", max_chars=500)
        if layers.strip():
            found["layers"] = layers.strip()
        if found.get("mode") == ONE_TO_MANY:
            found["steps"] = right.number_input("Answers of a sequence", 1, 1_000_000, 8, key="fact_steps")
    return found
