"""An estimate as JSON: all figures, with names that stay."""

import json

import pytest

from rnnhw.estimate import estimate, find_device
from rnnhw.estimate.report_json import as_data
from tests.estimate.cores import core

KEYS = (
    "cycles_per_step bound_cycles stall_cycles latency_cycles head_cycles macs_per_step steady_macs utilisation lanes "
    "weight_memory_bits state_memory_bits weight_bits_per_cycle weight_bits_per_step input_bits output_bits engines "
    "sequence device link given_clock multipliers memories modules lut ff logic_cells clock_mhz beyond dsp bram "
    "lut_ram spram "
    "operations_per_step dsp_percent bram_percent percent speed energy fits shortages uncertain"
)
SPEED = (
    "clock_mhz steps_per_second sequences_per_second step_latency_us sequence_latency_us operations_per_second "
    "weight_bits_per_second"
)


@pytest.mark.parametrize("name", ["digits", "three layers", "drawn 7"])
@pytest.mark.parametrize("device", [None, "ice40", "ecp5-85f", "gowin", "xc7z020"])
def test_round_trip(name, device):
    figures = estimate(core(name), device and find_device(device), link="uart" if device else "none")
    values = json.loads(figures.to_json())
    assert values == json.loads(json.dumps(as_data(figures)))
    assert " ".join(values) == KEYS
    for key in KEYS.split()[:15]:
        assert values[key] == getattr(figures, key)
    assert [item["name"] for item in values["modules"]] == [module.name for module in figures.modules]


def test_what_has_a_band():
    figures = estimate(core("digits"), find_device("ecp5"), length=8, clock=50)
    values = json.loads(figures.to_json())
    bands = [values["lut"], values["ff"], values["clock_mhz"], values["percent"]["lut"], values["percent"]["ff"]]
    assert " ".join(values["speed"]) == SPEED
    bands += [*values["speed"].values(), *values["energy"]["parts_nj"].values()]
    bands += [values["energy"]["total_nj"], values["energy"]["power_mw"]]
    for band in bands:
        assert list(band) == ["value", "low", "high"]
        assert band["low"] <= band["value"] <= band["high"]
    assert values["percent"]["dsp"] == figures.dsp_percent
    assert values["speed"]["clock_mhz"] == {"value": 50, "low": 50, "high": 50}
    assert values["given_clock"] == 50
    sequence = figures.sequence
    assert values["sequence"] == {
        "length": 8,
        "latency_cycles": sequence.latency_cycles,
        "interval_cycles": sequence.interval_cycles,
        "macs": sequence.macs,
        "operations": 2 * sequence.macs,
    }


def test_what_is_not_known():
    values = json.loads(estimate(core("digits")).to_json())
    for key in ("device", "sequence", "lut", "ff", "clock_mhz", "dsp", "percent", "speed", "energy", "fits"):
        assert values[key] is None
    assert (values["modules"], values["shortages"], values["uncertain"]) == ([], [], [])
