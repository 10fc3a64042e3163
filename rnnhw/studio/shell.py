"""The page: its head, and its tabs, of which only those are drawn that have to be."""

import streamlit as st

from .common import sentences, show
from .hardware_tab import hardware_tab
from .markup import said
from .size_tab import size_tab
from .theme import style
from .training_tab import training_tab
from .widths_tab import widths_tab

TABS = {
    "Hardware": hardware_tab,
    "Size and cost": size_tab,
    "Training": training_tab,
    "Bit-widths": widths_tab,
}
#: Drawn while others are open, too, once they were seen: uploads go with their widgets.
KEPT = {"Bit-widths"}


def page() -> None:
    """Draw the page; Streamlit calls this for each visit and each change of the tab."""
    st.set_page_config(page_title="rnnhw studio", layout="wide", menu_items={})
    st.html(style())
    st.title("rnnhw studio", anchor=False)
    show(
        said(
            "Before hardware is made of a recurrent network: how large it is, what it costs to run and to train, "
            "whether it will train, and which board holds it. All of it is computed on this machine."
        )
    )
    seen = st.session_state.setdefault("seen", set())
    for tab, name in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS, strict=True):
        if tab.open:
            seen.add(name)
        if tab.open or name in seen & KEPT:
            with tab, sentences():
                TABS[name]()
