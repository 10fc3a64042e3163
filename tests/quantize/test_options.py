"""Every wrong option gives one line that names the option, the rule and the value."""

import numpy as np
import pytest
from pydantic import ValidationError

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import Rounding
from rnnhw.plan import Hardware
from rnnhw.quantize import Quantization

MESSAGES = [
    ({"weight_bits": 17}, "weight_bits must be in 1..16, not 17"),
    ({"weight_bits": 0}, "weight_bits must be in 1..16, not 0"),
    ({"weight_bits": "8"}, "weight_bits must be an integer, not '8'"),
    ({"weight_bits": 8.5}, "weight_bits must be an integer, not 8.5"),
    ({"weight_bits": 8.0}, "weight_bits must be an integer, not 8.0"),
    ({"weight_bits": True}, "weight_bits must be an integer, not True"),
    ({"weight_bits": None}, "weight_bits must be an integer, not None"),
    ({"weight_bits": 10**30}, f"weight_bits must be in 1..16, not {10**30}"),
    ({"activation_bits": 3}, "activation_bits must be in 4..16, not 3"),
    ({"activation_bits": 17}, "activation_bits must be in 4..16, not 17"),
    ({"activation_bits": [8]}, "activation_bits must be an integer, not [8]"),
    ({"activation_bits": 3, "table": "exact"}, "activation_bits must be in 4..16, not 3"),
    ({"method": "minmax"}, "method must be 'max-abs', 'percentile' or 'mse', not 'minmax'"),
    ({"method": 1}, "method must be 'max-abs', 'percentile' or 'mse', not 1"),
    ({"percentile": 10}, "percentile must be in 50..100, not 10"),
    ({"percentile": 100.1}, "percentile must be in 50..100, not 100.1"),
    ({"percentile": float("nan")}, "percentile must be in 50..100, not nan"),
    ({"percentile": "99"}, "percentile must be a number, not '99'"),
    ({"per_gate": 1}, "per_gate must be true or false, not 1"),
    ({"per_gate": "yes"}, "per_gate must be true or false, not 'yes'"),
    ({"bias_correction": 1}, "bias_correction must be true or false, not 1"),
    ({"symmetric_weights": 1}, "symmetric_weights must be true or false, not 1"),
    ({"table": "hard"}, "table must be 'auto', 'exact' or 'interpolated', not 'hard'"),
    (
        {"table": "exact", "activation_bits": 14},
        "table exact takes activation_bits up to 13, not 14; interpolated takes 16",
    ),
    ({"rounding": "up"}, "rounding must be one of floor, half_up, half_even, not 'up'"),
    ({"rounding": 3}, "rounding must be a mode or a mode for each role, not 3"),
    ({"rounding": None}, "rounding must be a mode or a mode for each role, not None"),
    ({"rounding": {"z": "up"}}, "rounding of z must be one of floor, half_up, half_even, not 'up'"),
    ({"rounding": {"h": None}}, "rounding of h must be one of floor, half_up, half_even, not None"),
    ({"rounding": {"q": "floor"}}, "roles of rounding are z, c, h, y, not 'q'"),
    (
        {"weightbits": 8},
        "unknown option weightbits; allowed are weight_bits, activation_bits, state_bits, method, percentile, "
        "per_gate, bias_correction, symmetric_weights, table, rounding, layers",
    ),
    ({"state_bits": 3}, "state_bits must be in 4..24, not 3"),
    ({"state_bits": 25}, "state_bits must be in 4..24, not 25"),
    ({"state_bits": 16.0}, "state_bits must be an integer, not 16.0"),
    ({"state_bits": 7}, "state_bits must be in 8..24 for activation_bits = 8, not 7"),
    ({"layers": 3}, "layers must be a table of layers' names and their widths, not 3"),
    ({"layers": {1: {}}}, "layers must be named by texts, not 1"),
    ({"layers": {"a": 3}}, "widths of layer a must be a table of names and numbers, not 3"),
    ({"layers": {"a": {"weight_bits": 0}}}, "layer a: weight_bits must be in 1..16, not 0"),
    (
        {"layers": {"a": {"bits": 8}}},
        "layer a: unknown option bits; allowed are weight_bits, activation_bits, state_bits",
    ),
    (
        {"table": "exact", "layers": {"a": {"activation_bits": 16}}},
        "layer a: table exact takes activation_bits up to 13, not 16; interpolated takes 16",
    ),
]


@pytest.mark.parametrize(
    ("options", "values", "message"),
    [(Quantization, values, message) for values, message in MESSAGES],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_messages(options, values, message):
    with pytest.raises(RnnhwError) as caught:
        options(**values)
    assert str(caught.value) == message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_several_mistakes_are_told_one_at_a_time():
    with pytest.raises(RnnhwError) as caught:
        Quantization(weight_bits=17, activation_bits=99)
    assert str(caught.value) == "weight_bits must be in 1..16, not 17"


def test_defaults():
    config = Quantization()
    assert (config.weight_bits, config.activation_bits) == (8, 8)
    assert (config.method, config.percentile, config.per_gate, config.table) == (
        "max-abs",
        99.9,
        False,
        "auto",
    )
    assert config.symmetric_weights is False
    assert config.rounding == dict.fromkeys("zchy", "half_up")
    assert (Hardware().lanes, Hardware().update_multiplier) == (4, "dsp")


@pytest.mark.parametrize("weight_bits", [1, 16])
@pytest.mark.parametrize("activation_bits", [4, 16])
def test_limits_are_allowed(weight_bits, activation_bits):
    config = Quantization(weight_bits=weight_bits, activation_bits=activation_bits, percentile=50)
    assert (config.weight_bits, config.activation_bits, config.percentile) == (
        weight_bits,
        activation_bits,
        50,
    )
    assert Quantization(table="exact", activation_bits=13).table == "exact"


def test_rounding_by_role():
    assert Quantization(rounding="floor").rounding == dict.fromkeys("zchy", "floor")
    assert Quantization(rounding=Rounding.HALF_EVEN).rounding == dict.fromkeys("zchy", "half_even")
    mixed = Quantization(rounding={"c": "floor", "y": Rounding.HALF_EVEN}).rounding
    assert mixed == {"z": "half_up", "c": "floor", "h": "half_up", "y": "half_even"}
    assert {type(mode) for mode in mixed.values()} == {str}


def test_numbers_of_numpy_become_python_numbers():
    config = Quantization(weight_bits=np.int64(6), activation_bits=np.uint8(9), percentile=np.float32(75))
    assert (config.weight_bits, config.activation_bits, config.percentile) == (6, 9, 75.0)
    assert {type(config.weight_bits), type(config.activation_bits)} == {int}
    assert type(config.percentile) is float
    assert type(Hardware(lanes=np.int32(8)).lanes) is int


def test_options_are_frozen():
    with pytest.raises(ValidationError):
        Quantization().weight_bits = 4
    with pytest.raises(ValidationError):
        Hardware().lanes = 4
    assert Quantization(weight_bits=4) == Quantization(weight_bits=4) != Quantization()


def test_states_are_as_wide_as_the_activations_of_a_layer():
    wide = {"a": {"activation_bits": 12}, "b": {"activation_bits": 12, "state_bits": 14}}
    config = Quantization(state_bits=10, layers=wide)
    assert [config.of(name).cell_bits for name in ("a", "b", "c")] == [12, 14, 10]
    with pytest.raises(RnnhwError, match=r"^layer b: state_bits must be in 12..24 for activation_bits = 12, not 11$"):
        Quantization(layers={"b": {"activation_bits": 12, "state_bits": 11}})
