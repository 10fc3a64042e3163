"""Networks whose pre-activations are clipped: quantised, in files, and as hardware."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw
from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.quantize import load_quantized, save_quantized
from rnnhw.sim import verify
from tests.networks import random_network


def make(kinds, clip, seed=1, **options):
    """A network, quantised, and sequences."""
    rng = np.random.default_rng(seed)
    plain = {"head": "none", "sigmoid": "logistic", "tanh": "tanh"}
    net = random_network(rng, inputs=3, hidden=[3], outputs=[2], mode="many-to-many", kinds=kinds, **plain)
    net = replace(net, clip=clip)
    x = rng.normal(0, 1.5, (3, 5, 3))
    return net, rnnhw.quantize(net, x, **options), x


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("kind", ["gru", "gru-before", "rnn-tanh"])
def test_hardware_equals_golden(kind, bits):
    net, qnet, x = make((kind,), 0.6, activation_bits=bits, weight_bits=8)
    assert verify(Design(qnet, lanes=3), x).sequences == len(x)  # raises at the first bit that differs
    error = np.abs(qnet.run(x) - net.run(x)).max()
    unclipped = np.abs(qnet.run(x) - replace(net, clip=None).run(x)).max()
    assert error < 0.1 < unclipped


def test_files(tmp_path):
    _, qnet, _ = make(("gru",), 0.6)
    path = tmp_path / "net.safetensors"
    save_quantized(qnet, path)
    again = load_quantized(path)
    assert again.clip == 0.6
    assert (again.run_raw(np.ones((1, 4, 3), int)) == qnet.run_raw(np.ones((1, 4, 3), int))).all()
    save_quantized(replace(qnet, clip=-1.0), path)
    with pytest.raises(RnnhwError, match=r"damaged, clip must be a finite number above 0, not -1\.0$"):
        load_quantized(path)
    save_quantized(replace(qnet, clip=None), path)
    assert load_quantized(path).clip is None
