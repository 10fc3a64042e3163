"""Networks with a clip: the forward is golden's, and nothing flows back through what is clipped."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.quantize import quantize
from tests.networks import random_network

from .cases import torch

from rnnhw.torch import prepare  # isort: skip (skips above where torch is missing)


@pytest.mark.parametrize("kind", ["gru", "gru-before", "rnn-tanh"])
def test_forward_and_gradients(kind):
    rng = np.random.default_rng(3)
    plain = {"head": "none", "sigmoid": "logistic", "tanh": "tanh"}
    net = random_network(rng, inputs=3, hidden=[4], outputs=[2], mode="many-to-one", kinds=(kind,), **plain)
    x = rng.normal(0, 1.5, (6, 5, 3))
    free, clipped, flat = (prepare(replace(net, clip=clip), {"activation_bits": 8}, x) for clip in (None, 0.5, 1e-6))
    golden = quantize(replace(net, clip=0.5), x, activation_bits=8)
    with torch.no_grad():
        assert np.array_equal(clipped.eval()(torch.from_numpy(x)).numpy(), golden.run(x))
        assert not np.array_equal(free.eval()(torch.from_numpy(x)).numpy(), golden.run(x))
    sizes = []
    for module in (free, clipped, flat):
        module.train()(torch.from_numpy(x)).sum().backward()
        gradients = [part.grad for name, part in module.named_parameters() if "weight_ih" in name]
        assert gradients
        sizes.append(sum(float(gradient.abs().sum()) for gradient in gradients))
    assert sizes[0] > 0
    assert sizes[1] > 0
    assert sizes[2] == 0.0  # every pre-activation is beyond such a clip
