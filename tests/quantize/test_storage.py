"""Quantised networks go to one file and come back equal; files that cannot be used are refused in one line."""

import json
import pickle
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save as safetensors_bytes

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network import save
from rnnhw.quantize import load_quantized, quantize, save_quantized
from rnnhw.quantize.storage import FORMAT_VERSION
from tests.networks import random_batch, random_network

assert rnnhw.golden


def make(seed: int = 0, kinds=None, **options):
    """A quantised network of two recurrent layers (LSTM where no kinds are given) and two dense ones."""
    rng = np.random.default_rng(seed)
    sizes = {"inputs": 3, "hidden": [4, 2], "outputs": [3, 1]}
    net = random_network(rng, **sizes, mode="many-to-one", name="some net", kinds=kinds)
    return quantize(net, random_batch(rng, net, 3, 4), **options)


def equal(layer, copy) -> int:
    """Hold all fields of a layer, and of the cells in it, against another's; how many were compared."""
    assert type(layer) is type(copy)
    compared = 0
    for field in fields(layer):
        before, after = getattr(layer, field.name), getattr(copy, field.name)
        assert type(after) is type(before)
        if isinstance(before, np.ndarray):
            assert after.dtype == np.int64
            assert after.shape == before.shape
            assert (after == before).all()
        elif is_dataclass(before) and not isinstance(before, QFormat):
            compared += equal(before, after)
        else:
            assert after == before
        compared += 1
    return compared


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
        {"weight_bits": 1},
        {"weight_bits": 2, "symmetric_weights": True},
        {"state_bits": 11, "layers": {"fc0": {"weight_bits": 4, "activation_bits": 6}, "fc1": {"activation_bits": 9}}},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("kinds", "count"),
    [
        (None, 2 * 10),
        (["gru"], 2 * 12),
        (["gru-before"], 2 * 12),
        (["rnn-tanh"], 2 * 10),
        (["rnn-relu"], 2 * 10),
        (["bidirectional"], None),
    ],
    ids=str,
)
def test_round_trip_in_every_field(tmp_path, kinds, count, options):
    network = make(6, kinds, **options)
    network.save(tmp_path / "net.rnnq")
    loaded = load_quantized(tmp_path / "net.rnnq")
    for key in ("name", "mode", "config", "steps", "reading", "head", "sigmoid", "tanh"):
        assert getattr(loaded, key) == getattr(network, key), key
    assert loaded.name == "some net"
    assert len(loaded.layers) == 4
    compared = sum(equal(layer, copy) for layer, copy in zip(network.layers, loaded.layers, strict=True))
    assert count is None or compared == count + 2 * 7
    x_raw = np.random.default_rng(2).integers(-8, 8, (3, 4, 3))
    if network.head != "softmax":
        assert (loaded.run_raw(x_raw) == network.run_raw(x_raw)).all()


def test_one_to_many_with_its_steps(tmp_path):
    rng = np.random.default_rng(0)
    net = random_network(rng, inputs=2, hidden=[3], outputs=[2], mode="one-to-many", kinds=["gru"], steps=7)
    network = quantize(net, random_batch(rng, net, 3, 1))
    network.save(tmp_path / "net.rnnq")
    loaded = load_quantized(tmp_path / "net.rnnq")
    assert (loaded.mode, loaded.steps) == ("one-to-many", 7)
    header, tensors = contents(tmp_path / "net.rnnq")
    for change, message in [
        ({"steps": None}, "steps is missing: the number of answers of mode 'one-to-many'"),
        ({"steps": 0}, "steps must be at least 1, not 0"),
        ({"mode": "many-to-many"}, "steps must not be given with mode 'many-to-many', only with 'one-to-many'"),
        ({"head": "sum"}, "head must be 'none', 'argmax' or 'softmax', not 'sum'"),
        ({"reading": "all"}, "reading must be 'final' or 'last-step', not 'all'"),
        ({"sigmoid": "soft"}, "sigmoid must be 'logistic', 'hard' or 'hard-0.2', not 'soft'"),
        ({"tanh": "soft"}, "tanh must be 'tanh' or 'hard', not 'soft'"),
    ]:
        rewrite(tmp_path / "bad.rnnq", header | change, tensors)
        refused(tmp_path / "bad.rnnq", f"damaged, {message}")


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
    assert header["format_version"] == FORMAT_VERSION == 3
    for other in (1, 2, 4):
        rewrite(path, header | {"format_version": other}, tensors)
        refused(path, f"format version {other}, this rnnhw reads 3; quantise once more")
    del header["format_version"]
    rewrite(path, header, tensors)
    refused(path, "format version None, this rnnhw reads 3; quantise once more")


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


