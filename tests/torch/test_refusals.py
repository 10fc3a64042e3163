"""What is refused, with the message."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from rnnhw import RnnhwError
from rnnhw.network import GRU, Dense, Network
from tests.networks import random_batch, random_network

from .cases import case, torch

from rnnhw.torch import prepare  # isort: skip (skips above where torch is missing)
from rnnhw.torch.layer import check_products  # isort: skip

EIGHT = {"weight_bits": 8, "activation_bits": 8}


@pytest.fixture(scope="module")
def found():
    return case(0, ("lstm",), mode="many-to-one", head="none", inputs=3)


def test_what_prepare_is_given(found):
    with pytest.raises(TypeError, match=r"module must be a torch.nn.Module or a Network, not int"):
        prepare(3, EIGHT)
    with pytest.raises(TypeError, match=r"config must be a Quantization or a dict of its fields, not int"):
        prepare(found.net, 8)
    with pytest.raises(RnnhwError, match=r"weight_bits must be in 1\.\.16, not 0"):
        prepare(found.net, {"weight_bits": 0})
    with pytest.raises(RnnhwError, match=r"lengths must come with calibration data"):
        prepare(found.net, EIGHT, lengths=[1])
    with pytest.raises(RnnhwError, match=r"example must be given with a module and no calibration data"):
        prepare(torch.nn.LSTM(2, 3), EIGHT)
    with pytest.raises(RnnhwError, match=r"proj_size=1"):
        prepare(torch.nn.LSTM(2, 3, proj_size=1), EIGHT, torch.randn(2, 3, 2))
    with pytest.raises(RnnhwError, match=r"x must have 3 inputs a step \(last axis\), not 2"):
        prepare(found.net, EIGHT, np.zeros((1, 1, 2)))


def test_a_module_that_is_not_calibrated(found):
    module = prepare(found.net, EIGHT).eval()
    for use in (lambda: module(found.x), module.export):
        with pytest.raises(RnnhwError, match=r"the module is not calibrated: give prepare calibration data, or run"):
            use()


def test_batches(found):
    module = prepare(found.net, EIGHT, found.calibration)
    with pytest.raises(RnnhwError, match=r"x must have 3 axes"):
        module(torch.zeros(2, 3))
    with pytest.raises(RnnhwError, match=r"lengths\[1\] must be in 1..7, not 8"):
        module(found.x, [7, 8, 7, 7, 7])
    with pytest.raises(RnnhwError, match=r"x must be finite"):
        module(torch.full((1, 2, 3), torch.nan))
    with pytest.raises(RnnhwError, match=r"initial_state must have shape"):
        module(found.x, initial_state=torch.zeros(5, 1))
    with pytest.raises(RnnhwError, match=r"initial_state of lstm0.h must be in -1..1, not 2"):
        module(found.x, initial_state=torch.full((5, found.net.state_size), 2.0))


def test_weights_that_are_no_numbers_any_more(found):
    module = prepare(found.net, EIGHT, found.calibration)
    with torch.no_grad():
        module.layers[0].cells[0].weight_hh[0, 0] = torch.nan
    with pytest.raises(RnnhwError, match=r"weight_hh of lstm0 must be finite, but holds NaN or infinity: training div"):
        module(found.x)


def test_sums_that_float64_does_not_hold():
    """A product of the state so small beside the input that the candidate's sum takes too many bits."""
    rng = np.random.default_rng(1)
    cell = GRU(rng.normal(size=(9, 2)), rng.normal(size=(9, 3)) * 1e-9, np.zeros(9), np.zeros(3), name="gru0")
    net = Network([cell], "many-to-many")
    x = random_batch(rng, net, 4, 6)
    with pytest.raises(RnnhwError, match=r"gate n of gru0 adds up 5\d fraction bits, training holds 49"):
        prepare(net, {"weight_bits": 16, "activation_bits": 16}, x)
    with pytest.raises(RnnhwError, match=r"sums of wide have up to 52 bits, training holds 51: choose fewer inputs"):
        check_products("wide", 1 << 21, 16, 16)
    check_products("wide", (1 << 21) - 1, 16, 16)


def test_the_state_of_another_network(found):
    module = prepare(found.net, EIGHT, found.calibration)
    rng = np.random.default_rng(2)
    other = random_network(rng, kinds=("lstm",), mode="many-to-one", inputs=3, hidden=[2], outputs=[2], head="none")
    state = prepare(other, EIGHT, random_batch(rng, other, 2, 3)).state_dict()
    with pytest.raises(RnnhwError, match=r"sigmoid of network random must be 'logistic' as in the quantised"):
        module.load_state_dict(state)


def test_a_layer_behind_which_nothing_fits(found):
    """What the network refuses, it refuses before anything is prepared."""
    with pytest.raises(RnnhwError, match=r"must take the"):
        replace(found.net, layers=(*found.net.layers, Dense(np.zeros((2, 99)), np.zeros(2), name="odd")))


def test_without_torch_it_says_what_to_install():
    code = "import sys; sys.modules['torch'] = None\nimport rnnhw.torch"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == (
        "rnnhw.errors.RnnhwError: rnnhw.torch needs PyTorch: pip install 'rnnhw[torch]'"
    )
