"""Quantised networks go to one file and come back equal; files that cannot be used are refused in one line."""

import json
import pickle
from dataclasses import fields

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save as safetensors_bytes

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.network import save
from rnnhw.quantize import load_quantized, quantize, save_quantized
from rnnhw.quantize.storage import FORMAT_VERSION
from tests.networks import random_batch, random_network

assert rnnhw.golden


def make(seed: int = 0, **options):
    """A quantised network of two LSTM and two dense layers."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, inputs=3, hidden=[4, 2], outputs=[3, 1], mode="many-to-one", name="some net")
    return quantize(net, random_batch(rng, net, 3, 4), **options)


def contents(path) -> tuple[dict, dict]:
    """Header and tensors of a file."""
    with safe_open(path, framework="numpy") as file:
        return json.loads(file.metadata()["rnnhw_quantized"]), {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 (not a dict)


def rewrite(path, header, tensors) -> None:
    """Put a file together again."""
    path.write_bytes(safetensors_bytes(tensors, {"rnnhw_quantized": json.dumps(header)}))


@pytest.fixture
def path(tmp_path):
    """A whole file."""
    make().save(tmp_path / "net.rnnq")
    return tmp_path / "net.rnnq"


def refused(path, message: str) -> None:
    with pytest.raises(RnnhwError) as caught:
        load_quantized(path)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weight_bits": 2, "activation_bits": 16, "per_gate": True, "rounding": {"c": "floor"}},
        {
            "weight_bits": 16,
            "activation_bits": 4,
            "table": "interpolated",
            "method": "percentile",
            "percentile": 97.5,
        },
    ],
    ids=str,
)
def test_round_trip_in_every_field(tmp_path, options):
    network = make(1, **options)
    network.save(tmp_path / "net.rnnq")
    loaded = load_quantized(tmp_path / "net.rnnq")
    assert (loaded.name, loaded.mode, loaded.config) == ("some net", "many-to-one", network.config)
    assert len(loaded.layers) == 4
    compared = 0
    for layer, copy in zip(network.layers, loaded.layers, strict=True):
        assert type(layer) is type(copy)
        for field in fields(layer):
            before, after = getattr(layer, field.name), getattr(copy, field.name)
            if isinstance(before, np.ndarray):
                assert after.dtype == np.int64
                assert after.shape == before.shape
                assert (after == before).all()
            else:
                assert type(after) is type(before)
                assert after == before
            compared += 1
    assert compared == 2 * 9 + 2 * 7
    x_raw = np.random.default_rng(2).integers(-8, 8, (3, 4, 3))
    assert (loaded.run_raw(x_raw) == network.run_raw(x_raw)).all()


def test_the_same_bytes_each_time(tmp_path, path):
    first = path.read_bytes()
    make().save(path)
    assert path.read_bytes() == first
    load_quantized(path).save(tmp_path / "again.rnnq")
    assert (tmp_path / "again.rnnq").read_bytes() == first
    make(1).save(path)
    assert path.read_bytes() != first
    assert sorted(file.name for file in tmp_path.iterdir()) == ["again.rnnq", "net.rnnq"]


def test_version(path):
    header, tensors = contents(path)
    assert header["format_version"] == FORMAT_VERSION == 1
    rewrite(path, header | {"format_version": 2}, tensors)
    refused(path, "format version 2, this rnnhw reads 1")
    del header["format_version"]
    rewrite(path, header, tensors)
    refused(path, "format version None, this rnnhw reads 1")


def test_files_that_are_no_quantised_network(tmp_path, path):
    refused(tmp_path / "none.rnnq", "no such file")
    refused(tmp_path, "is a folder, not a file")
    rng = np.random.default_rng(0)
    save(random_network(rng), tmp_path / "float.safetensors")
    refused(tmp_path / "float.safetensors", "not a quantised network; rnnhw.load reads float models")
    path.write_bytes(safetensors_bytes({}, {"rnnhw_quantized": "{"}))
    with pytest.raises(RnnhwError, match=r"net\.rnnq: not a quantised network \(Expecting property name.*\)$"):
        load_quantized(path)


def test_a_cut_file(path):
    whole = path.read_bytes()
    for length in (0, 7, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(RnnhwError, match=r"net\.rnnq: not a quantised network \([^\n]+\)$"):
            load_quantized(path)


def test_pickle_is_never_opened(path):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was executed",))

    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(RnnhwError, match=r"net\.rnnq: not a quantised network \([^\n]+\)$"):
        load_quantized(path)


def edit_layer(index: int, **changes):
    """Change a layer's header."""
    return lambda header, tensors: header["layers"][index].update(changes)


def drop(*keys):
    """Remove a key of the header, or of a part of it."""

    def change(header, tensors):
        for key in keys[:-1]:
            header = header[key]
        del header[keys[-1]]

    return change


