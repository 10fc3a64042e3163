"""Every number of the energy model has a source, a unit and a band."""

import pytest

from rnnhw.estimate import DEVICES, find_device
from rnnhw.estimate.energy_coefficients import COEFFICIENTS, PROCESSES, REST, Coefficient, clock_scale, static

ALL = [(family, key, item) for family, own in COEFFICIENTS.items() for key, item in own.items()]
ALL += [(name, "static", static(device)) for name, device in DEVICES.items()]
ALL.append(("all", "rest", REST))


@pytest.mark.parametrize(("name", "key", "item"), ALL)
def test_every_coefficient_has_a_source_and_a_band(name, key, item):
    assert 0 < item.low < item.value < item.high
    assert len(item.source) > 20
    assert any(word in item.source for word in ("measured", "ISSCC", "DS1", "FPGA-DS", "UG1275"))
    assert item.unit.startswith("" if key == "rest" else "mW" if key == "static" else "pJ a cycle")


def test_families_have_what_they_have():
    assert {name: set(own) for name, own in COEFFICIENTS.items()} == {
        "ice40": {"clock", "ff", "lut", "dsp", "bram", "spram"},
        **{family: {"clock", "ff", "lut", "dsp", "bram"} for family in ("ecp5", "gowin", "xilinx")},
    }
    assert {device.family for device in DEVICES.values()} == set(PROCESSES)
    assert all(len(process.source) > 20 for process in PROCESSES.values())


def test_scaling():
    item = Coefficient(10, 5, 20, "pJ a cycle", "measured there").scaled(0.5, 2, "half of it")
    assert (item.value, item.low, item.high) == (5, 1.25, 20)
    assert item.source == "half of it, from: measured there"
    assert PROCESSES["ecp5"].factor == pytest.approx((1.1 / 1.219) ** 2)
    assert PROCESSES["xilinx"].factor == pytest.approx(0.7 / 1.219**2)


@pytest.mark.parametrize("family", ["ecp5", "gowin", "xilinx"])
def test_what_is_derived_is_less_certain(family):
    for key in ("clock", "ff", "lut", "dsp"):
        measured, derived = COEFFICIENTS["ice40"][key], COEFFICIENTS[family][key]
        assert derived.high / derived.low == pytest.approx(1.5**2 * measured.high / measured.low)


def test_larger_devices_take_more():
    order = [find_device(name) for name in ("xc7s15", "xc7a35t", "xc7a200t", "xc7k480t")]
    assert [static(device).value for device in order] == sorted(static(device).value for device in order)
    assert [clock_scale(device) for device in order] == sorted(clock_scale(device) for device in order)
    assert static(find_device("xc7a200t")).value == pytest.approx(163, rel=0.01)
    assert static(find_device("ecp5-85f")).high == pytest.approx(1.1 * 212)
