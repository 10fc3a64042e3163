"""Backpropagation written out: its gradients are autograd's, and what it keeps and computes is what is said of it."""

import numpy as np
import pytest

from rnnhw.analysis import Architecture, activation_elements, forward_elementwise, forward_macs
from rnnhw.analysis.memory import kept_elements
from rnnhw.analysis.operations import step_elementwise
from tests.analysis import by_hand

CELLS = {
    "lstm": {"cell": "lstm"},
    "projected": {"cell": "lstm", "projection": 3},
    "gru": {"cell": "gru"},
    "gru reset before": {"cell": "gru", "reset_after": False},
    "rnn": {"cell": "rnn"},
    "rnn relu": {"cell": "rnn", "activation": "relu"},
}
STEPS, BATCH, INPUTS, HIDDEN = 5, 4, 3, 7


def drawn(cell, seed=0):
    """Weights, inputs and a state of zeros."""
    rng = np.random.default_rng(seed)
    rows, outputs = cell.gates * cell.hidden, cell.outputs
    w = {
        "weight_ih": rng.normal(size=(rows, cell.inputs)) / 2,
        "weight_hh": rng.normal(size=(rows, outputs)) / 2,
        "biases": [rng.normal(size=rows) / 2 for _ in range(cell.biases)],
        "activation": cell.activation,
        "reset_after": cell.reset_after,
    }
    if cell.projection:
        w["weight_hr"] = rng.normal(size=(cell.projection, cell.hidden)) / 2
    sizes = (outputs, cell.hidden)[: 1 + (cell.kind == "lstm")]
    return w, rng.normal(size=(STEPS, BATCH, cell.inputs)), tuple(np.zeros((BATCH, size)) for size in sizes)


def one(name, **options):
    return Architecture(inputs=INPUTS, hidden=HIDDEN, **CELLS[name], **options).shape


@pytest.mark.parametrize("name", CELLS)
def test_what_is_kept_is_counted(name):
    shape = one(name)
    w, x, state = drawn(shape.cells[0])
    kept = by_hand.run(shape.cells[0].kind, w, x, state)
    sizes = [sum(array.size for array in step.values()) for step in kept]
    assert sizes == [BATCH * kept_elements(shape.cells[0])] * STEPS
    assert sum(sizes) + x.size == BATCH * activation_elements(shape, STEPS)


@pytest.mark.parametrize("biases", [0, 2])
@pytest.mark.parametrize("name", CELLS)
def test_operations_are_counted(name, biases):
    """One by one, and in products of matrices: while the equations run on arrays that count."""
    shape = one(name, biases=biases)
    cell = shape.cells[0]
    w, x, state = drawn(cell)
    counts = by_hand.counting()
    by_hand.run(cell.kind, w, x.view(by_hand.Counted), tuple(array.view(by_hand.Counted) for array in state))
    assert counts["macs"] == BATCH * forward_macs(shape, STEPS)
    said = forward_elementwise(shape, STEPS)
    measured = tuple(counts[key] for key in ("activations", "products", "additions"))
    assert measured == tuple(BATCH * count for count in (said.activations, said.products, said.additions))
    assert said.total == STEPS * step_elementwise(cell).total > 0


@pytest.mark.parametrize("name", CELLS)
def test_what_is_kept_is_enough(name):
    """Gradients made of it alone are autograd's; without one of its arrays there are none."""
    torch = pytest.importorskip("torch")
    cell = one(name).cells[0]
    w, x, state = drawn(cell)
    kept = by_hand.run(cell.kind, w, x, state)
    found = by_hand.gradients(cell.kind, w, x, kept, state)
    for key, expected in autograd(torch, cell, w, x).items():
        np.testing.assert_allclose(found[key], expected, rtol=1e-9, atol=1e-12, err_msg=key)
    for key in kept[0]:
        less = [{other: array for other, array in step.items() if other != key} for step in kept]
        with pytest.raises(KeyError, match=key):
            by_hand.gradients(cell.kind, w, x, less, state)


def autograd(torch, cell, w, x):
    """Gradients by PyTorch's own layers; of the GRU with its reset before, which it lacks, by its equations."""
    given = {key: torch.tensor(array, requires_grad=True) for key, array in w.items() if key.startswith("weight")}
    first, second = (torch.tensor(bias, requires_grad=True) for bias in w["biases"])
    x = torch.tensor(x)
    if cell.kind == "gru" and not cell.reset_after:
        h = reset_before(torch, given, first + second, x, cell.hidden)
    else:
        state = [torch.zeros(1, BATCH, cell.outputs, dtype=torch.float64)]
        if cell.kind == "lstm":
            state.append(torch.zeros(1, BATCH, cell.hidden, dtype=torch.float64))
        layer = _layer(torch, cell)
        names = [name for name, _ in layer.named_parameters()]
        values = [given["weight_ih"], given["weight_hh"], first, second]
        values += [given["weight_hr"]] if cell.projection else []
        start = tuple(state) if cell.kind == "lstm" else state[0]
        y, _ = torch.func.functional_call(layer, dict(zip(names, values, strict=True)), (x, start))
        h = y[-1]
    (h * h / 2).sum().backward()
    found = {key: tensor.grad.numpy() for key, tensor in given.items()}
    if cell.projection:
        found["grad_hr"] = found.pop("weight_hr")
    found["bias"] = first.grad.numpy()
    if cell.kind == "gru" and cell.reset_after:
        found["bias_n"] = second.grad.numpy()[2 * cell.hidden :]
    return found


def _layer(torch, cell):
    options = {"proj_size": cell.projection} if cell.projection else {}
    options |= {"nonlinearity": cell.activation} if cell.kind == "rnn" else {}
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell.kind]
    return kind(cell.inputs, cell.hidden, dtype=torch.float64, **options)


def reset_before(torch, given, bias, x, hidden):
    """The last h of a GRU with its reset before, in PyTorch; `given` has its weights."""
    first, last = slice(0, 2 * hidden), slice(2 * hidden, None)
    h = torch.zeros(x.shape[1], hidden, dtype=x.dtype)
    for step in x:
        gates = step @ given["weight_ih"][first].T + h @ given["weight_hh"][first].T + bias[first]
        r, z = torch.sigmoid(gates).chunk(2, dim=1)
        n = torch.tanh(step @ given["weight_ih"][last].T + (r * h) @ given["weight_hh"][last].T + bias[last])
        h = n + z * (h - n)
    return h
