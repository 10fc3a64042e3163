"""The trained network and the data that the page works on: the shipped ones, or uploads."""

from dataclasses import dataclass

import streamlit as st

from rnnhw.data import digits_calibration, digits_model, digits_test
from rnnhw.errors import RnnhwError
from rnnhw.importers import load
from rnnhw.importers.load import EXTENSIONS
from rnnhw.network import Dataset, Network, load_data

from .common import literal, sentences, show
from .facts import asked_facts, has_facts
from .markup import said
from .server import MOST_UPLOAD_MB
from .uploads import DATA, open_data, open_model

SHIPPED, OWN = "Shipped: LSTM-32 for handwritten digits", "Upload my own"


@dataclass(frozen=True, eq=False)
class Subject:
    """A trained network with data.

    Parameters
    ----------
    net : Network
    data, calibration : Dataset
        What is measured on, and what formats are chosen by; may be the same.
    sources : dict
        What they are called (`rnnhw.comparison.compare`).
    """

    net: Network
    data: Dataset
    calibration: Dataset
    sources: dict


def chosen_subject() -> Subject | None:
    """Ask for a network and data; None as long as something is missing or was refused, which the page then says."""
    choice = st.radio("Model and data", (SHIPPED, OWN), key="subject", horizontal=True, persist_state="session")
    if choice == SHIPPED:
        show(said("450 digits of 8 x 8 pixels, read row by row; 256 other ones to choose number formats by."))
        return _shipped()
    model, data, calibration = _uploads()
    if model is None:
        return None
    net = _model(model)
    if net is None:
        return None
    show(said(_told(net)))
    if data is None:
        return None
    with sentences():
        measured = _remembered("data", (data.file_id, net.input_size), lambda: open_data(data, net))
        sources = {"model": model.name, "data": data.name}
        if calibration is None:
            show(said("Without calibration data, number formats are chosen on the data that is measured on."))
            return Subject(net, measured, measured, sources)
        typical = _remembered("calibration", (calibration.file_id, net.input_size), lambda: open_data(calibration, net))
        return Subject(net, measured, typical, sources | {"calibration": calibration.name})
    return None


def _uploads():
    kinds = {"max_upload_size": MOST_UPLOAD_MB}
    model = st.file_uploader(
        f"Model: {', '.join(EXTENSIONS)}",
        key="model_file",
        help="Read, never run: nothing in it is unpickled.",
        **kinds,
    )
    left, right = st.columns(2)
    with left:
        data = st.file_uploader(
            "Data to measure on: .npz",
            type=DATA,
            key="data_file",
            help="x (sequences, steps, inputs); y: labels or targets; lengths, if they differ. numpy.savez makes it.",
            **kinds,
        )
    with right:
        calibration = st.file_uploader(
            "Typical inputs to calibrate with: .npz (may be missing)", type=DATA, key="calibration_file", **kinds
        )
    return model, data, calibration


def _model(upload) -> Network | None:
    """The uploaded network; what it does not say is asked for where the importer asks."""
    try:
        return _remembered("net", (upload.file_id,), lambda: open_model(upload))
    except RnnhwError as error:
        if not has_facts(upload.name):
            st.error(literal(error))
            return None
    with sentences():
        facts = asked_facts()
        return _remembered("net_told", (upload.file_id, *sorted(facts.items())), lambda: open_model(upload, facts))
    return None


def _told(net: Network) -> str:
    layers = " → ".join(str(size) for size in (net.input_size, *(layer.output_size for layer in net.layers)))
    return f"{net.mode}, sizes {layers}"


@st.cache_resource(show_spinner=False)
def _shipped() -> Subject:
    net = load(digits_model())
    paths = {"data": digits_test(), "calibration": digits_calibration()}
    sets = {name: load_data(path, net.input_size) for name, path in paths.items()}
    sources = {"model": digits_model().name} | {name: path.name for name, path in paths.items()}
    return Subject(net, sources=sources, **sets)


def _remembered(name: str, key: tuple, make):
    """What was made last under this name, if that was from the same."""
    kept = st.session_state.get(f"made_{name}")
    if kept is None or kept[0] != key:
        kept = key, make()
        st.session_state[f"made_{name}"] = kept
    return kept[1]
