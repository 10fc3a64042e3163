"""`.keras` files: what live models are, and nothing in them is run."""

import json
import re
import zipfile

import numpy as np
import pytest

import rnnhw
from rnnhw.errors import RnnhwError
from rnnhw.importers import from_keras, load
from rnnhw.importers.keras import files
from tests.importers.keras.keras_forms import agrees, functional, keras, layers, ops, quiet, sequential

pytestmark = quiet


def saved(model, folder):
    path = folder / "net.keras"
    model.save(path)
    return path


def changed(path, change, metadata=None):
    """The file with another configuration of the model."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    change(config)
    parts["config.json"] = json.dumps(config).encode()
    if metadata is not None:
        parts["metadata.json"] = json.dumps(metadata).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def refused(message, path):
    with pytest.raises(RnnhwError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: {message}"


FORMS = {
    "sequential": lambda: sequential(
        layers.Masking(-1.0),
        layers.Bidirectional(layers.GRU(3, return_sequences=True, reset_after=False)),
        layers.LSTM(4, dropout=0.2, kernel_regularizer="l2", bias_constraint="non_neg"),
        layers.Dense(3, activation="softmax"),
    ),
    "functional": lambda: functional(
        lambda x: layers.Dense(2, activation="relu")(
            ops.transpose(layers.LSTM(4, return_sequences=True)(x), (1, 0, 2))[-1]
        )
    ),
    "inside of a model": lambda: functional(
        lambda x: keras.Sequential([keras.Input((None, 4)), layers.RNN(layers.GRUCell(3)), layers.Dense(2)])(
            layers.SimpleRNN(4, return_sequences=True)(x)
        )
    ),
    "stacked cells": lambda: sequential(layers.RNN([layers.LSTMCell(3), layers.SimpleRNNCell(2)]), layers.Dense(2)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore:the model skips steps:rnnhw.importers.keras.KerasWarning")
def test_files_and_live_models_are_the_same(form, tmp_path):
    model = FORMS[form]()
    path = saved(model, tmp_path)
    live, net = from_keras(model), load(path)
    assert (net.layers, net.options, net.name) == (live.layers, live.options, "net")
    assert load(path, name="other", mode=live.mode).name == "other"
    if form != "sequential":
        agrees(net, model)


def test_a_compiled_model_and_the_package(tmp_path):
    model = sequential(layers.LSTM(3), layers.Dense(1))
    model.compile("adam", "mse")
    path = saved(model, tmp_path)
    agrees(rnnhw.load(path), model)
    agrees(rnnhw.from_keras(model), model)


def test_what_the_command_line_shows(tmp_path, run):
    path = saved(sequential(layers.GRU(4, reset_after=False), layers.Dense(2)), tmp_path)
    code, printed, error = run("inspect", path)
    assert (code, error) == (0, "")
    assert "gru0" in printed
    assert "many-to-one" in printed
    code, printed, error = run("inspect", saved(sequential(layers.Conv1D(2, 1, name="c"), layers.GRU(4)), tmp_path))
    assert code == 2
    assert "layer 'c' (Conv1D) is not supported" in error


makes_a_folder = lambda y: (  # noqa: E731 - Keras stores the code of lambdas only
    __import__("os").makedirs(__import__("os").environ["RNNHW_TEST_FOLDER"], exist_ok=True),
    y,
)[1]


def test_code_in_a_file_is_not_run(tmp_path, monkeypatch):
    made, path = tmp_path / "made", tmp_path / "net.keras"
    monkeypatch.setenv("RNNHW_TEST_FOLDER", str(made))
    x = keras.Input((None, 3))
    code = layers.Lambda(makes_a_folder, name="f")
    keras.Model(x, code(layers.GRU(3)(x))).save(path)
    made.rmdir()  # it was run to build the model
    refused("layer 'f' (Lambda) is not supported: it runs code of its own", path)
    assert not made.exists()
    keras.saving.load_model(path, safe_mode=False)  # control: Keras would run it
    assert made.exists()


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`:UserWarning")
def test_functions_in_a_file(tmp_path):
    x, path = keras.Input((None, 3)), tmp_path / "net.keras"
    y = layers.GRU(3)(x)
    keras.Model(x, layers.Dense(2, activation=lambda y: y * 2.0, name="d")(y)).save(path)
    refused("activation of layer 'd' (Dense) is a Python lambda, which is not run", path)
    keras.Model(x, layers.Dense(2, activation=named, name="d")(y)).save(path)
    refused("layer 'd' (Dense) holds the function 'named', which is not run", path)
    for activation in (ops.relu, keras.activations.relu, "relu"):
        model = keras.Model(x, layers.Dense(2, activation=activation)(y))
        model.save(path)
        agrees(load(path), model)


def named(x):
    return x * 3.0


@keras.saving.register_keras_serializable(package="mine")
class Registered(keras.layers.LSTM):
    """A layer of one's own that Keras would find, since it is registered in this process."""

    @classmethod
    def from_config(cls, config):
        raise AssertionError("must not be called")


