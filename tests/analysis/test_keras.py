"""Parameters against what Keras counts."""

import pytest

from rnnhw.analysis import Architecture
from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import load_keras

pytest.importorskip("torch")
try:
    keras = load_keras()
except RnnhwError as error:
    pytest.skip(str(error), allow_module_level=True)
LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}
CASES = [
    ("lstm", 1, {}),
    ("rnn", 1, {}),
    ("gru", 2, {"reset_after": True}),
    ("gru", 1, {"reset_after": False}),
    ("lstm", 0, {"use_bias": False}),
    ("gru", 0, {"use_bias": False}),
]


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("cell", "biases", "options"), CASES)
def test_parameters_are_those_of_keras(cell, biases, options, both):
    """Two layers and a dense one; Keras's LSTM and SimpleRNN have one bias vector, its GRU two with the reset after."""
    model = keras.Sequential([keras.Input((6, 3))])
    for sequences in (True, False):
        layer = LAYERS[cell](7, return_sequences=sequences, **options)
        model.add(keras.layers.Bidirectional(layer) if both else layer)
    model.add(keras.layers.Dense(4, use_bias=biases > 0))
    reset = {"reset_after": options["reset_after"]} if "reset_after" in options else {}
    ours = Architecture(cell=cell, inputs=3, hidden=7, layers=2, bidirectional=both, outputs=4, biases=biases, **reset)
    assert ours.shape.parameters == model.count_params()
