"""What a trace keeps: every signal, the layers' outputs, or counts alone; the counts are always the same."""

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.quantize import quantize
from tests.networks import CELLS, random_batch, random_lengths, random_network

assert rnnhw.golden


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many", "one-to-many"])
@pytest.mark.parametrize("seed", range(3))
def test_counts_and_outputs(seed, mode):
    rng = np.random.default_rng(seed)
    net = random_network(rng, largest=5, kinds=CELLS, mode=mode, head="none")
    name = net.layers[-1].name
    network = quantize(net, random_batch(rng, net, 3, 4), layers={name: {"activation_bits": 5}})
    x = random_batch(rng, net, 4, 6) * 4
    lengths = random_lengths(rng, 4, x.shape[1])
    y, all_of_it = network.run(x, lengths, trace=True)
    assert sum(all_of_it.saturations.values()) > 0
    for kept in ("signals", "outputs", "counts"):
        again, final, trace = network.run(x, lengths, trace=kept, return_state=True)
        assert (again == y).all()
        assert final.shape == (4, network.state_size)
        assert (trace.saturations, trace.samples) == (all_of_it.saturations, all_of_it.samples)
        for layer, signals in trace.signals.items():
            for signal, values in signals.items():
                assert (values == all_of_it.signals[layer][signal]).all()
    parts = {part.name: "h" for part in network.cells} | {part.name: "y" for part in network.denses}
    assert trace.signals == {}
    _, outputs = network.run(x, lengths, trace="outputs")
    assert {layer: list(signals) for layer, signals in outputs.signals.items()} == {k: [v] for k, v in parts.items()}


@pytest.mark.parametrize("kept", ["all", "", 1, None])
def test_something_else_is_refused(kept):
    rng = np.random.default_rng(0)
    net = random_network(rng, mode="many-to-one")
    x = random_batch(rng, net, 2, 2)
    with pytest.raises(RnnhwError) as caught:
        quantize(net, x).run(x, trace=kept)
    assert str(caught.value) == f"trace must be one of signals, outputs, counts, not {kept!r}"
