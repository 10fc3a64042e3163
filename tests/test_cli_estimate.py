"""``rnnhw estimate``: sequences, clocks, links, parts; one-line errors with exit code 2."""

import json

import pytest

from rnnhw import data
from tests.synth.liberty import BUFFER, FLIP_FLOP, INVERTER, NAND, library

MODEL = ("estimate", str(data.digits_model()))
CALIBRATED = (*MODEL, "--calibrate", str(data.digits_calibration()), "--lanes", 8)


def answer(run, *arguments):
    code, out, error = run(*arguments, "--json")
    assert code == 0, error
    return json.loads(out)


def test_the_length_is_that_of_the_data(run):
    found = answer(run, *CALIBRATED, "--board", "icebreaker")
    assert found["sequence"]["length"] == 8
    assert found["energy"]["of"] == "inference"
    longer = answer(run, *CALIBRATED, "--board", "icebreaker", "--length", 80)
    assert longer["sequence"]["length"] == 80
    assert longer["sequence"]["interval_cycles"] - found["sequence"]["interval_cycles"] == 72 * 640


def test_without_data_there_is_no_length(run):
    found = answer(run, *MODEL, "--lanes", 8, "--board", "icebreaker")
    assert (found["sequence"], found["energy"]["of"]) == (None, "step")


def test_a_given_clock(run):
    found = answer(run, *CALIBRATED, "--clock", 12.5)
    assert found["speed"]["steps_per_second"] == {"value": 12.5e6 / 640, "low": 12.5e6 / 640, "high": 12.5e6 / 640}
    assert (found["clock_mhz"], found["energy"]) == (None, None)  # there is no device


def test_a_link(run):
    alone, linked = (answer(run, *CALIBRATED, "--target", "ecp5", "--link", link) for link in ("none", "spi"))
    assert linked["bram"] == alone["bram"] + 2
    assert linked["modules"][-1]["part"] == "link"


@pytest.mark.parametrize("name", ["xc7s50", "XC7A35TICSG324-1L", "xc7z007sclg225-1", "ecp5-85f", "gw1nr-9"])
def test_targets(run, name):
    found = answer(run, *CALIBRATED, "--target", name)
    assert name.lower().startswith(found["device"])
    assert found["dsp"] > 0


def test_the_configuration_file(run, tmp_path):
    config = tmp_path / "c.toml"
    config.write_text('target = "ecp5"\n[estimate]\nlength = 3\nclock = 40\nlink = "uart"\n')
    found = answer(run, *CALIBRATED, "--config", config)
    assert (found["sequence"]["length"], found["given_clock"], found["link"]) == (3, 40, "uart")
    config.write_text('clock = "fast"')
    code, _, error = run(*CALIBRATED, "--config", config)
    assert (code, error) == (2, f"rnnhw: {config}: clock must be a number, not 'fast'\n")


def test_tables(run):
    code, out, _ = run(*CALIBRATED, "--board", "icebreaker")
    assert code == 0
    for title in ("Passes", "Estimate for ice40up5k", "Modules", "Multipliers and memories", "fits: "):
        assert f"\n{title}" in f"\n{out}"
    assert max(map(len, out.splitlines())) <= 110


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--length", "0"), "length must be in 1..1048576, not 0"),
        (("--clock", "0"), "clock must be above 0 and at most 2000 MHz, not 0"),
        (("--clock", "nan"), "clock must be above 0 and at most 2000 MHz, not nan"),
        (("--link", "usb"), "link must be one of none, uart, spi, not 'usb'"),
        (("--target", "xc7s60"), "target must be a board (icebreaker, "),
    ],
)
def test_errors(run, arguments, message):
    code, out, error = run(*CALIBRATED, *arguments)
    assert (code, out) == (2, "")
    assert error.startswith(f"rnnhw: {message}")
    assert error.count("\n") == 1


def test_a_target_that_there_is_not(run):
    _, _, error = run(*CALIBRATED, "--target", "xc7s60")
    assert error.endswith(
        "or a device: ice40up5k, ecp5-12f, ecp5-25f, ecp5-45f, ecp5-85f, gw1nr-9, a 7-series part (xc7s6 .. xc7s100, "
        "xc7a12t .. xc7a200t, xc7k70t .. xc7k480t, xc7z007s .. xc7z100) or a family (ice40, ecp5, gowin, xilinx); "
        "not 'xc7s60'\n"
    )


@pytest.fixture
def liberty(tmp_path):
    """A Liberty file whose NAND has an area of 2."""
    path = tmp_path / "little.lib"
    path.write_text(library(FLIP_FLOP, INVERTER, BUFFER, NAND))
    return path


def test_standard_cells(run, liberty):
    found, rom = (answer(run, *CALIBRATED, "--liberty", liberty, *more) for more in ((), ("--weights", "rom")))
    chip = found["chip"]
    assert (found["liberty"], found["device"], found["cycles_per_step"]) == (str(liberty), None, 640)
    assert chip["nand_area"] == 2
    assert chip["area"] == {key: 2 * value for key, value in chip["gates"].items()}
    assert {item["name"] for item in chip["macros"]} == {"weights", "bias"}  # loadable, as `build --liberty` makes them
    assert (rom["chip"]["macros"], rom["chip"]["kept_bits"]) == ([], chip["kept_bits"])
    assert rom["chip"]["constant_bits"] > chip["constant_bits"] + 40000
    assert "chip" not in answer(run, *CALIBRATED)


def test_tables_of_standard_cells(run, liberty):
    code, out, _ = run(*CALIBRATED, "--liberty", liberty, "--clock", 100)
    assert code == 0
    for title in ("Passes", "Estimate ", "Estimate for standard cells", "RAM macros", "no clock and energy"):
        assert f"\n{title}" in f"\n{out}"
    assert "sequences a second" in out  # at the clock that is given
    assert max(map(len, out.splitlines())) <= 110


def test_a_library_in_the_configuration_file(run, liberty, tmp_path):
    config = tmp_path / "c.toml"
    config.write_text(f'[estimate]\nliberty = "{liberty}"\nweights = "rom"\n')
    assert answer(run, *CALIBRATED, "--config", config)["chip"]["macros"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--board", "icebreaker"), "--liberty must not be given with --board or --target: a core is for the one or "),
        (("--target", "ecp5"), "--liberty must not be given with --board or --target: a core is for the one or "),
        (("--link", "uart"), "--link has no effect with --liberty: the core stands alone, without a link and pins"),
        (("--liberty", "none.lib"), "none.lib: cannot be read (No such file or directory)"),
        (("--liberty", data.digits_model()), f"{data.digits_model()}: is not a Liberty file (it is not text; "),
    ],
)
def test_errors_of_standard_cells(run, liberty, arguments, message):
    code, out, error = run(*CALIBRATED, "--liberty", liberty, *arguments)
    assert (code, out) == (2, "")
    assert error.startswith(f"rnnhw: {message}")
    assert error.count("\n") == 1
