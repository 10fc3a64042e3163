"""What the network is run and trained with, chosen once for the two calculators."""

import streamlit as st

from rnnhw.analysis import OPTIMISERS, PRECISIONS, PROCESSORS, Processor, Workload

from .network_form import REMEMBERED

KINDS, PRECISE = list(OPTIMISERS), list(PRECISIONS)
NAMES = list(PROCESSORS)


def chosen_workload(steps: int) -> tuple[Workload, Processor]:
    """Inputs for batch, data, optimiser, precision and processor.

    Parameters
    ----------
    steps : int
        Of a sequence.

    Raises
    ------
    RnnhwError
        For numbers that cannot be, or a precision that the processor does not compute in.
    """
    left, middle, right = st.columns(3)
    batch = left.number_input("Batch", 1, 65_536, 64, key="batch", help="Sequences that go together.", **REMEMBERED)
    samples = middle.number_input(
        "Samples", 1, 10**12, 26_000, key="samples", help="Sequences to train on.", **REMEMBERED
    )
    epochs = right.number_input("Epochs", 1, 10**6, 100, key="epochs", help="Times through all samples.", **REMEMBERED)
    left, right = st.columns(2)
    optimiser = left.selectbox("Optimiser", KINDS, KINDS.index("adam"), key="optimiser", **REMEMBERED)
    precision = right.selectbox("Numbers", PRECISE, PRECISE.index("float32"), key="precision", **REMEMBERED)
    name = st.selectbox("Processor", NAMES, NAMES.index("desktop-cpu"), key="processor", **REMEMBERED)
    share = st.slider(
        "Efficiency assumed, in %",
        1,
        100,
        50,
        key="efficiency",
        help="Share of the roofline's bound that is reached; measure it with rnnhw calc --measure.",
        **REMEMBERED,
    )
    numbers = {"batch": int(batch), "samples": int(samples), "epochs": int(epochs)}
    workload = Workload(steps=steps, optimiser=optimiser, precision=precision, **numbers)
    return workload, PROCESSORS[name].model_copy(update={"efficiency": share / 100})
