"""Files of torch.export.save: read without running anything that is in them."""

import io
import json
import os
import pickle
import sys
import warnings
import zipfile

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import from_torch, load
from tests.importers.pytorch.torch_forms import Forward, answer, assert_close, example, gru, linear, lstm, nn, torch

pytest.importorskip("torch.export.pt2_archive")  # the form of PyTorch 2.8 and newer
pack, unpack = nn.utils.rnn.pack_padded_sequence, nn.utils.rnn.pad_packed_sequence


def export(module, path, *arguments, train=False, shapes=None):
    """Save a module as users do; returns the path."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about attributes of nn.LSTM, and about PyTorch's own functions
        program = torch.export.export(module.train(train), arguments, dynamic_shapes=shapes)
        torch.export.save(program, path)
    return path


def refused(message, path, **options):
    with pytest.raises(RnnhwError) as caught:
        load(path, **options)
    assert str(caught.value) == f"{path}: {message}"


def two_kinds(m, x):
    h = m.a(x)[0]
    return m.out(m.b(h.transpose(0, 1))[0][-1]).softmax(-1)


FORMS = {
    "last": lambda: Forward(lambda m, x: m.out(m.rnn(x)[0][:, -1]), rnn=lstm(num_layers=2), out=linear()),
    "every": lambda: Forward(lambda m, x: m.out(m.rnn(x)[0]).relu(), rnn=gru(bidirectional=True), out=linear(10, 2)),
    "final": lambda: Forward(
        lambda m, x: m.out(torch.cat(tuple(m.rnn(x)[1]), 1)), rnn=gru(bidirectional=True), out=linear(10, 2)
    ),
    "relu": lambda: Forward(
        lambda m, x: m.rnn(x)[0], rnn=nn.RNN(3, 5, nonlinearity="relu", bias=False, batch_first=True)
    ),
    "two": lambda: Forward(
        two_kinds, a=lstm(bidirectional=True), b=nn.RNN(10, 4), drop=nn.Dropout(), out=linear(4, 3)
    ),
    "learned": lambda: Forward(
        lambda m, x: m.rnn(x, m.h0.repeat(1, x.shape[0], 1))[0], rnn=gru(), h0=nn.Parameter(example(1, 1, 5))
    ),
    "buffer": lambda: Forward(lambda m, x: m.out(m.rnn(x)[0]) + m.bias, rnn=gru(), out=linear(),
                              bias=nn.Buffer(torch.tensor([1.5, -2.0]))),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_forms(form, tmp_path):
    module = FORMS[form]()
    net = load(export(module, tmp_path / "My net.pt2", example()))
    assert net.name == "My net"
    assert net == from_torch(module, example(), name="My net")
    x = example(4, 9, 3, seed=5).double()
    assert_close(net.run(x.numpy()), answer(module, x))


def test_open_sizes_lengths_and_states(tmp_path):
    batch = torch.export.Dim("batch")

    def forward(m, x, n, h):
        return m.out(m.rnn(x, h)[0][torch.arange(x.shape[0]), n - 1])

    module = Forward(forward, rnn=gru(), out=linear())
    arguments = (example(), torch.tensor([7, 2, 5, 3, 7, 4]), example(1, 6, 5))
    shapes = {"arguments": ({0: batch}, {0: batch}, {1: batch})}
    net = load(export(module, tmp_path / "net.pt2", *arguments, shapes=shapes), name="net")
    assert net == from_torch(module, arguments, name="net")
    assert net.mode == "many-to-one"


def test_double_precision_and_shared_weights(tmp_path):
    rnn = lstm(5, 5)
    module = Forward(lambda m, x: m.b(m.a(x)[0])[0], a=rnn, b=rnn).double()
    x = example(6, 7, 5).double()
    net = load(export(module, tmp_path / "net.pt2", x))
    assert net.layers[0].weight_ih.tolist() == net.layers[1].weight_ih.tolist()
    assert_close(net.run(x.numpy()), answer(module, x))


def test_what_is_refused_is_named_with_its_module(tmp_path):
    module = Forward(lambda m, x: m.out(m.norm(m.rnn(x)[0])), rnn=gru(), norm=nn.LayerNorm(5), out=linear())
    path = export(module, tmp_path / "net.pt2", example())
    with pytest.raises(RnnhwError, match=r"module 'norm' \(LayerNorm\): layer_norm is not supported; allowed are"):
        load(path)
    module = Forward(lambda m, x: m.out(m.rnn(x)[0].mean(1)), rnn=gru(), out=linear())
    path = export(module, tmp_path / "net.pt2", example())
    with pytest.raises(RnnhwError, match=r"the module \(Program\): the mean over the steps is not supported; "):
        load(path)
    module = Forward(lambda m, x: m.out(m.rnn(x)[0][:, 6]), rnn=gru(), out=linear())
    path = export(module, tmp_path / "net.pt2", example())
    with pytest.raises(RnnhwError, match=r"the answer is taken from step 6 of 8 of linear layer 'out'; "):
        load(path)


def test_dropout_of_a_program_that_was_exported_for_training(tmp_path):
    module = Forward(lambda m, x: m.rnn(x)[0], rnn=gru(num_layers=2, dropout=0.5))
    path = export(module, tmp_path / "net.pt2", example(), train=True)
    with pytest.raises(
        RnnhwError, match=r"module 'rnn' \(GRU\): a dropout of 0.5 between the layers of nn.GRU, active"
    ):
        load(path)
    module = Forward(lambda m, x: m.drop(m.rnn(x)[0]), rnn=gru(), drop=nn.Dropout(0.25))
    path = export(module, tmp_path / "net.pt2", example(), train=True)
    with pytest.raises(RnnhwError, match=r"module 'drop' \(Dropout\): dropout that is active in eval mode too"):
        load(path)
    export(module, path, example())
    assert load(path).mode == "many-to-many"


def test_facts_and_modes(tmp_path):
    path = export(FORMS["last"](), tmp_path / "net.pt2", example())
    assert load(path, mode="many-to-one").mode == "many-to-one"
    refused("mode 'many-to-many' contradicts the file, which says 'many-to-one'", path, mode="many-to-many")
    refused("head must not be given, the file says what it is", path, head="softmax")


def rewritten(path, change):
    """The archive with its members changed by a function of name and bytes; None leaves one out."""
    with zipfile.ZipFile(path) as file:
        members = [(name, file.read(name)) for name in file.namelist()]
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members:
            kept = change(name.partition("/")[2], data)
            if kept is not None:
                file.writestr(name, kept)
    return path


def with_model(path, change):
    """The archive with its graph changed."""

    def changed(name, data):
        if name != "models/model.json":
            return data
        document = json.loads(data)
        change(document)
        return json.dumps(document)

    return rewritten(path, changed)


class Evil:
    """Makes a folder when unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_nothing_in_the_file_is_run(tmp_path):
    made = tmp_path / "made"
    stream = io.BytesIO()
    torch.save(Evil(made), stream)
    path = export(FORMS["last"](), tmp_path / "net.pt2", example())
    expected = load(path)
    rewritten(path, lambda name, data: stream.getvalue() if name.startswith("data/sample_inputs") else data)
    assert load(path) == expected  # the sample inputs are not looked at

    def expression(document):
        sizes = document["graph_module"]["graph"]["tensor_values"]["arguments_0"]["sizes"]
        sizes[0] = {"as_expr": {"expr_str": f"__import__('os').mkdir({str(made)!r})", "hint": {"as_int": 6}}}
        document["range_constraints"] = {f"__import__('os').mkdir({str(made)!r})": {"min_val": 0, "max_val": 9}}

    assert load(with_model(path, expression)) == expected

    def pickled(name, data):
        if name != "data/weights/model_weights_config.json":
            return pickle.dumps(Evil(made)) if name == "data/weights/weight_0" else data
        config = json.loads(data)
        config["config"]["rnn.weight_ih_l0"]["use_pickle"] = True
        return json.dumps(config)

    rewritten(path, pickled)
    refused("'rnn.weight_ih_l0' is a pickled object, which would have to be run as code; only tensors are read", path)
    assert not made.exists()


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("torch.ops.mylib.thing.default", "operator torch.ops.mylib.thing.default is not supported, only those of"),
        ("torch.ops.aten.nothing.default", "operator torch.ops.aten.nothing.default is not supported, only those of"),
        ("os.system", "operator os.system is not supported, only those of torch.ops.aten are"),
        ("_operator.call", "operator _operator.call is not supported, only those of torch.ops.aten are"),
        ("torch.ops.aten.from_file.default", "operator torch.ops.aten.from_file.default with a text is not supported"),
    ],
)
def test_operators_that_are_not_pytorchs(target, message, tmp_path):
    def change(document):
        node = document["graph_module"]["graph"]["nodes"][0]
        node["target"] = target
        node["inputs"][0]["arg"] = {"as_string": str(tmp_path / "made")}

    path = with_model(export(FORMS["last"](), tmp_path / "net.pt2", example()), change)
    with pytest.raises(RnnhwError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert not (tmp_path / "made").exists()


def test_other_and_damaged_files(tmp_path):
    path = export(FORMS["last"](), tmp_path / "net.pt2", example())
    whole = path.read_bytes()
    for data in (b"", b"something else" * 9, whole[: len(whole) // 2]):
        path.write_bytes(data)
        refused("not a readable pt2 file: it is no zip archive, or a damaged one", path)
    for change, message in (
        (lambda name, data: None if name.startswith("models/") else data,
         "must hold one exported program (torch.export.save), not 0"),
        (lambda name, data: None if name == "data/weights/weight_3" else data, "not a readable pt2 file: KeyError: "),
        (lambda name, data: data[:8] if name == "data/weights/weight_3" else data,
         "not a readable pt2 file: RuntimeError: "),
        (lambda name, data: b"big" if name == "byteorder" else data, "must hold little-endian numbers"),
        (lambda name, data: b"{" if name == "models/model.json" else data,
         "not a readable pt2 file: JSONDecodeError: "),
        (lambda name, data: None if name.endswith("weights_config.json") else data,
         "not a readable pt2 file: data/weights/model_weights_config.json is missing"),
    ):  # fmt: skip
        path.write_bytes(whole)
        with pytest.raises(RnnhwError) as caught:
            load(rewritten(path, change))
        assert str(caught.value).startswith(f"{path}: {message}")
        assert "\n" not in str(caught.value)
    path.write_bytes(whole)
    with_model(path, lambda document: document["schema_version"].update(major=9))
    refused("the form of its graph must be version 8, not 9", path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("serialized_exported_program.json", "{}")
    refused("it was written by an older PyTorch: save it again with PyTorch 2.8 or newer", path)
    refused("no such file", tmp_path / "none.pt2")


def test_modules_of_other_forms(tmp_path):
    module = Forward(lambda m, x: m.out(x), out=linear(3, 2))
    path = export(module, tmp_path / "net.pt2", example(7, 3))
    refused("the exported module must take a batch of sequences (3 axes) as its first argument", path)

    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = gru()
            self.register_buffer("calls", torch.zeros(1))

        def forward(self, x):
            self.calls += 1
            return self.rnn(x)[0]

    module = Counting()
    net = load(export(module, tmp_path / "net.pt2", example()), name="net")  # what it counts changes no answer
    assert net == from_torch(module.rnn, example(), name="net")


def test_without_pytorch_the_way_out_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # makes `import torch` fail
    (tmp_path / "net.pt2").write_bytes(b"")
    refused("reading it needs PyTorch: pip install 'rnnhw[torch]'", tmp_path / "net.pt2")
