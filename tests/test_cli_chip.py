# amaranth: UnusedElaboratable=no
"""``rnnhw build`` for standard cells, and for a board whose bitstream Vivado makes."""

import json

import pytest

from rnnhw.synth import sta, xilinx
from tests.synth.liberty import OSU018, installed


@pytest.fixture
def model(small):
    """Options of a build of the little model."""
    return (
        "build",
        small / "small.safetensors",
        "--calibrate",
        small / "data.npz",
        "--mode",
        "many-to-one",
        "--lanes",
        "1",
    )


def test_standard_cells(run, model, tmp_path, yosys):
    code, out, err = run(*model, "--liberty", installed(OSU018), "--memories", "100", "-o", tmp_path / "out")
    assert (code, err) == (0, "")
    assert "gate equivalents (NAND2X1)" in out
    assert "macro rnnhw_ram_" in out
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["weights"] == "loadable"
    assert (tmp_path / "out" / "load.bin").is_file()


def test_json_and_a_clock_that_is_not_met(run, model, tmp_path, yosys):
    if sta.find_sta() is None:
        pytest.skip("OpenSTA was not found; apt-get install opensta")
    options = ("--liberty", installed(OSU018), "--clock", "3000", "--weights", "rom", "--json", "-o", tmp_path / "out")
    code, out, err = run(*model, *options)
    answer = json.loads(out)
    assert (code, answer["met"], answer["weights"], answer["clock_mhz"]) == (1, False, "rom", 3000)
    assert err.startswith("rnnhw: timing is not met: 3000 MHz are asked for, ")


def test_vivado(run, model, tmp_path, yosys, monkeypatch):
    pytest.importorskip("amaranth_boards")
    monkeypatch.setattr(xilinx, "count_resources", lambda rtlil: dict.fromkeys(xilinx.COSTS, 3))
    code, out, err = run(*model, "--board", "arty-a7", "--name", "tiny", "-o", tmp_path / "out")
    assert (code, err) == (0, "")
    assert "DSP48E1 (by yosys)" in out
    assert f"vivado -mode batch -source {tmp_path / 'out' / 'tiny.tcl'}" in out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"tiny.sv", "tiny.xdc", "tiny.tcl", "resources.json", "network.rnnq", "board.json"} <= names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--liberty", "none.lib"), "none.lib: cannot be read (No such file or directory)"),
        (("--liberty", "none.lib", "--board", "icebreaker"), "--board has no effect with --liberty"),
        (("--liberty", "none.lib", "--baud", "9600"), "--baud has no effect with --liberty"),
        (("--liberty", "none.lib", "--clock", "soon"), "clock must be a number of MHz above 0, or 'max', not 'soon'"),
        (("--liberty", "none.lib", "--memories", "few"), "memories must be 'auto', 'flops' or a number of bits"),
        (("--board", "icebreaker", "--memories", "flops"), "--memories has an effect with --liberty only"),
        ((), "--board is missing: one of rnnhw boards, or a file that defines BOARD"),
    ],
)
def test_wrong_options(run, model, tmp_path, options, message):
    code, out, err = run(*model, *options, "-o", tmp_path / "out")
    assert (code, out) == (2, "")
    assert err.startswith(f"rnnhw: {message}")
    assert not (tmp_path / "out").exists()
