"""Files whose parts do not belong together, for what only GRU, RNN, bidirectional and binary networks have."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.quantize import (
    Quantization,
    QuantizedBidirectional,
    QuantizedNetwork,
    load_quantized,
    quantize,
    save_quantized,
)
from tests.golden.two_ways import two_ways
from tests.networks import random_batch, random_network

NO_P = "p of gru0 must be a format with reset after, and none with reset before"

assert rnnhw.golden


def make(kind: str, **options) -> QuantizedNetwork:
    """One recurrent layer of three units, named after its kind, and a dense layer."""
    rng = np.random.default_rng(1)
    sizes = {"inputs": 2, "hidden": [3], "outputs": [2]}
    net = random_network(rng, **sizes, kinds=[kind], mode="many-to-many", head="none")
    return quantize(net, random_batch(rng, net, 3, 4), **options)


def with_cell(network: QuantizedNetwork, **changes) -> QuantizedNetwork:
    return replace(network, layers=(replace(network.layers[0], **changes), *network.layers[1:]))


def refused(tmp_path, network: QuantizedNetwork, message: str) -> None:
    path = tmp_path / "net.rnnq"
    save_quantized(network, path)
    with pytest.raises(RnnhwError) as caught:
        load_quantized(path)
    assert str(caught.value) == f"{path}: damaged, {message}"


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("gru", {"p": None}, NO_P),
        ("gru", {"p": QFormat(17, 3)}, "p of gru0 must be s16.3 and not symmetric, not s17.3"),
        ("gru", {"reset_after": 1}, "reset_after of gru0 must be true or false, not 1"),
        ("gru", {"bias_hn_raw": np.zeros(2)}, "bias_hn_raw of gru0 must have shape (3,), not (2,)"),
        ("gru", {"bias_hn_raw": np.full(3, 2**50)}, "bias_hn_raw of gru0 must fit 48 bits"),
        ("gru", {"h": QFormat(8, 6)}, "h of gru0 must be s8.7 and not symmetric, not s8.6"),
        ("gru-before", {"p": QFormat(16, 3)}, NO_P),
        ("gru-before", {"bias_hn_raw": np.ones(3)}, "bias_hn_raw of gru0 must be zero with reset before"),
        ("gru", {"weight_ih": (QFormat(8, 3),) * 4}, "gru0 must have formats of weights for 3 gates"),
        ("rnn-tanh", {"activation": "sine"}, "activation of rnn0 must be 'tanh' or 'relu', not 'sine'"),
        ("rnn-tanh", {"h": QFormat(8, 3)}, "h of rnn0 must be s8.7 and not symmetric, not s8.3"),
        ("rnn-relu", {"h": QFormat(9, 3)}, "h of rnn0 must be s8.3 and not symmetric, not s9.3"),
        ("lstm", {"initial_raw": np.full(6, 40000)}, "initial_raw of lstm0 must be in -128..127, not 40000..40000"),
    ],
)  # fmt: skip
def test_damaged_cells(tmp_path, kind, changes, message):
    refused(tmp_path, with_cell(make(kind), **changes), message)


def test_damaged_weights_of_one_bit(tmp_path):
    network = make("gru", weight_bits=1)
    raw = network.layers[0].weight_hh_raw.copy()
    raw[4, 1] = 0
    refused(
        tmp_path,
        with_cell(network, weight_hh_raw=raw),
        "weight_hh_raw of gru0 must be -1 or 1, not 0, with weight_bits = 1",
    )
    forms = (QFormat(2, 1),) * 3
    refused(
        tmp_path,
        with_cell(network, weight_ih=forms, weight_hh=forms),
        "weight_ih_raw of gru0 must be signed and symmetric",
    )
    forms = (QFormat(1, 1),) * 3
    refused(
        tmp_path,
        with_cell(network, weight_ih=forms, weight_hh=forms),
        "weight_ih_raw of gru0 must have 2 bits for weight_bits = 1, not 1",
    )


def test_damaged_bidirectional_layers(tmp_path):
    rng = np.random.default_rng(2)
    net = two_ways(rng, "gru", "many-to-many", sizes=((3, 2),))
    network = quantize(net, random_batch(rng, net, 3, 4))
    both, dense = network.layers

    def with_backward(**changes):
        return replace(network, layers=(replace(both, backward=replace(both.backward, **changes)), dense))

    refused(
        tmp_path,
        with_backward(x=QFormat(8, both.x.frac + 1)),
        "both cells of both0 must take the same input and give the same format",
    )
    refused(
        tmp_path,
        with_backward(name="f0"),
        "names must be texts, and those of layers differ, not ['network', 'both0', 'f0', 'f0', 'fc0']",
    )
    refused(
        tmp_path,
        replace(network, layers=(QuantizedBidirectional("both0", both.forward, replace(dense, name="d")), dense)),
        "all parts of both0 must be recurrent cells",
    )
    refused(
        tmp_path,
        replace(network, mode="one-to-many", steps=2),
        "layer 'both0', which needs whole sequences, has no place in mode 'one-to-many'",
    )
    narrow = replace(dense, weight_raw=dense.weight_raw[:, :4])
    refused(tmp_path, replace(network, layers=(both, narrow)), "fc0 must take what both0 gives")


def test_the_networks_of_these_tests_are_whole(tmp_path):
    """The control: without a change nothing is refused."""
    for kind in ("lstm", "gru", "gru-before", "rnn-tanh", "rnn-relu"):
        for bits in (1, 8):
            network = make(kind, weight_bits=bits)
            save_quantized(network, tmp_path / "net.rnnq")
            x_raw = np.random.default_rng(3).integers(-128, 128, (2, 3, 2))
            assert (load_quantized(tmp_path / "net.rnnq").run_raw(x_raw) == network.run_raw(x_raw)).all()


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ({"lstm9": {}}, "config has widths of a layer 'lstm9', which there is none of"),
        ({"lstm0": {"state_bits": 12}}, "c of lstm0 must be s12.14 and not symmetric, not s16.14"),
        ({"fc0": {"weight_bits": 7}}, "weight_raw of fc0 must have 7 bits for weight_bits = 7, not 8"),
        ({"fc0": {"activation_bits": 7}}, "x of fc0 must be s7.7 and not symmetric, not s8.7"),
    ],
)
def test_widths_of_layers_that_were_not_used(tmp_path, widths, message):
    network = make("lstm")
    refused(tmp_path, replace(network, config=Quantization(layers=widths)), message)


def test_an_input_that_is_not_what_its_width_makes_of_the_output_before(tmp_path):
    network = make("lstm", layers={"fc0": {"activation_bits": 6}})
    first, dense = network.layers
    assert dense.x == QFormat(6, 5)
    wrong = replace(network, layers=(first, replace(dense, x=QFormat(6, 7))))
    refused(tmp_path, wrong, "fc0 must take what lstm0 gives")
