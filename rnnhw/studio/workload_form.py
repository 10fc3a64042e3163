"""What the network is run and trained with, chosen once for the two calculators."""

import streamlit as st

from rnnhw.analysis import OPTIMISERS, PRECISIONS, PROCESSORS, Processor, Workload

from .network_form import REMEMBERED

KINDS, PRECISE = list(OPTIMISERS), list(PRECISIONS)
NAMES = list(PROCESSORS)
GIVEN = "another one"


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
    processor = _processor()
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
    return workload, processor.model_copy(update={"efficiency": share / 100})


def _processor() -> Processor:
    """One by name, or by its rates."""
    name = st.selectbox("Processor", [*NAMES, GIVEN], NAMES.index("desktop-cpu"), key="processor", **REMEMBERED)
    if name != GIVEN:
        return PROCESSORS[name]
    left, middle, right = st.columns(3)
    peak = left.number_input("GFLOP/s", 1e-3, 1e9, 100.0, key="peak", help="Its highest rate.", **REMEMBERED)
    bandwidth = middle.number_input("GB/s", 1e-3, 1e9, 20.0, key="bandwidth", help="Of its memory.", **REMEMBERED)
    cache = right.number_input(
        "Cache, MB", 0.0, 1e6, 0.0, key="cache", help="Weights that fit in it are read once a sequence.", **REMEMBERED
    )
    return Processor(name=GIVEN, peak_gflops=peak, bandwidth_gbs=bandwidth, cache_mb=cache)