class Unregistered(keras.layers.LSTM):
    pass


def test_custom_objects(tmp_path):
    for kind, name in ((Registered, "mine>Registered"), (Unregistered, "Unregistered")):
        path = saved(keras.Sequential([keras.Input((None, 3)), kind(3)], name="s"), tmp_path)
        what = f"holds the custom object {name!r} of {__name__!r}, whose code is not run"
        refused(f"model 's' (Sequential) {what}", path)


def layer_of(config, number=1):
    return config["config"]["layers"][number]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda config: layer_of(config).update({"class_name": "TorchModuleWrapper"}),
            "layer 'g' (TorchModuleWrapper) is not supported",
        ),
        (
            lambda config: layer_of(config).update({"module": "os", "class_name": "system"}),
            "model 's' (Sequential) holds the custom object 'system' of 'os', whose code is not run",
        ),
        (
            lambda config: layer_of(config).update({"module": "keras.utils", "class_name": "get_file"}),
            "layer 'g' (get_file) is not supported",
        ),
        (
            lambda config: layer_of(config).update({"registered_name": "mine>Registered"}),
            "model 's' (Sequential) holds the custom object 'mine>Registered' of 'keras.layers', whose code is not run",
        ),
        (
            lambda config: layer_of(config)["config"].update(
                {"kernel_initializer": {"module": "keras.utils", "class_name": "get_file", "config": {}}}
            ),
            "layer 'g' (GRU) holds a get_file, which is not supported",
        ),
        (
            lambda config: layer_of(config).update({"class_name": ["GRU"]}),
            "model 's' (Sequential) holds an object without a name",
        ),
        (
            lambda config: layer_of(config)["config"].update(
                {"recurrent_activation": {"class_name": "__lambda__", "config": {"value": "4wEAAAAA"}}}
            ),
            "layer 'g' (GRU) holds a Python lambda, which is not run",
        ),
        (lambda config: layer_of(config)["config"].update({"units": -3}), None),
        (lambda config: config.pop("config"), None),
    ],
)
def test_changed_files(change, message, tmp_path):
    path = saved(keras.Sequential([keras.Input((None, 3)), layers.GRU(3, name="g")], name="s"), tmp_path)
    changed(path, change)
    if message is not None:
        refused(message, path)
        return
    with pytest.raises(RnnhwError, match=re.escape(f"{path}: Keras cannot load it: ")) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_the_hard_sigmoid_of_keras_2(tmp_path):
    model = sequential(layers.LSTM(3, recurrent_activation="hard_sigmoid"))
    path = saved(model, tmp_path)
    assert load(path).sigmoid == "hard"
    changed(path, lambda config: None, {"keras_version": "2.15.0"})
    refused(
        "Keras 2.15.0 saved it, whose hard_sigmoid is clip(x / 5 + 1/2), but in Keras 3 it is clip(x / 6 + 1/2)", path
    )
    path = changed(saved(sequential(layers.GRU(3)), tmp_path), lambda config: None, {"keras_version": "2.15.0"})
    assert load(path).sigmoid == "logistic"


def test_other_files(tmp_path):
    path, nothing = tmp_path / "net.keras", "is no .keras file: it must be a zip with config.json and metadata.json"
    refused("no such file", path)
    path.write_bytes(b"")
    refused(nothing, path)
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    refused(nothing, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "[" * 100_000)
        archive.writestr("metadata.json", "{}")
    refused(nothing, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("metadata.json", "[]")
    refused(nothing, path)
    good = saved(sequential(layers.GRU(3)), tmp_path).read_bytes()
    for length in (100, len(good) // 2, len(good) - 10):
        path.write_bytes(good[:length])
        refused(nothing, path)
    path.write_bytes(good)
    with pytest.raises(RnnhwError, match=re.escape(f"{path}: reading must not be given, the file says what it is")):
        load(path, reading="final")
    with pytest.raises(RnnhwError, match="mode 'many-to-many' contradicts the file, which says 'many-to-one'"):
        load(path, mode="many-to-many")


def test_weights_that_are_missing(tmp_path):
    path = saved(sequential(layers.GRU(3)), tmp_path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if not name.endswith(".h5")}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    with pytest.raises(RnnhwError, match=re.escape(f"{path}: Keras cannot load it: ")):
        load(path)


def test_all_layers_that_files_may_hold_are_keras_s():
    """Control: a name with a slip would refuse what is understood."""
    assert [name for name in files._LAYERS if not hasattr(layers, name)] == []
    assert np.all([isinstance(getattr(layers, name), type) for name in files._LAYERS])
