"""The energy model: its arithmetic, and a published measurement that it was not made from."""

from dataclasses import replace

import pytest

from rnnhw.estimate import Fitted, estimate, find_device, for_device
from rnnhw.estimate.energy import energy, toggles
from rnnhw.estimate.energy_coefficients import COEFFICIENTS, REST, clock_scale, static
from tests.estimate.cores import core

ENDS = ("value", "low", "high")


def figures(name="digits", family="ice40", **options):
    device = find_device(family)
    return estimate(for_device(core(name), device), device, **options)


@pytest.mark.parametrize("family", ["ice40", "ecp5", "gowin", "xilinx"])
def test_parts_add_up(family):
    found = figures(family=family, length=8, clock=20).energy
    assert (found.of, found.cycles) == ("inference", figures(length=8).sequence.interval_cycles)
    assert set(found.parts_nj) == set(COEFFICIENTS[family]) | {"static"}
    for end in ENDS:
        assert getattr(found.total_nj, end) == pytest.approx(sum(getattr(p, end) for p in found.parts_nj.values()))
    for part in (*found.parts_nj.values(), found.total_nj, found.power_mw):
        assert 0 <= part.low <= part.value <= part.high


def test_power_is_energy_over_time():
    found = figures(length=8, clock=20).energy
    for end in ENDS:
        assert getattr(found.power_mw, end) == pytest.approx(getattr(found.total_nj, end) / (found.cycles / 20))


def test_what_toggles():
    """The lanes' blocks work while the lanes multiply, all else for a share of the time."""
    found = figures(family="ecp5")
    busy = found.bound_cycles / found.cycles_per_step
    amounts = toggles(found)
    assert amounts["clock"] == Fitted(1, 1, 1)
    assert amounts["ff"] == found.ff
    assert amounts["dsp"].value == pytest.approx(16 * busy + REST.value)
    assert amounts["dsp"].high == pytest.approx(16 * busy + REST.high)
    weights = next(memory.bram for memory in found.memories if memory.name == "weights")
    assert amounts["bram"].value == pytest.approx(weights * busy + (found.bram - weights) * REST.value)


def test_an_idle_engine_does_not_multiply():
    """Engines that work at a sequence's end only: their lanes rest in the steady state."""
    found = figures(family="ecp5")
    asleep = replace(found, engines=tuple(replace(engine, bound_cycles=0) for engine in found.engines))
    assert toggles(asleep)["dsp"].value == pytest.approx(REST.value)


def test_longer_sequences_and_other_clocks():
    one, two = (figures(length=length, clock=20).energy for length in (8, 80))
    assert two.total_nj.value / one.total_nj.value == pytest.approx(two.cycles / one.cycles)
    slow, fast = (figures(length=8, clock=clock).energy for clock in (1, 20))
    assert slow.parts_nj["static"].value == pytest.approx(20 * fast.parts_nj["static"].value)
    assert slow.parts_nj["dsp"] == fast.parts_nj["dsp"]
    assert slow.power_mw.value < fast.power_mw.value


def test_a_step_where_no_length_is_known():
    found = figures(clock=20)
    assert (found.energy.of, found.energy.cycles) == ("step", found.cycles_per_step)


def test_no_energy_without_device_or_clock():
    assert estimate(core("digits"), length=8, clock=20).energy is None
    assert replace(figures("digits", "xilinx"), clock_mhz=None).energy is None


def test_a_core_without_luts():
    found = replace(figures(), lut=Fitted(0, 0, 0), modules=())
    assert toggles(found)["lut"] == Fitted(0, 0, 0)


def test_a_published_measurement():
    """An LSTM (1 input, 20 units, 8 bits) of another project on an XC7S15: 3.8 uJ an inference, 17,534 of them a second
    (arXiv 2310.16842). Its resources are those of its published code in yosys: 508 LUT4, 376 flip-flops, 7 multipliers,
    4 block RAMs; six steps of 891 cycles and the layer behind make that about 100 MHz. Its multipliers are used in 47 %
    of the cycles.
    """
    device = find_device("xc7s15")
    amounts = {
        "clock": Fitted(1, 1, 1),
        "ff": Fitted(376, 376, 376),
        "lut": Fitted(508 / 1.6 * REST.value, 508 / 1.6 * REST.low, 508 / 1.6 * REST.high),
        "dsp": Fitted(7 * 0.47, 7 * 0.47, 7 * 0.47),
        "bram": Fitted(4, 4, 4),
    }
    found = energy(device, amounts, Fitted(100, 100, 100), 100e6 / 17534, "inference")
    assert found.total_nj.low < 3800 < found.total_nj.high
    assert found.total_nj.value == pytest.approx(3800, rel=0.3)  # 2.8 uJ: a quarter less than measured
    assert found.power_mw.value == pytest.approx(3.8e-3 * 17534, rel=0.3)


def test_the_measured_board_comes_out_again():
    """Rows of the table that the coefficients come from: uA at 1.219 V and 12 MHz, less what a still clock takes."""
    device, still = find_device("ice40"), Fitted(0, 0, 0)
    nothing = {"clock": Fitted(1, 1, 1), "ff": still, "lut": still, "dsp": still, "bram": still, "spram": still}

    def current(**amounts):
        given = nothing | {key: Fitted(count, count, count) for key, count in amounts.items()}
        found = energy(device, given, Fitted(12, 12, 12), 12e6, "second")  # a second: nJ
        return (found.total_nj.value - found.parts_nj["static"].value) / 1e3 / 1.219

    assert current(ff=28) == pytest.approx(613.5 - 92.1, rel=0.02)
    assert current(ff=224) == pytest.approx(641.3 - 92.1, rel=0.02)
    assert current(ff=28, lut=180) == pytest.approx(996 - 92.1 - 4, rel=0.04)
    assert clock_scale(device) == 1
    assert static(device).value == pytest.approx(85.6e-3 * 1.219, rel=0.01)
