"""ONNX files through `load`: whole, with their weights beside them, damaged, missing."""

from contextlib import suppress

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import load
from rnnhw.importers.onnx import from_onnx
from tests.importers.onnx.models import onnx, single


def refused(path, message, **options):
    with pytest.raises(RnnhwError) as caught:
        load(path, **options)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize("op", ["RNN", "LSTM", "GRU"])
def test_a_file(tmp_path, op):
    path = tmp_path / "some model.onnx"
    onnx.save(single(op, directions=2), path)
    net = load(path)
    assert net.name == "some model"
    assert net.layers == from_onnx(single(op, directions=2)).layers
    assert load(path, mode="many-to-many", name="other").name == "other"
    refused(path, "mode 'many-to-one' contradicts the file, which says 'many-to-many'", mode="many-to-one")
    refused(path, "layers must not be given, the file says what it is", layers="rnn")


def test_weights_in_another_file(tmp_path):
    path = tmp_path / "net.onnx"
    onnx.save_model(single("LSTM"), path, save_as_external_data=True, location="net.data", size_threshold=0)
    assert (tmp_path / "net.data").stat().st_size > 0
    assert load(path).layers == from_onnx(single("LSTM")).layers
    with pytest.raises(RnnhwError, match=r"^initializer 'W' stands in another file: read the model with rnnhw\.load"):
        from_onnx(onnx.load(path, load_external_data=False))
    (tmp_path / "net.data").unlink()
    with pytest.raises(RnnhwError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6, 0.99])
def test_a_truncated_file(tmp_path, share):
    path = tmp_path / "net.onnx"
    data = single("LSTM").SerializeToString()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(RnnhwError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: not a ")
    assert "\n" not in message
    assert len(message) < 400


def test_other_files(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_text("This is no model.\n" * 20)
    with pytest.raises(RnnhwError, match=r": not a readable ONNX file: .*$"):
        load(path)
    refused(tmp_path / "none.onnx", "no such file")


def test_damaged_bytes(tmp_path):
    """Whatever is flipped, a network or a refusal comes out."""
    path, data = tmp_path / "net.onnx", bytearray(single("GRU").SerializeToString())
    rng = np.random.default_rng(0)
    for _ in range(40):
        changed = bytearray(data)
        changed[rng.integers(200)] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        with suppress(RnnhwError):
            load(path)
