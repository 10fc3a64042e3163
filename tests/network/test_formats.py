"""Formats that a network brings: checked against its layers, kept in files."""

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save as safetensors_bytes

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.importers import load
from rnnhw.network import save
from tests.golden.two_ways import two_ways
from tests.networks import random_network

FORMATS = {
    "input": QFormat(8, 6),
    "lstm0.weight_ih": QFormat(6, 4),
    "lstm0.weight_hh": (QFormat(6, 4), QFormat(6, 5, symmetric=True), QFormat(6, -3), QFormat(6, 70)),
    "lstm0.h": QFormat(8, 7),
    "fc0.weight": QFormat(6, 5),
    "fc0.y": QFormat(16, 10),
}


@pytest.fixture
def net():
    sizes = {"inputs": 2, "hidden": [3], "outputs": [2]}
    return random_network(np.random.default_rng(0), **sizes, mode="many-to-one", name="some")


@pytest.mark.parametrize("suffix", ["safetensors", "npz"])
def test_they_come_back_from_a_file(tmp_path, net, suffix):
    path = tmp_path / f"net.{suffix}"
    save(replace(net, formats=FORMATS), path)
    again = load(path)
    assert again.formats == FORMATS
    assert again == replace(net, formats=FORMATS) != net
    save(net, path)
    assert load(path).formats == {}
    assert load(path) == net


def test_the_reference_knows_nothing_of_them(net):
    x = np.random.default_rng(1).normal(0, 1, (2, 3, 2))
    assert (replace(net, formats=FORMATS).run(x) == net.run(x)).all()


def test_cells_of_a_bidirectional_layer_have_places_of_their_own():
    net = two_ways(np.random.default_rng(0), "gru", "many-to-many")
    formats = {"f0.h": QFormat(8, 7), "b1.weight_ih": (QFormat(8, 7),) * 3}
    assert replace(net, formats=formats).formats == formats
    with pytest.raises(RnnhwError, match=r"^formats have no place 'both0\.h'; there are input, f0\.weight_ih, [^\n]+$"):
        replace(net, formats={"both0.h": QFormat(8, 7)})


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        ([], "formats must be a mapping of names to QFormat, not list"),
        (
            {"lstm0.c": QFormat(8, 7)},
            "formats have no place 'lstm0.c'; there are input, lstm0.weight_ih, lstm0.weight_hh, lstm0.h, "
            "fc0.weight, fc0.y",
        ),
        ({"input": 8}, "format of input must be a QFormat, not int"),
        ({"input": (QFormat(8, 7),)}, "format of input must be a QFormat, not tuple"),
        ({"lstm0.weight_ih": (QFormat(8, 7), 3, 3, 3)}, "format of lstm0.weight_ih must be a QFormat, not int"),
        ({"lstm0.weight_ih": (QFormat(8, 7),) * 3}, "formats of lstm0.weight_ih must be 4, one a gate, not 3"),
    ],
)
def test_refusals(net, formats, message):
    with pytest.raises((RnnhwError, TypeError)) as caught:
        replace(net, formats=formats)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        (3, "formats must be a table"),
        ({"input": 8}, "a format must be a table of its numbers, not 8"),
        ({"input": {"width": 8}}, "signed of a format must be true or false"),
        ({"input": {"width": 0, "frac": 1, "signed": True, "symmetric": False}}, "width must be in 1..62, not 0"),
        ({"input": {"width": "8", "frac": 1, "signed": True, "symmetric": False}}, "width must be an integer, not '8'"),
    ],
)
def test_damaged_files(tmp_path, net, formats, message):
    path = tmp_path / "net.safetensors"
    save(net, path)
    with safe_open(path, framework="numpy") as file:
        document = json.loads(file.metadata()["rnnhw"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    path.write_bytes(safetensors_bytes(tensors, {"rnnhw": json.dumps(document | {"formats": formats})}))
    with pytest.raises(RnnhwError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: the 'rnnhw' entry is damaged: {message}"
