"""Memory against what PyTorch holds."""

from pathlib import Path

import pytest

from rnnhw.analysis import OPTIMISERS, Architecture, Workload, calculate

torch = pytest.importorskip("torch")
from tests.analysis.torch_models import Module, flops, random_architecture  # noqa: E402

ROOT = Path(__file__).parents[2]
OF_TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_state_of_optimisers(name):
    """All that is as large as a parameter; the counter of steps that PyTorch has beside it is not counted."""
    architecture = random_architecture(3)
    module = Module(architecture)
    optimiser = OF_TORCH[name](module.parameters())
    module(torch.ones(2, 3, architecture.inputs)).sum().backward()
    optimiser.step()
    states = [entry for state in optimiser.state_dict()["state"].values() for entry in state.items()]
    measured = sum(tensor.nbytes for key, tensor in states if key != "step" and tensor is not None)
    figures = calculate(architecture, Workload(optimiser=name)).memory
    assert figures.optimiser.value == measured
    assert figures.gradients.value == sum(parameter.grad.nbytes for parameter in module.parameters())
    assert figures.parameters.value == sum(parameter.nbytes for parameter in module.parameters())


@pytest.mark.parametrize(("cell", "ratio"), [("lstm", 1.33), ("gru", 1.60), ("rnn", 2.04)])
def test_activations_that_torch_saves(cell, ratio):
    """It saves what is needed and more: about as many times as docs/calculator.md says, without oneDNN."""
    architecture = Architecture(cell=cell, inputs=1, hidden=128, layers=2, outputs=6)
    module, saved = Module(architecture), {}
    own = {parameter.untyped_storage().data_ptr() for parameter in module.parameters()}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            saved[storage.data_ptr()] = storage.nbytes(), tensor  # the tensor, so that its place stays its own
        return tensor

    def forward():
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            return module(torch.ones(64, 24, 1)).sum()

    flops(forward)
    measured = sum(count for count, _ in saved.values())
    needed = calculate(architecture, Workload(steps=24, batch=64)).memory.activations.value
    assert measured >= needed
    assert measured / needed == pytest.approx(ratio, rel=0.2)
    assert f"{ratio:.2f} times" in (ROOT / "docs" / "calculator.md").read_text()
