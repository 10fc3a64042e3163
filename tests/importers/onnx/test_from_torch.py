"""Models that PyTorch exports, by both of its exporters: the imported network answers as the module does."""

import contextlib
import io
import logging
import warnings

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx import from_onnx
from tests.importers.onnx.models import onnx

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")
torch.set_num_threads(1)
nn = torch.nn


class Net(nn.Module):
    """One kind of recurrent layers, and what is read of them."""

    def __init__(self, kind, read, bidirectional=False, batch_first=True, layers=1, **options):
        super().__init__()
        torch.manual_seed(3)
        self.rnn = kind(3, 4, layers, bidirectional=bidirectional, batch_first=batch_first, **options)
        self.out = nn.Linear(8 if bidirectional else 4, 2)
        self.read, self.batch_first = read, batch_first

    def forward(self, x):
        h, state = self.rnn(x)
        if self.read == "last":
            return self.out(h[:, -1] if self.batch_first else h[-1])
        if self.read == "all":
            return torch.relu(self.out(h))
        state = state[0] if isinstance(state, tuple) else state
        both = self.rnn.bidirectional
        return self.out(torch.cat([state[-2], state[-1]], 1) if both else state[-1]).softmax(-1)


def export(module, inputs, dynamo=False, sizes=None):
    """The module as an ONNX model; `sizes` are open ones, in the form of the exporter."""
    names = ["x", "n", "c"][: len(inputs)]
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # about what the exporters use of PyTorch themselves
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        logging.disable(logging.WARNING)
        stack.callback(logging.disable, logging.NOTSET)
        module = module.eval()
        if dynamo:
            options = {"dynamic_shapes": sizes, "verbose": False}
            return torch.onnx.export(module, inputs, dynamo=True, input_names=names, **options).model_proto
        stream = io.BytesIO()
        torch.onnx.export(module, inputs, stream, dynamo=False, input_names=names, dynamic_axes=sizes)
        return onnx.load_from_string(stream.getvalue())


def agree(module, net, steps=7, batch_first=True):
    """Compare on other sizes than those of the export."""
    x = torch.randn(4, steps, 3)
    with torch.no_grad():
        expected = module(x if batch_first else x.transpose(0, 1)).numpy()
    if expected.ndim == 3 and not batch_first:
        expected = expected.swapaxes(0, 1)
    np.testing.assert_allclose(net.run(x.numpy()), expected, atol=2e-6)


@pytest.mark.parametrize("read", ["last", "all", "final"])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_the_older_exporter(kind, bidirectional, batch_first, read):
    module = Net(kind, read, bidirectional, batch_first, layers=1 + (read == "final"))
    x = torch.randn(2, 5, 3) if batch_first else torch.randn(5, 2, 3)
    net = from_onnx(export(module, (x,), sizes={"x": {0: "a", 1: "b"}}))
    assert net.mode == ("many-to-many" if read == "all" else "many-to-one")
    assert net.head == ("softmax" if read == "final" else "none")
    assert net.denses[0].activation == ("relu" if read == "all" else "linear")
    agree(module, net, batch_first=batch_first)


@pytest.mark.parametrize("options", [{"nonlinearity": "relu"}, {"bias": False}, {"dropout": 0.5, "layers": 2}])
def test_options_of_modules(options):
    module = Net(nn.RNN, "all", **options)
    net = from_onnx(export(module, (torch.randn(2, 5, 3),)))
    agree(module, net, steps=5)


class Told(nn.Module):
    """Takes the lengths: to pack the sequences, or to pick a step."""

    def __init__(self, how, **options):
        super().__init__()
        torch.manual_seed(4)
        self.rnn = nn.GRU(3, 4, batch_first=True, **options)
        self.how = how

    def forward(self, x, n):
        if self.how == "pick":
            h, _ = self.rnn(x)
            return h[torch.arange(x.shape[0]), n - 1]
        packed = nn.utils.rnn.pack_padded_sequence(x, n, batch_first=True)
        h, _ = self.rnn(packed, torch.zeros(2 if self.rnn.bidirectional else 1, x.shape[0], 4))
        return nn.utils.rnn.pad_packed_sequence(h, batch_first=True)[0]


@pytest.mark.parametrize(("how", "bidirectional"), [("pick", False), ("pack", False), ("pack", True)])
def test_lengths(how, bidirectional):
    module, n = Told(how, bidirectional=bidirectional), torch.tensor([5, 3])
    net = from_onnx(export(module, (torch.randn(2, 5, 3), n), sizes={"x": {0: "b", 1: "t"}, "n": {0: "b"}}))
    x, n = torch.randn(4, 6, 3), torch.tensor([6, 5, 5, 2])
    with torch.no_grad():
        np.testing.assert_allclose(net.run(x.numpy(), n.numpy()), module(x, n).numpy(), atol=2e-6)


def test_a_module_alone_with_its_states():
    """The states at the end of nn.LSTM itself, two layers, both directions."""
    torch.manual_seed(5)
    module = nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True)
    net = from_onnx(export(module, (torch.randn(2, 5, 3),), sizes={"x": {0: "b", 1: "t"}}))
    x = torch.randn(3, 6, 3)
    with torch.no_grad():
        y, (h, c) = module(x)
    mine, state = net.run(x.numpy(), return_state=True)
    np.testing.assert_allclose(mine, y.numpy(), atol=2e-6)
    parts = [part for layer in range(4) for part in (h[layer], c[layer])]
    np.testing.assert_allclose(state, torch.cat(parts, 1).numpy(), atol=2e-6)


@pytest.mark.parametrize(
    ("kind", "read", "bidirectional"), [(nn.LSTM, "final", True), (nn.GRU, "last", False), (nn.GRU, "all", True)]
)
def test_the_newer_exporter(kind, read, bidirectional):
    module = Net(kind, read, bidirectional)
    sizes = ({0: torch.export.Dim("b"), 1: torch.export.Dim("t")},)
    agree(module, from_onnx(export(module, (torch.randn(2, 5, 3),), True, sizes)))


def test_the_newer_exporter_writes_an_rnn_step_by_step():
    model = export(Net(nn.RNN, "last"), (torch.randn(2, 5, 3),), True)
    if any(node.op_type == "RNN" for node in model.graph.node):  # a later release may keep it
        assert from_onnx(model).mode == "many-to-one"
        return
    with pytest.raises(RnnhwError, match="layers that were written out step by step as products are not understood"):
        from_onnx(model)
