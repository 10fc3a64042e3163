"""Uploads: read by readers that run nothing, under names of our own, and gone afterwards."""

import io
import os
import pickle
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pytest

from rnnhw.data import digits_model, digits_test
from rnnhw.errors import RnnhwError
from rnnhw.importers import load
from rnnhw.network import save
from rnnhw.studio import uploads
from rnnhw.studio.uploads import open_data, open_model, stored


@dataclass
class Upload:
    """As Streamlit gives one."""

    name: str
    content: bytes

    def getbuffer(self):
        return memoryview(self.content)


@pytest.fixture
def net():
    return load(digits_model())


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """Where temporary files go, to be looked at."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


class Payload:
    """What makes a file once it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_model_and_its_data(net):
    assert open_model(Upload("any.safetensors", digits_model().read_bytes())).name == net.name
    data = open_data(Upload("test.NPZ", digits_test().read_bytes()), net)
    assert data.x.shape == (450, 8, 8)


def test_a_network_without_a_name_is_called_after_its_file(tmp_path):
    pytest.importorskip("torch")
    import torch

    torch.manual_seed(0)
    torch.save(torch.nn.LSTM(3, 4).state_dict(), tmp_path / "w.pt")
    upload = Upload("../my model (2).pt", (tmp_path / "w.pt").read_bytes())
    assert open_model(upload, {"mode": "many-to-many"}).name == "my_model_2"
    with pytest.raises(RnnhwError, match=r"^\.\./my model \(2\)\.pt: a state dict does not tell how"):
        open_model(upload)


@pytest.mark.parametrize("name", ["../../evil.npz", "/etc/evil.npz", "a/b/..npz/.npz.npz", "C:\\evil.npz", "\0.npz"])
def test_the_disk_sees_none_of_the_names(name, scratch):
    with stored(Upload(name, b"content"), (".npz",)) as path:
        assert path.name == "upload.npz"
        assert path.parent.parent == scratch
        assert path.read_bytes() == b"content"
        assert [entry.name for entry in path.parent.iterdir()] == ["upload.npz"]


@pytest.mark.parametrize("name", ["evil", "evil.py", "evil.npz.py", "evil.npz ", ".npz"])
def test_other_kinds_of_files(name):
    with pytest.raises(RnnhwError, match=r"must be a file of the kind \.npz$"), stored(Upload(name, b""), (".npz",)):
        pass


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".npz", ".safetensors", ".pt2", ".keras", ".onnx"])
def test_nothing_is_unpickled(suffix, tmp_path):
    needed = {".onnx": "onnx", ".keras": "keras"}.get(suffix, "torch")
    if find_spec(needed) is None:
        pytest.skip(f"no {needed}")
    target = tmp_path / "made"
    with pytest.raises(RnnhwError, match=rf"^payload\{suffix}: "):
        open_model(Upload(f"payload{suffix}", pickle.dumps(Payload(target))))
    assert not target.exists()
    pickle.loads(pickle.dumps(Payload(target)))  # control
    assert target.exists()


def test_a_torch_archive_of_objects(tmp_path):
    torch = pytest.importorskip("torch")
    target, file = tmp_path / "made", tmp_path / "model.pt"
    torch.save({"state_dict": Payload(target)}, file)
    with pytest.raises(RnnhwError, match=r"^model\.pt: holds Python objects, which would have to be run as code"):
        open_model(Upload("model.pt", file.read_bytes()))
    assert not target.exists()
    torch.load(file, weights_only=False)  # control
    assert target.exists()


def test_arrays_of_objects(net, tmp_path):
    target = tmp_path / "made"
    content = npz(x=np.array([Payload(target)], dtype=object))
    with pytest.raises(RnnhwError, match=r"^data\.npz: not a readable \.npz \(Object arrays cannot be loaded"):
        open_data(Upload("data.npz", content), net)
    with pytest.raises(RnnhwError, match=r"^data\.npz: not a readable npz file: Object arrays cannot be loaded"):
        open_model(Upload("data.npz", content))
    assert not target.exists()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.full((2, 8, 8), np.nan)}, r"x must be finite, but holds NaN or infinity at \[0, 0, 0\]"),
        ({"x": np.zeros((2, 8, 7))}, r"x must have 8 inputs a step \(last axis\), not 7"),
        ({"y": np.zeros(2)}, r"must hold x and may hold lengths and y, not y"),
    ],
)
def test_unusable_data(net, arrays, message):
    with pytest.raises(RnnhwError, match=rf"^data\.npz: {message}"):
        open_data(Upload("data.npz", npz(**arrays)), net)


def test_an_archive_that_unpacks_to_too_much(net, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_UNPACKED", 1 << 20)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(2 << 20))
    assert len(bomb.getvalue()) < 5000
    with pytest.raises(RnnhwError, match=r"^small\.npz: unpacks to 0\.0 GB, at most"):
        open_data(Upload("small.npz", bomb.getvalue()), net)
    with pytest.raises(RnnhwError, match=r"^small\.npz: unpacks to"):
        open_model(Upload("small.npz", bomb.getvalue()))


def edited(content, place, new):
    """A zip whose directory's first entry has other bytes."""
    at = content.rfind(b"PK\x01\x02") + place
    return content[:at] + new + content[at + len(new) :]


@pytest.mark.parametrize(
    ("place", "new", "message"),
    [(6, b"\x63\0", r"zip file version 9\.9"), (46, b"\xff", "'utf-8' codec can't decode byte 0xff")],
)
def test_a_damaged_directory(net, place, new, message):
    """Not only what zipfile calls a bad file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("\u00e9.npy", b"")
    damaged = edited(content.getvalue(), place, new)
    with pytest.raises(RnnhwError, match=rf"^a\.npz: is a damaged archive \({message}"):
        open_data(Upload("a.npz", damaged), net)
    with pytest.raises(RnnhwError, match=rf"^a\.keras: is a damaged archive \({message}"):
        open_model(Upload("a.keras", damaged))


def test_what_takes_too_much_memory(net, monkeypatch):
    def greedy(path, inputs):
        raise MemoryError

    monkeypatch.setattr(uploads, "load_data", greedy)
    with pytest.raises(RnnhwError, match=r"^a\.npz: takes more memory than there is$"):
        open_data(Upload("a.npz", b""), net)


def test_no_message_tells_where_it_is_kept():
    def refuse(path):
        raise RnnhwError(f"{path}: must not lead out of {path.parent}")

    with pytest.raises(RnnhwError, match=r"^a\.npz: must not lead out of its folder$"):
        with stored(Upload("a.npz", b""), (".npz",)) as path:
            refuse(path)


def test_our_own_files_keep_their_names(net, tmp_path):
    save(net, tmp_path / "a.npz")
    assert open_model(Upload("other.npz", (tmp_path / "a.npz").read_bytes())).name == net.name
