"""How the command line says what is quantised: widths of states and of single layers, and what a model brings."""

from dataclasses import replace

import pytest

from rnnhw import data
from rnnhw.cli_tools import open_quantized, quantization_options
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.importers import load
from rnnhw.network import save

MODEL = data.digits_model()


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("lstm0=4/8", {"lstm0": {"weight_bits": 4, "activation_bits": 8}}),
        ("lstm0=4", {"lstm0": {"weight_bits": 4}}),
        ("lstm0=/6", {"lstm0": {"activation_bits": 6}}),
        (
            "lstm0=//12, fc_1=10/16/24",
            {"lstm0": {"state_bits": 12}, "fc_1": {"weight_bits": 10, "activation_bits": 16, "state_bits": 24}},
        ),
    ],
)
def test_widths_of_single_layers(text, layers):
    assert quantization_options({"weight_bits": 3, "layer_bits": text}) == {"weight_bits": 3, "layers": layers}
    assert quantization_options({"weight_bits": 3}) == {"weight_bits": 3}


@pytest.mark.parametrize("part", ["lstm0", "lstm0=", "lstm0=//", "=4/8", "lstm0=a", "lstm0=4/8/16/2", "lstm0=-4", ""])
def test_what_is_no_width(part):
    with pytest.raises(RnnhwError) as caught:
        quantization_options({"layer_bits": f"fc=8,{part}"})
    rule = "--layer-bits must be NAME=WEIGHTS/ACTIVATIONS/STATE, as in lstm0=4/8,fc0=/6"
    assert str(caught.value) == f"{rule}, not {part!r}"


def test_a_layer_is_named_once():
    with pytest.raises(RnnhwError) as caught:
        quantization_options({"layer_bits": "a=8,b=4,a=3"})
    assert str(caught.value) == "--layer-bits names layer a twice"


def test_they_reach_the_network():
    numbers = {"weight_bits": 8, "state_bits": 10, "layer_bits": "lstm0=5/6", "method": "mse", "bias_correction": True}
    qnet, _ = open_quantized(MODEL, {}, numbers, None, tuple(numbers), guess=True)
    assert (qnet.layers[0].weight_ih[0].width, qnet.layers[0].x.width, qnet.layers[0].c.width) == (5, 6, 10)
    assert (qnet.config.method, qnet.config.bias_correction) == ("mse", True)


def test_a_model_that_brings_its_formats(tmp_path):
    """Only what the user said stands against them, not what would be taken otherwise."""
    path, numbers = tmp_path / "net.safetensors", {"weight_bits": 8, "activation_bits": 8}
    net = load(MODEL)
    save(replace(net, formats={"lstm0.weight_ih": QFormat(5, 3)}), path)
    qnet, _ = open_quantized(path, {}, numbers, None, (), guess=True)
    assert (qnet.config.weight_bits, set(qnet.cells[0].weight_ih)) == (5, {QFormat(5, 3)})
    with pytest.raises(RnnhwError) as caught:
        open_quantized(path, {}, numbers, None, ("weight_bits",), guess=True)
    name = net.cells[0].name
    assert (
        str(caught.value) == f"weight_bits of layer {name} must be 5 as its format s5.3 of {name}.weight_ih is, not 8"
    )
