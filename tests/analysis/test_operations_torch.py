"""Parameters and FLOPs of random architectures: what PyTorch counts."""

import numpy as np
import pytest

from rnnhw.analysis import Architecture, Shape, backward_macs, forward_macs, initial_network, shape_of

torch = pytest.importorskip("torch")
from tests.analysis.test_by_hand import reset_before  # noqa: E402
from tests.analysis.torch_models import Module, flops, random_architecture  # noqa: E402

CASES = 200


def test_parameters_and_flops_are_those_of_torch():
    """Forward, and forward with backward, of 200 architectures: equal, not near. A rule of thumb (backward is twice
    the forward pass) is right for hardly any of them, so that a wrong rule would be found."""
    seen, thumb = set(), 0
    for seed in range(CASES):
        architecture = random_architecture(seed)
        rng = np.random.default_rng(seed)
        steps, batch = int(rng.integers(1, 9)), int(rng.integers(1, 6))
        module, x = Module(architecture), torch.ones(batch, steps, architecture.inputs)
        shape = architecture.shape
        assert shape.parameters == sum(p.numel() for p in module.parameters()), architecture
        forward = 2 * batch * forward_macs(shape, steps)
        assert forward == flops(lambda: module(x)), (architecture, steps, batch)  # noqa: B023
        backward = 2 * batch * backward_macs(shape, steps)
        both = flops(lambda: module(x).sum().backward())  # noqa: B023
        assert forward + backward == both, (architecture, steps, batch)
        thumb += both == 3 * forward
        seen.add((architecture.cell, architecture.projection > 0, architecture.bidirectional, architecture.mode))
    assert len(seen) == 16, "every kind of cell in both directions and modes"
    assert thumb < CASES // 20


@pytest.mark.parametrize("steps", [1, 2, 6])
def test_a_gru_with_its_reset_before(steps):
    """PyTorch has none, but counts one that is written in it."""
    shape = Architecture(cell="gru", inputs=3, hidden=7, reset_after=False).shape
    rng = np.random.default_rng(0)
    sizes = {"weight_ih": (21, 3), "weight_hh": (21, 7)}
    given = {key: torch.tensor(rng.normal(size=size), requires_grad=True) for key, size in sizes.items()}
    bias, x = torch.zeros(21, dtype=torch.float64), torch.tensor(rng.normal(size=(steps, 4, 3)))
    both = flops(lambda: reset_before(torch, given, bias, x, 7).sum().backward())
    assert both == 2 * 4 * (forward_macs(shape, steps) + backward_macs(shape, steps))


def test_a_network_counts_as_its_shape():
    """Without initial states, which no framework counts among what is learned."""
    for seed in range(60):
        architecture = random_architecture(seed)
        if architecture.projection:
            continue
        net, shape = initial_network(architecture), shape_of(initial_network(architecture))
        rows = net.describe()
        assert [row["parameters"] for row in rows] == [part.parameters for part in (*shape.cells, *shape.denses)]
        assert sum(row["macs"] for row in rows if row["kind"] != "dense") == forward_macs(
            Shape(shape.cells, (), shape.mode), 1
        )
        assert shape.state == net.state_size
        twice = shape_of(net, 2) if architecture.biases else shape_of(net, 0)
        assert twice.parameters == architecture.shape.parameters
