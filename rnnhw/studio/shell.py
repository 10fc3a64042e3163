"""The page: its head, and its tabs, of which only the open one is drawn."""

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
    for tab, draw in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS.values(), strict=True):
        if tab.open:
            with tab, sentences():
                draw()
