"""The shipped example: the files are whole, apart from each other, and the model reads digits."""

import numpy as np

from rnnhw.data import digits_calibration, digits_model, digits_test
from rnnhw.importers import load


def read(path):
    with np.load(path) as file:
        return dict(file)


def test_accuracy_of_the_float_reference():
    net, test = load(digits_model()), read(digits_test())
    assert (net.mode, net.name, net.input_size, net.output_size) == ("many-to-one", "digits_lstm", 8, 10)
    assert [(layer.kind, layer.output_size) for layer in net.layers] == [("lstm", 32), ("dense", 10)]
    right = int((net.run(test["x"]).argmax(axis=1) == test["y"]).sum())
    assert right / 450 >= 0.975
    assert right == 443  # what rnnhw/data/README.md says


def test_data_sets():
    test, calibration = read(digits_test()), read(digits_calibration())
    for data, sequences in ((test, 450), (calibration, 256)):
        assert data["x"].shape == (sequences, 8, 8)
        assert data["x"].dtype == np.float32
        assert data["y"].shape == (sequences,)
        assert data["y"].dtype == np.int64
        assert data["x"].min() == 0
        assert data["x"].max() == 1
        assert (data["x"] * 16 == np.round(data["x"] * 16)).all()
        assert np.bincount(data["y"]).min() >= 15
        assert data["y"].max() == 9
    seen = {image.tobytes() for image in calibration["x"]}
    assert len(seen) == 256
    assert not seen & {image.tobytes() for image in test["x"]}


def test_the_model_is_stored_in_float32():
    for layer in load(digits_model()).layers:
        for tensor in layer.tensors:
            array = getattr(layer, tensor)
            assert (array.astype(np.float32) == array).all()
    assert digits_model().stat().st_size < 25_000
