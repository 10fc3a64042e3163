"""What is read of nextpnr's report."""

import json

import pytest

from rnnhw.synth import CriticalPath, SynthesisError, read_report
from rnnhw.synth.report import UNCLOCKED_NS, signal

CLOCK = "posedge link.clk_$glb_clk"


def step(kind, delay, start, end, net=None):
    item = {"type": kind, "delay": delay, "from": {"cell": start, "port": "O"}, "to": {"cell": end, "port": "I"}}
    return item | ({} if net is None else {"net": net})


def path(*steps, start=CLOCK, end=CLOCK):
    return {"from": start, "to": end, "path": list(steps)}


FAST = path(
    step("clk-to-q", 1.0, "a.one_SB_DFF_Q", "a.one_SB_DFF_Q"),
    step("routing", 2.0, "a.one_SB_DFF_Q", "b", "a.one"),
    step("setup", 0.5, "b", "a.two_SB_DFFE_Q_DFFLC"),
)
SLOW = path(
    step("clk-to-q", 1.25, "core.count_SB_DFFESR_Q_3_DFFLC", "core.count_SB_DFFESR_Q_3_DFFLC"),
    step("routing", 2.5, "x", "y", "core.count[3]"),
    step("logic", 1.25, "y", "y"),
    step("routing", 3.0, "y", "z", "core.sum_SB_LUT4_O_I1[2]"),
    step("logic", 1.0, "z", "z"),
    step("routing", 2.0, "z", "w", "$nextpnr_ICESTORM_LC_5$I3"),
    step("setup", 1.0, "w", "core.total_SB_DFF_Q_D_DFFLC"),
)


def report(tmp_path, paths, fmax=None):
    file = tmp_path / "report.json"
    fmax = {"link.clk_$glb_clk": {"achieved": 83.25, "constraint": 48.0}} if fmax is None else fmax
    used = {"ICESTORM_LC": {"used": 5, "available": 5280}, "ICESTORM_DSP": {"used": 0, "available": 8}}
    file.write_text(json.dumps({"fmax": fmax, "utilization": used, "critical_paths": paths}))
    return read_report(file)


def test_clocks_cells_and_the_slowest_path(tmp_path):
    found = report(tmp_path, [FAST, SLOW, path(step("setup", 99.0, "pin", "q"), start="<async>")])
    assert found.fmax_mhz == {"link.clk_": 83.25}
    assert found.slowest_mhz == 83.25
    assert found.utilisation == {"ICESTORM_LC": (5, 5280), "ICESTORM_DSP": (0, 8)}
    assert found.critical == CriticalPath(12.0, 7.5, 2, "core.count", ("core.sum",), "core.total")
    assert str(found.critical) == "core.count -> core.sum -> core.total (12.0 ns, 7.5 of them wires, 2 cells)"
    assert found.to_json()["utilisation"]["ICESTORM_LC"] == [5, 5280]


def test_the_slowest_of_several_clocks_counts(tmp_path):
    fmax = {"a": {"achieved": 50.0, "constraint": 48.0}, "b": {"achieved": 40.5, "constraint": 12.0}}
    assert report(tmp_path, [FAST], fmax).slowest_mhz == 40.5


def test_a_multiplier_without_registers_is_not_forgotten(tmp_path):
    """nextpnr leaves the way through it out of what the clock reaches."""
    ground = "posedge $PACKER_GND_NET_$glb_clk"
    into = path(*SLOW["path"][:2], step("setup", 0.25, "w", "core.m.product_SB_MAC16_O_DSP"), end=ground)
    out = path(
        step("clk-to-q", 0.5, "core.m.product_SB_MAC16_O_DSP", "x"),
        step("routing", 3.5, "x", "y", "core.m.product_SB_MAC16_O_O_13"),
        step("setup", 0.5, "y", "core.m.register_SB_DFF_Q_DFFLC"),
        start=ground,
    )
    found = report(tmp_path, [SLOW, into, out])
    assert found.critical.delay_ns == 4.0 + UNCLOCKED_NS + 4.5
    assert found.slowest_mhz == pytest.approx(1000 / found.critical.delay_ns)
    assert (found.critical.start, found.critical.end) == ("core.count", "core.m.register")
    assert report(tmp_path, [SLOW, into]).slowest_mhz == 83.25  # control: a constant's way alone is none


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("link.core.engine.sequencer.missing[0]", "link.core.engine.sequencer.missing"),
        ("core.select.zero_1_SB_DFFESR_Q_D_SB_LUT4_I1_O[2]", "core.select.zero_1"),
        ("core.tanh_1_LUT4_D_Z_CCU2C_S1_CIN_CCU2C_COUT_PFUMX_Z", "core.tanh_1"),
        ("link.core.store.0.0_RDATA_14", "link.core.store"),
        ("link.core.elements.0.0_DOB3", "link.core.elements"),
        ("core.mac_array.multiplier_0.block_B2", "core.mac_array.multiplier_0"),
        ("core.tags[6].number", "core.tags[6].number"),
        ("o_data[2]$SB_IO_OUT", "o_data"),
        ("$nextpnr_ICESTORM_LC_5$I3", ""),
        ("core.sum_DFFRE_Q_3_D_ALU_SUM_CIN[1]", "core.sum"),
        ("core.value_MUX2_LUT5_O", "core.value"),
    ],
)
def test_names_of_the_design(name, found):
    assert signal(name) == found


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"fmax": {"a": {}}, "utilization": {}, "critical_paths": []}'])
def test_reports_that_cannot_be_read(text, tmp_path):
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(SynthesisError, match=r"^nextpnr's report cannot be read \(\w+: "):
        read_report(file)
    with pytest.raises(SynthesisError, match=r"cannot be read \(FileNotFoundError: "):
        read_report(tmp_path / "nothing.json")


def test_a_report_without_clocks(tmp_path):
    with pytest.raises(SynthesisError, match=r"^nextpnr's report knows no clock$"):
        report(tmp_path, [FAST], {})
