"""The page without a browser: what goes wrong becomes a sentence, and only that."""

import logging
import sys

import pytest

streamlit_testing = pytest.importorskip("streamlit.testing.v1", reason='no streamlit: pip install "rnnhw[studio]"')


@pytest.fixture(autouse=True)
def own_main(monkeypatch):
    """Streamlit puts its script in the place of ``__main__``, which processes that are started later would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def failing(kind: str):
    """A page on which something goes wrong."""
    import streamlit as st

    from rnnhw.errors import RnnhwError
    from rnnhw.studio.common import sentences

    with sentences():
        if kind == "user":
            raise RnnhwError("hidden must be in 1..512, not *0*")
        if kind == "surprise":
            raise ZeroDivisionError("secret of the inside")
        st.stop()
    st.write("goes on")


@pytest.mark.parametrize(
    ("kind", "error", "logged"),
    [
        ("user", r"hidden must be in 1\.\.512\, not \*0\*", False),
        ("surprise", "This went wrong, and it should not have: what happened stands in the terminal", True),
    ],
)
def test_sentences(kind, error, logged, caplog):
    with caplog.at_level(logging.ERROR, logger="rnnhw.studio.common"):
        app = streamlit_testing.AppTest.from_function(failing, args=(kind,)).run()
    assert app.exception == []
    (shown,) = app.error
    assert shown.value.startswith(error)
    assert [item.value for item in app.markdown] == ["goes on"]
    assert ("secret of the inside" in caplog.text) == logged


def test_streamlits_own_control_flow_is_left_alone():
    app = streamlit_testing.AppTest.from_function(failing, args=("stop",)).run()
    assert (app.exception, app.error, app.markdown) == ([], [], [])


def test_a_network_that_cannot_be_is_a_sentence():
    def hardware():
        from rnnhw.studio.hardware_tab import hardware_tab

        hardware_tab()

    app = streamlit_testing.AppTest.from_function(hardware, default_timeout=30).run()
    assert app.exception == []
    assert app.error == []
    app.number_input(key="inputs").set_value(4096)
    app.slider(key="hidden").set_value(512)
    app.slider(key="layers").set_value(4)
    app.run()
    assert app.exception == []
    (shown,) = app.error
    assert "weights" in shown.value
