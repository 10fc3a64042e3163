"""Operations of truncated backpropagation: what PyTorch counts when windows are detached."""

import pytest

from rnnhw.analysis import Architecture, Workload
from rnnhw.analysis.bptt.cost import cost

torch = pytest.importorskip("torch")
from tests.analysis.torch_models import Module, flops  # noqa: E402

STEPS, BATCH = 11, 3


def windows(steps, size):
    """Begins and ends, counted from the end: the first one is the shorter one."""
    ends = list(range(steps, 0, -size))[::-1]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def train(module, x, size, many_to_one):
    """One step of training with truncation, as it is written in PyTorch."""
    state = None
    for begin, end in windows(x.shape[1], size):
        y, state = module.recurrent(x[:, begin:end], state)
        state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        if not many_to_one:
            module.head(y).sum().backward()
    if many_to_one:
        module.head(y[:, -1]).sum().backward()


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("size", [1, 3, 4, 11])
def test_flops_are_torchs(cell, mode, size):
    architecture = Architecture(cell=cell, inputs=2, hidden=5, layers=2, outputs=4, mode=mode)
    module, x = Module(architecture), torch.ones(BATCH, STEPS, 2)
    counted = flops(lambda: train(module, x, size, mode == "many-to-one"))
    found = cost(architecture.shape, Workload(steps=STEPS, batch=BATCH), None, size)
    assert found.forward + found.backward == counted


def test_windows():
    assert windows(11, 4) == [(0, 3), (3, 7), (7, 11)]


CELLS = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell, "rnn": torch.nn.RNNCell}


def run_cell(cell, x, size):
    """The outputs of a cell, step by step, detached between windows."""
    begins = {begin for begin, _ in windows(len(x), size)}
    state, found = None, []
    for t, step in enumerate(x):
        if t in begins and state is not None:
            state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        state = cell(step, state)
        found.append(state[0] if isinstance(state, tuple) else state)
    return found


def train_both_ways(cells, head, x, size, many_to_one):
    """One step of training of a stack of layers of both directions."""
    for forward, backward in cells:
        there, back = run_cell(forward, x, size), run_cell(backward, x[::-1], size)
        x = [torch.cat(pair, 1) for pair in zip(there, back[::-1], strict=True)]
    loss = head(torch.cat((there[-1], back[-1]), 1)).sum() if many_to_one else sum(head(step).sum() for step in x)
    loss.backward()


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 3, 4, 11])
def test_flops_of_stacks_of_both_directions(cell, mode, layers, size):
    """Below such a layer gradients arrive at both ends of the sequence."""
    architecture = Architecture(cell=cell, inputs=2, hidden=5, layers=layers, outputs=4, mode=mode, bidirectional=True)
    cells = [[CELLS[cell](10 if layer else 2, 5) for _ in range(2)] for layer in range(layers)]
    head, x = torch.nn.Linear(10, 4), list(torch.ones(STEPS, BATCH, 2))
    counted = flops(lambda: train_both_ways(cells, head, x, size, mode == "many-to-one"))
    found = cost(architecture.shape, Workload(steps=STEPS, batch=BATCH), None, size)
    assert found.forward + found.backward == counted
