"""Memory against what PyTorch holds."""

import pytest

from rnnhw.analysis import OPTIMISERS, Architecture, Workload, calculate

torch = pytest.importorskip("torch")
from tests.analysis.torch_models import Module, random_architecture  # noqa: E402

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


@pytest.mark.parametrize(("cell", "factor"), [("lstm", (1.0, 4.0)), ("gru", (1.0, 4.0)), ("rnn", (1.0, 4.0))])
def test_activations_that_torch_saves(cell, factor):
    """It saves more than is needed, by a factor that the page names."""
    architecture = Architecture(cell=cell, inputs=4, hidden=64, layers=2, outputs=3)
    module, workload = Module(architecture), Workload(steps=16, batch=8)
    saved = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if not any(tensor.data_ptr() == parameter.data_ptr() for parameter in module.parameters()):
            saved[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        module(torch.ones(8, 16, 4, requires_grad=False)).sum()
    measured = sum(count for count, _ in saved.values())
    ours = calculate(architecture, workload).memory.activations.value
    print(cell, measured / ours)
    assert factor[0] < measured / ours < factor[1]
