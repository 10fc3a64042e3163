"""PyTorch's own files: weights are read, code is not run."""

import os
import pickle
import warnings

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch, load

torch = pytest.importorskip("torch")
HOW = "save the weights alone with torch.save(model.state_dict(), path), or use rnnhw.from_torch"


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(4)
        self.rnn, self.out = torch.nn.LSTM(3, 4, num_layers=2, batch_first=True), torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1])


class Evil:
    """Creates a file when unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def refused(message, path):
    with pytest.raises(RnnhwError) as caught:
        load(path, mode="many-to-one")
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize("suffix", [".pt", ".pth"])
@pytest.mark.parametrize(
    "wrap", [lambda d: d, lambda d: {"state_dict": d, "epoch": 3}, lambda d: {"model_state_dict": d}]
)
def test_state_dicts(tmp_path, suffix, wrap):
    module, path = Net(), tmp_path / f"net{suffix}"
    torch.save(wrap(module.state_dict()), path)
    x = np.random.default_rng(0).normal(size=(3, 5, 3))
    assert load(path, mode="many-to-one", name="Net") == from_torch(module, x)


@pytest.mark.parametrize("kind", [torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN])
def test_state_dicts_of_every_cell(tmp_path, kind):
    torch.manual_seed(5)
    module = kind(3, 4, num_layers=2, bidirectional=True, batch_first=True)
    path = tmp_path / "net.pt"
    torch.save(module.state_dict(), path)
    facts = {"nonlinearity": "tanh"} if kind is torch.nn.RNN else {}
    x = np.random.default_rng(0).normal(size=(3, 5, 3))
    expected = from_torch(module, x, name="net")
    assert load(path, mode="many-to-many", **facts) == expected
    last = load(path, mode="many-to-one", reading="last-step", head="softmax", **facts)
    np.testing.assert_array_equal(last.run(x).argmax(axis=1), expected.run(x)[:, -1].argmax(axis=1))


def test_older_format_and_bfloat16_and_parameters(tmp_path):
    module, path = Net().to(torch.bfloat16), tmp_path / "net.pt"
    torch.save(dict(module.named_parameters()), path, _use_new_zipfile_serialization=False)
    net = load(path, mode="many-to-one")
    assert (net.layers[2].weight == module.out.weight.detach().double().numpy()).all()


def test_code_is_not_run(tmp_path):
    path = tmp_path / "net.pt"
    message = f"holds Python objects, which would have to be run as code; {HOW}"
    torch.save(Net(), path)
    refused(message, path)
    torch.save({"state_dict": Net().state_dict(), "extra": Evil(tmp_path / "made")}, path)
    refused(message, path)
    path.write_bytes(pickle.dumps(Evil(tmp_path / "made"), protocol=2))
    with pytest.raises(RnnhwError):
        load(path, mode="many-to-one")
    assert not (tmp_path / "made").exists()


def test_a_small_file_of_something_huge(tmp_path):
    """One number that is repeated without end; layers that share their weights are as ever."""
    path = tmp_path / "net.pt"
    torch.save({"lstm.weight_ih_l0": torch.zeros(1).expand(4_000_000, 1_000_000)}, path)
    rule = "its tensors repeat what is stored: 4,000,000,000,000 values in all, far more than the file holds"
    refused(rule, path)
    torch.save({"lstm.weight_ih_l0": torch.zeros(4_000_000, 1_000_000, device="meta")}, path)
    refused("tensor 'lstm.weight_ih_l0' has no values: it was saved from the device 'meta'", path)
    shared = torch.nn.LSTM(8, 8, num_layers=3)
    for layer in (1, 2):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            setattr(shared, f"{name}_l{layer}", getattr(shared, f"{name}_l0"))
    torch.save(shared.state_dict(), path)
    assert len(load(path, mode="many-to-one").layers) == 3


def test_other_content(tmp_path):
    path = tmp_path / "net.pt"
    torch.save([1, 2], path)
    refused("must hold a state dict, not a list", path)
    torch.save(torch.ones(3), path)
    refused("must hold a state dict, not a Tensor", path)
    torch.save({"epoch": 3}, path)
    refused("entry 'epoch' must be a tensor, not a int", path)
    torch.save({"a.weight": torch.eye(3).to_sparse()}, path)
    refused("tensor 'a.weight' must be dense and not quantised", path)
    torch.save({"a.weight": torch.ones(2, 2, dtype=torch.int32)}, path)
    refused("tensor 'a.weight' must be floating point, not dtype int32", path)
    torch.save({7: torch.ones(2, 2)}, path)
    with pytest.raises(RnnhwError, match="tensor '7' is not understood"):
        load(path)


def test_damaged_files(tmp_path):
    path = tmp_path / "net.pth"
    torch.save(Net().state_dict(), path)
    whole = path.read_bytes()
    for data in (b"", b"garbage" * 9, whole[: len(whole) // 2]):
        path.write_bytes(data)
        refused("not a readable PyTorch file", path)
    refused("no such file", tmp_path / "none.pt")


def test_torchscript(tmp_path):
    path = tmp_path / "net.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch calls its own format deprecated
        torch.jit.script(torch.nn.Linear(2, 2)).save(str(path))
    refused(f"a TorchScript archive is not supported; {HOW}", path)