def tensor(name: str, value):
    """Put a tensor in the place of another, or none."""
    return lambda header, tensors: tensors.update({name: value}) if value is not None else tensors.pop(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (drop("layers"), "'layers' is missing"),
        (drop("config"), "'config' is missing"),
        (drop("layers", 0, "kind"), "'kind' is missing"),
        (drop("layers", slice(None)), "layers must be one or more LSTM, then dense layers"),
        (drop("layers", slice(0, 2)), "'0.weight_raw' is missing"),
        (edit_layer(0, kind="gru"), "'gru' is missing"),
        (edit_layer(0, x=[0, 3, True, False]), "width must be in 1..62, not 0"),
        (edit_layer(0, x=[9, 5, True, False]), "x of lstm0 must have activation_bits = 8 bits, not 9"),
        (edit_layer(0, x=[8, 5, False, False]), "x of lstm0 must be s8.5 and not symmetric, not u8.5"),
        (edit_layer(0, h=[8, 6, True, False]), "h of lstm0 must be s8.7 and not symmetric, not s8.6"),
        (edit_layer(1, c=[24, 12, True, False]), "c of lstm1 must be s16.12 and not symmetric, not s24.12"),
        (edit_layer(2, y=[16, 6, True, False]), "y of fc0 must be s8.6 and not symmetric, not s16.6"),
        (edit_layer(3, y=[16, 6, True, True]), "y of fc1 must be s16.6 and not symmetric, not s16.6"),
        (edit_layer(3, relu="no"), "relu of fc1 must be true or false, not 'no'"),
        (
            edit_layer(1, name="lstm0"),
            "names must be texts, and those of layers differ, not ['some net', 'lstm0', 'lstm0', 'fc0', 'fc1']",
        ),
        (
            edit_layer(0, weight_hh=[[8, 5, True, True]] * 4),
            "weight_hh_raw of lstm0 must be signed and not symmetric",
        ),
        (tensor("3.bias_raw", np.full(1, -(2**63))), "bias_raw of fc1 must fit 48 bits"),
        (edit_layer(1, x=[8, 6, True, False]), "lstm1 must take what lstm0 gives"),
        (edit_layer(2, weight=[7, 6, True, False]), "weight_raw of fc0 must have weight_bits = 8 bits, not 7"),
        (edit_layer(0, weight_ih=[[8, 6, True, False]] * 3), "lstm0 must have four formats of weights, one a gate"),
        (
            edit_layer(0, weight_ih=[[8, f, True, False] for f in (1, 2, 3, 4)], weight_hh=[[8, 5, True, False]] * 4),
            "weight formats of lstm0 must differ by the same number of bits in each gate",
        ),
        (tensor("1.weight_hh_raw", None), "'1.weight_hh_raw' is missing"),
        (tensor("0.bias_raw", np.zeros(15, np.int64)), "bias_raw of lstm0 must have shape (16,), not (15,)"),
        (tensor("0.bias_raw", np.zeros(16)), "0.bias_raw must be int64, not float64"),
        (tensor("0.bias_raw", np.zeros((16, 1), np.int64)), "0.bias_raw must have 1 axes, not shape (16, 1)"),
        (
            tensor("2.weight_raw", np.full((3, 2), 128, np.int64)),
            "weight_raw of fc0 must be in -128..127, not 128..128",
        ),
        (lambda header, tensors: header.update(mode="one"), "mode must be 'many-to-one' or 'many-to-many', not 'one'"),
        (lambda header, tensors: header["config"].update(weight_bits=99), "weight_bits must be in 2..16, not 99"),
    ],
)  # fmt: skip
def test_damaged_files(path, change, message):
    header, tensors = contents(path)
    change(header, tensors)
    rewrite(path, header, tensors)
    refused(path, f"damaged, {message}")


@pytest.mark.parametrize("layers", [3, "lstm", [3], ["lstm"], None, {"a": 1}])
def test_headers_of_a_wrong_kind(path, layers):
    header, tensors = contents(path)
    rewrite(path, header | {"layers": layers}, tensors)
    with pytest.raises(RnnhwError, match=r"net\.rnnq: damaged, [^\n]+$"):
        load_quantized(path)


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path, path):
    network, before = make(1), path.read_bytes()
    target = tmp_path / "missing" / "net.rnnq"
    with pytest.raises(RnnhwError) as caught:
        save_quantized(network, target)
    assert str(caught.value) == f"{target}: cannot be written (No such file or directory)"
    target = path / "net.rnnq"  # under a file
    with pytest.raises(RnnhwError) as caught:
        save_quantized(network, target)
    assert str(caught.value) == f"{target}: cannot be written (Not a directory)"
    (tmp_path / "folder").mkdir()
    with pytest.raises(RnnhwError) as caught:
        save_quantized(network, tmp_path / "folder")
    assert str(caught.value) == f"{tmp_path / 'folder'}: cannot be written (Is a directory)"
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["folder", "net.rnnq"]
    assert path.read_bytes() == before
