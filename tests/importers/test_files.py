"""Networks go to files and come back equal; files that cannot be used are refused in one line."""

import io
import json
import sys
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save_file

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_state_dict, load
from rnnhw.importers.load import EXTENSIONS
from rnnhw.network import LSTM, Dense, Network, save


def make_network(exact32=True, name="demo net"):
    """Two LSTMs and two heads; weights that fit float32, or that do not."""
    rng = np.random.default_rng(11)

    def numbers(*shape):
        values = rng.normal(size=shape)
        return values.astype(np.float32) if exact32 else values

    return Network(
        [
            LSTM(numbers(16, 3), numbers(16, 4), numbers(16), "lstm0"),
            LSTM(numbers(8, 4), numbers(8, 2), numbers(8), "second"),
            Dense(numbers(5, 2), numbers(5), "relu", "dense0"),
            Dense(numbers(1, 5), numbers(1), "linear", "dense1"),
        ],
        "many-to-many",
        name,
    )


def refused(message, path, **options):
    with pytest.raises(RnnhwError) as caught:
        load(path, **options)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".NPZ"])
@pytest.mark.parametrize("exact32", [True, False])
def test_round_trip(tmp_path, suffix, exact32):
    net, path = make_network(exact32), tmp_path / f"file{suffix}"
    save(net, path)
    assert load(path) == net
    assert load(str(path), mode="many-to-many", name="other").name == "other"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_saving_is_reproducible_and_small(tmp_path, suffix):
    paths = [tmp_path / f"{k}{suffix}" for k in range(2)]
    for path in paths:
        save(make_network(), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    save(make_network(exact32=False), paths[1])
    assert paths[0].stat().st_size < paths[1].stat().st_size


def test_extreme_values_survive(tmp_path):
    values = [1e300, -5e-324, 1e-40, 0.1]
    net = Network([LSTM(np.reshape(values, (4, 1)), np.ones((4, 1)), np.zeros(4))], "many-to-one")
    save(net, tmp_path / "a.safetensors")
    assert load(tmp_path / "a.safetensors") == net


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net.npz"
    save(make_network(), path)
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(RnnhwError) as caught:
        save(make_network(False), path)
    assert str(caught.value) == f"{path}: cannot be written (No space left on device)"
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["net.npz"]


def test_save_refuses(tmp_path):
    for name, message in (
        ("net.pt", "cannot save as '.pt'; allowed are .safetensors, .npz"),
        ("net", "cannot save as ''; allowed are .safetensors, .npz"),
        ("none/net.npz", "cannot be written (No such file or directory)"),
    ):
        with pytest.raises(RnnhwError) as caught:
            save(make_network(), tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {message}"
    with pytest.raises(TypeError, match=r"^net must be a Network, not str$"):
        save("net", tmp_path / "net.npz")


def test_places_that_cannot_be_read(tmp_path):
    refused("no such file", tmp_path / "none.npz")
    refused("no such file", tmp_path / "none.safetensors")
    assert EXTENSIONS[:4] == (".safetensors", ".npz", ".pt", ".pth")
    refused(f"cannot load '.h5' files; allowed are {', '.join(EXTENSIONS)}", tmp_path / "net.h5")
    (tmp_path / "folder.npz").mkdir()
    refused("is a folder, not a file", tmp_path / "folder.npz")


def test_state_dict_files(tmp_path):
    rng = np.random.default_rng(2)
    tensors = {"rnn.weight_ih_l0": rng.normal(size=(8, 3)), "rnn.weight_hh_l0": rng.normal(size=(8, 2))}
    expected = from_state_dict(tensors, mode="many-to-one", name="my_net")
    np.savez(tmp_path / "my_net.npz", **tensors)
    save_file(tensors, tmp_path / "my_net.safetensors")
    save_file(tensors, tmp_path / "facts.safetensors", metadata={"mode": "many-to-one", "name": "my_net"})
    assert load(tmp_path / "my_net.npz", mode="many-to-one", layers="rnn") == expected
    assert load(tmp_path / "my_net.safetensors", mode="many-to-one") == expected
    assert load(tmp_path / "facts.safetensors") == expected
    refused(
        "a state dict does not tell how a sequence is answered: "
        "give mode='one-to-one', 'one-to-many', 'many-to-one' or 'many-to-many' (--mode on the command line)",
        tmp_path / "my_net.npz",
    )
    message = "mode 'many-to-many' contradicts the file, which says 'many-to-one'"
    refused(message, tmp_path / "facts.safetensors", mode="many-to-many")


def raw_safetensors(path, dtype, shape, data):
    """A .safetensors file with one tensor, put together by hand, for dtypes that numpy does not have."""
    header = json.dumps({"weight_ih_l0": {"dtype": dtype, "shape": shape, "data_offsets": [0, len(data)]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def test_bfloat16_is_read_exactly(tmp_path):
    from rnnhw.importers.readers import read_safetensors

    path = tmp_path / "bf16.safetensors"
    words = [0x3F80, 0xBFC0, 0x0000, 0x4049, 0x0080, 0x7F7F]  # 1, -1.5, 0, 3.140625, 2^-126, largest
    raw_safetensors(path, "BF16", [2, 3], b"".join(word.to_bytes(2, "little") for word in words))
    tensors, _ = read_safetensors(path)
    largest = (2 - 2.0**-7) * 2.0**127
    assert tensors["weight_ih_l0"].tolist() == [[1.0, -1.5, 0.0], [3.140625, 2.0**-126, largest]]


def test_other_dtypes_are_refused_by_name(tmp_path):
    path = tmp_path / "odd.safetensors"
    raw_safetensors(path, "F8_E4M3", [4], bytes(4))
    refused("tensor 'weight_ih_l0' must be F64, F32, F16 or BF16, not F8_E4M3", path, mode="many-to-one")
    raw_safetensors(path, "I32", [4], bytes(16))
    refused("tensor 'weight_ih_l0' must be floating point, not dtype int32", path, mode="many-to-one")


def test_damaged_files(tmp_path):
    path = tmp_path / "net.safetensors"
    save(make_network(), path)
    whole = path.read_bytes()
    for data, why in ((whole[:-3], "incomplete metadata, file not fully covered"), (b"", "header too small")):
        path.write_bytes(data)
        refused(f"not a readable safetensors file: Error while deserializing: {why}", path)
    path = tmp_path / "net.npz"
    save(make_network(), path)
    whole = path.read_bytes()
    for data in (b"", b"something else", whole[: len(whole) // 2]):
        path.write_bytes(data)
        refused("not a readable npz file: it is no zip archive", path)
    flipped = bytearray(whole)
    flipped[100] ^= 255
    path.write_bytes(flipped)
    with pytest.raises(RnnhwError, match="not a readable npz file: ") as caught:
        load(path)
    assert "\n" not in str(caught.value)
    np.savez(path, weight_ih_l0=np.array([{}], dtype=object))
    refused("not a readable npz file: Object arrays cannot be loaded when allow_pickle=False", path)


def test_npz_needs_no_pickle(tmp_path):
    save(make_network(), tmp_path / "net.npz")
    with zipfile.ZipFile(tmp_path / "net.npz") as archive:
        assert len(archive.namelist()) == 11
        for member in archive.namelist():
            np.load(io.BytesIO(archive.read(member)), allow_pickle=False)


def test_without_pytorch_the_way_out_is_named(tmp_path, monkeypatch):
    from rnnhw.importers import from_torch

    monkeypatch.setitem(sys.modules, "torch", None)  # makes `import torch` fail
    (tmp_path / "net.pt").write_bytes(b"")
    refused("reading it needs PyTorch: pip install 'rnnhw[torch]'", tmp_path / "net.pt")
    with pytest.raises(RnnhwError, match=r"^from_torch needs PyTorch: pip install 'rnnhw\[torch\]'$"):
        from_torch(None, None)
