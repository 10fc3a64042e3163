"""The form in which networks stand in files: every network comes back equal, damaged documents are refused."""

import json

import numpy as np
import pytest
from safetensors.numpy import save as safetensors_bytes

from rnnhw.importers import load
from rnnhw.network import GRU, RNN, Bidirectional, Network, save
from tests.importers.test_files import make_network, refused
from tests.networks import KINDS, random_network


def with_document(path, change, net=None):
    """Write a network (the demo one) with its JSON changed by a function, or replaced by a text."""
    save(make_network() if net is None else net, path)
    with np.load(path) as file:
        arrays = dict(file)
    text = change
    if callable(change):
        document = json.loads(arrays["rnnhw"].item())
        change(document)
        text = json.dumps(document)
    arrays["rnnhw"] = np.array(text)
    np.savez(path, **arrays)


@pytest.mark.parametrize("seed", range(30))
def test_round_trip_of_any_network(tmp_path, seed):
    net, path = random_network(np.random.default_rng(seed), kinds=KINDS, largest=4), tmp_path / "net.safetensors"
    save(net, path)
    again = load(path)
    assert again == net
    assert again.layers == net.layers


def test_options_at_their_defaults_are_left_out(tmp_path):
    save(make_network(), tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz") as file:
        document = json.loads(file["rnnhw"].item())
    assert set(document) == {"format", "name", "mode", "layers"}


def test_format_1_is_read(tmp_path):
    # as the first version wrote it: no options, LSTM and dense layers
    net, path = make_network(), tmp_path / "net.npz"
    with_document(path, lambda d: d.update(format=1))
    assert load(path) == net


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(format=3), "format 3 of the file is newer than this rnnhw reads (up to 2)"),
        (lambda d: d.update(format="x"), "format of the file must be a version from 1 to 2, not 'x'"),
        (lambda d: d.update(format=0), "format of the file must be a version from 1 to 2, not 0"),
        ("{", "the 'rnnhw' entry is damaged: it must be JSON with a format version"),
        ("[]", "the 'rnnhw' entry is damaged: it must be JSON with a format version"),
        ("[" * 100_000, "the 'rnnhw' entry is damaged: it must be JSON with a format version"),
        ("{}", "the 'rnnhw' entry is damaged: it must be JSON with a format version"),
        (lambda d: d.pop("mode"), "the 'rnnhw' entry is damaged: it must hold name, mode and layers"),
        (lambda d: d.update(layers=[3]), "the 'rnnhw' entry is damaged: it must hold name, mode and layers"),
        (lambda d: d.update(name=3), "the 'rnnhw' entry is damaged: names must be texts"),
        (lambda d: d["layers"][0].pop("name"), "the 'rnnhw' entry is damaged: names must be texts"),
        (
            lambda d: d.update(mode="x"),
            "mode must be 'one-to-one', 'one-to-many', 'many-to-one' or 'many-to-many', not 'x'",
        ),
        (
            lambda d: d["layers"][1].update(kind="cnn"),
            "kind of layer 'second' in the 'rnnhw' entry must be 'lstm', 'gru', 'rnn', "
            "'bidirectional', 'reversed' or 'dense', not 'cnn'",
        ),
        (
            lambda d: d["layers"][1].update(peepholes=True),
            "layer 'second' in the 'rnnhw' entry has an unknown property 'peepholes'",
        ),
        (lambda d: d["layers"][1].update(name="third"), "tensor 'third.weight_ih' is missing"),
        (lambda d: d["layers"].pop(), "tensor 'dense1.bias' belongs to no layer of the 'rnnhw' entry"),
        (
            lambda d: d["layers"][2].update(activation="gelu"),
            "activation of Dense 'dense0' must be 'linear' or 'relu', not 'gelu'",
        ),
        (np.zeros(2), "the 'rnnhw' entry is damaged: it must be one text"),
    ],
)
def test_documents_that_are_refused(tmp_path, change, message):
    path = tmp_path / "net.npz"
    with_document(path, change)
    refused(message, path)


def make_both():
    """A bidirectional layer of a GRU with an initial state and an RNN."""
    one = np.ones((1, 1))
    gru = GRU(np.ones((3, 1)), np.ones((3, 1)), np.ones(3), np.zeros(1), False, "there", h0=[0.5])
    return Network([Bidirectional(gru, RNN(one, one, [0], "relu", "back"), "both")], "many-to-one", head="argmax")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(steps=3), "steps must not be given with mode 'many-to-one', only with 'one-to-many'"),
        (lambda d: d.update(steps="3"), "the 'rnnhw' entry is damaged: steps must be an int, not '3'"),
        (lambda d: d.update(mode="one-to-many"), "steps is missing: the number of answers of mode 'one-to-many'"),
        (lambda d: d.update(head="max"), "head must be 'none', 'argmax' or 'softmax', not 'max'"),
        (lambda d: d.update(sigmoid=[]), "sigmoid must be 'logistic', 'hard' or 'hard-0.2', not []"),
        (lambda d: d.update(tanh="x"), "tanh must be 'tanh' or 'hard', not 'x'"),
        (lambda d: d.update(reading="x"), "reading must be 'final' or 'last-step', not 'x'"),
        (lambda d: d.update(beam=4), "the 'rnnhw' entry has an unknown property 'beam'"),
        (
            lambda d: d["layers"][0].pop("backward"),
            "the 'rnnhw' entry is damaged: backward of layer 'both' must be a layer",
        ),
        (
            lambda d: d["layers"][0]["forward"].update(kind="bidirectional"),
            "kind of layer 'there' in the 'rnnhw' entry must be 'lstm', 'gru' or 'rnn', not 'bidirectional'",
        ),
        (
            lambda d: d["layers"][0]["forward"].update(reset_after="no"),
            "the 'rnnhw' entry is damaged: reset_after of 'there' must be true or false, not 'no'",
        ),
        (
            lambda d: d["layers"][0]["backward"].update(activation="linear"),
            "activation of RNN 'back' must be 'tanh' or 'relu', not 'linear'",
        ),
        (
            lambda d: d["layers"][0]["backward"].update(reset_after=True),
            "layer 'back' in the 'rnnhw' entry has an unknown property 'reset_after'",
        ),
        (
            lambda d: d["layers"][0]["forward"].update(name="here"),
            "tensor 'here.weight_ih' is missing",
        ),
    ],
)
def test_documents_of_other_cells_that_are_refused(tmp_path, change, message):
    path = tmp_path / "net.npz"
    with_document(path, change, make_both())
    refused(message, path)


def test_arguments_that_contradict_the_file(tmp_path):
    path = tmp_path / "net.npz"
    save(make_network(), path)
    refused("mode 'many-to-one' contradicts the file, which says 'many-to-many'", path, mode="many-to-one")
    refused("layers must not be given, the file says what it is", path, layers="lstm")
    refused("head must not be given, the file says what it is", path, head="argmax")


def test_newer_format_of_safetensors(tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(safetensors_bytes({"a": np.ones(2)}, metadata={"rnnhw": '{"format": 99}'}))
    refused("format 99 of the file is newer than this rnnhw reads (up to 2)", path)