def form(width: int, frac: int, signed: bool = True, symmetric: bool = False) -> dict:
    """A format as it stands in the header."""
    return {"width": width, "frac": frac, "signed": signed, "symmetric": symmetric}


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
        (drop("layers", slice(None)), "layers must be one or more recurrent ones, then dense layers"),
        (drop("layers", slice(0, 2)), "'0.weight_raw' is missing"),
        (edit_layer(0, kind="peephole"), "kind of layer 0 must be one of lstm, gru, rnn, dense, not 'peephole'"),
        (edit_layer(0, kind="gru"), "'0.bias_hn_raw' is missing"),
        (tensor("0.initial_raw", np.zeros(4, np.int64)), "initial_raw of lstm0 must have shape (8,), not (4,)"),
        (tensor("0.initial_raw", np.full(8, 128)), "initial_raw of lstm0 must be in -128..127, not 128..128"),
        (edit_layer(0, x=form(0, 3)), "width must be in 1..62, not 0"),
        (edit_layer(0, x=form(9, 5)), "x of lstm0 must be s8.5 and not symmetric, not s9.5"),
        (edit_layer(0, x=form(8, 5, signed=False)), "x of lstm0 must be s8.5 and not symmetric, not u8.5"),
        (edit_layer(0, h=form(8, 6)), "h of lstm0 must be s8.7 and not symmetric, not s8.6"),
        (edit_layer(1, c=form(24, 12)), "c of lstm1 must be s16.12 and not symmetric, not s24.12"),
        (edit_layer(2, y=form(16, 6)), "y of fc0 must be s8.6 and not symmetric, not s16.6"),
        (edit_layer(3, y=form(16, 6, symmetric=True)), "y of fc1 must be s16.6 and not symmetric, not s16.6"),
        (edit_layer(3, relu="no"), "relu of fc1 must be true or false, not 'no'"),
        (
            edit_layer(1, name="lstm0"),
            "names must be texts, and those of layers differ, not ['some net', 'lstm0', 'lstm0', 'fc0', 'fc1']",
        ),
        (
            edit_layer(0, weight_hh=[form(8, 5, symmetric=True)] * 4),
            "weight_hh_raw of lstm0 must be signed and not symmetric",
        ),
        (tensor("3.bias_raw", np.full(1, -(2**63))), "bias_raw of fc1 must fit 48 bits"),
        (edit_layer(1, x=form(8, 6)), "lstm1 must take what lstm0 gives"),
        (edit_layer(2, weight=form(7, 6)), "weight_raw of fc0 must have 8 bits for weight_bits = 8, not 7"),
        (edit_layer(0, weight_ih=[form(8, 6)] * 3), "lstm0 must have formats of weights for 4 gates"),
        (
            edit_layer(0, weight_ih=[form(8, f) for f in (1, 2, 3, 4)], weight_hh=[form(8, 5)] * 4),
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
        (
            lambda header, tensors: header.update(mode="one"),
            "mode must be 'one-to-one', 'one-to-many', 'many-to-one' or 'many-to-many', not 'one'",
        ),
        (lambda header, tensors: header["config"].update(weight_bits=99), "weight_bits must be in 1..16, not 99"),
        (edit_layer(2, x=form(8, 6)), "fc0 must take what lstm1 gives"),
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
