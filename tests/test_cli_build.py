"""The commands ``build`` and ``boards``."""

import json

import pytest

from rnnhw import closing
from rnnhw.boards import BOARDS
from tests.pretended import Pretended


@pytest.fixture
def pretended(monkeypatch):
    """Builds with tools that reach 90 MHz; returns what the designs were."""
    builders = []

    def prepare(builder, clock):
        builders.append(builder)
        folder = builder.folder / f"work-{clock.rounded_hz}"
        folder.mkdir()
        return Pretended(lambda seed, mhz: 90.0, {"SB_LUT4": 10}, folder, [])

    monkeypatch.setattr(closing.Builder, "_prepare", prepare)
    return builders


def test_boards_are_listed(run):
    code, printed, _ = run("boards")
    assert code == 0
    assert [name for name in BOARDS if name not in printed] == []
    code, printed, _ = run("boards", "--json")
    rows = json.loads(printed)["boards"]
    assert [row["name"] for row in rows] == list(BOARDS)
    assert rows[0] == {
        "name": "icebreaker",
        "title": "1BitSquared iCEBreaker",
        "device": "ice40up5k",
        "family": "ice40",
        "lut": 5280,
        "ff": 5280,
        "dsp": 8,
        "block_ram": 30,
        "oscillator_mhz": 12.0,
        "core_mhz": BOARDS["icebreaker"].core_mhz,
        "links": ["uart", "spi"],
        "baud": 1_000_000,
        "lanes": BOARDS["icebreaker"].lanes,
        "flow": "bitstream",
    }


def test_a_build(run, small, pretended):
    out = small / "out"
    arguments = (small / "small.safetensors", "--calibrate", small / "data.npz", "--board", "icebreaker", "-o", out)
    code, printed, error = run("build", *arguments, "--lanes", "2", "--clock", "48", "--name", "mine")
    assert (code, error) == (0, "")
    assert "mine on icebreaker (ice40up5k)" in printed
    assert "90.00 MHz with seed 1" in printed
    assert "inferences of 7 steps per second" in printed
    assert f"program it with: iceprog {out}/mine.bin" in printed.replace("\n", "")
    code, printed, _ = run("build", *arguments, "--clock", "max", "--seeds", "1", "--json")
    answer = json.loads(printed)
    assert (answer["clock_hz"], answer["bitstream"], answer["figures"]["length"]) == (90_000_000, "little.bin", 7)
    assert answer["hardware"]["lanes"] == 4


def test_the_shipped_model_by_default(run, tmp_path, monkeypatch, pretended):
    monkeypatch.chdir(tmp_path)
    code, printed, error = run("build", "--board", "ulx3s-12f")
    assert (code, error) == (0, "")
    assert "build/digits_lstm-ulx3s-12f/digits_lstm.bin" in printed.replace("\n", "")
    assert pretended[0].design.plan.hardware.lanes == BOARDS["ulx3s-12f"].lanes
    assert pretended[0].design.qnet.config.weight_bits == 8


def test_a_folder_that_generate_wrote(run, small, pretended):
    model = (small / "small.safetensors", "--calibrate", small / "data.npz")
    assert run("generate", *model, "-o", small / "core", "--lanes", "3", "--name", "written")[0] == 0
    code, _, error = run("build", small / "core", "--board", "icebreaker", "-o", small / "out")
    assert (code, error) == (0, "")
    assert (pretended[0].design.name, pretended[0].design.plan.hardware.lanes) == ("written", 3)
    code, _, error = run("build", small / "core", "--board", "icebreaker", "-o", small / "out", "--lanes", "2")
    assert (code, error) == (2, f"rnnhw: {small / 'core'}: is a generated core, --lanes has no effect on it\n")


def test_options_from_a_file(run, small, pretended):
    config = small / "rnnhw.toml"
    config.write_text('[build]\nboard = "icebreaker"\nclock = 36\nseeds = 2\n')
    model = (small / "small.safetensors", "--calibrate", small / "data.npz", "-o", small / "out")
    assert run("build", *model, "--config", config)[0] == 0
    assert (pretended[0].wishes.clock, pretended[0].wishes.seeds) == (36, 2)
    config.write_text("[build]\nclock = true\n")
    code, _, error = run("build", *model, "--config", config)
    assert (code, error) == (2, f"rnnhw: {config}: clock must be a number or a word, not True\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--board is missing: one of rnnhw boards, or a file that defines BOARD"),
        (("--board", "nowhere.py"), "nowhere.py: no such file"),
        (("--board", "icebreaker", "--clock", "soon"), "clock must be a number of MHz above 0, or 'max', not 'soon'"),
        (("--board", "icebreaker", "--link", "usb"), "link must be one of uart, spi, not 'usb'"),
        (("nothing.rnnq", "--board", "icebreaker"), "nothing.rnnq: no such file"),
    ],
)
def test_mistakes(arguments, message, run, pretended, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, printed, error = run("build", *arguments)
    assert (code, printed, error) == (2, "", f"rnnhw: {message}\n")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_one_line_and_a_code_of_its_own(run, tmp_path, monkeypatch, pretended):
    monkeypatch.chdir(tmp_path)
    code, _, error = run("build", "--board", "ulx3s-12f", "--clock", "96", "--seeds", "1", "-o", "out")
    assert code == 1
    assert error.startswith(
        "rnnhw: timing is not met: 95.83 MHz are needed, seed 1 reaches 90.00 MHz; ask for --clock "
    )
    assert error.count("\n") == 1
    assert (tmp_path / "out.failed" / "nextpnr-seed1.log").is_file()
