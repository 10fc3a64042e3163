"""The README's commands and its Python run as they stand there, and print what it says."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from amaranth import Module

from rnnhw.boards import find
from rnnhw.sim.tools import find_compiler, find_verilator
from rnnhw.synth.tools import TOOLS
from tests.cosim.test_verilog import need
from tests.shown import same_estimate, same_lines, same_search

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


def shown(command: str) -> str:
    """What the README shows as (the beginning of) a command's output."""
    return re.search(rf"<!-- output of: {command} -->\n```\n(.*?)```", TEXT, re.S)[1]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """An empty folder that has the files which the README names."""
    shutil.copytree(ROOT / "rnnhw" / "data", tmp_path / "rnnhw" / "data", ignore=shutil.ignore_patterns("*.py", "__*"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines()]


def run(command: str, code: int = 0) -> str:
    """Run a command as a user does, and return what it prints."""
    done = subprocess.run(command, shell=True, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"
    return re.sub(r" +$", "", done.stdout + done.stderr, flags=re.M)


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def test_all_commands_are_run():
    """By the tests below, each of which takes its own by their numbers."""
    assert [" ".join(command.split()[1:3]) for command in commands()] == [
        "inspect rnnhw/data/digits_lstm.safetensors",
        "estimate rnnhw/data/digits_lstm.safetensors",
        "generate rnnhw/data/digits_lstm.safetensors",
        "cosim build/digits",
        "cosim build/digits",
        "calc --inputs",
        "bptt --inputs",
        "studio",
        "compare rnnhw/data/digits_lstm.safetensors",
        "fit rnnhw/data/digits_lstm.safetensors",
        "build --board",
        "build --board",
        "board-sim build/icebreaker",
        "infer /dev/pts/0",
        "build --board",
        "build --liberty",
        "estimate rnnhw/data/digits_lstm.safetensors",
    ]


def test_commands(checkout):
    need(find_verilator)
    printed = [run(command) for command in (*commands()[:5], commands()[16])]
    assert printed[3].startswith(shown("rnnhw cosim"))
    assert printed[5].startswith(shown("rnnhw estimate"))
    table = re.search(r"<!-- rows of: rnnhw estimate -->\n```\n(.*?)```", TEXT, re.S)[1]
    assert table.splitlines()[0] in printed[1]
    assert same_estimate(table, printed[1]) >= 7
    assert "450 sequences equal to golden bit for bit" in printed[4]
    listed = re.findall(r"^\| `([\w./*]+)` \|", TEXT.split("holds\n")[1].split("The same from")[0], re.M)
    assert len(listed) == 7
    for name in listed:
        assert list((checkout / "build" / "digits").glob(name.rstrip("/"))), name


def test_the_calculators(checkout):
    """docs/energy-forecast.md has the same ones with all that they print."""
    pytest.importorskip("matplotlib")
    for name, command in zip(("calc", "bptt"), commands()[5:7], strict=True):
        assert same_lines(shown(f"rnnhw {name}"), run(command)) >= 4
    assert (checkout / "build" / "gradients.svg").is_file()


def test_the_page(checkout):
    pytest.importorskip("streamlit")
    command = f"exec {commands()[7]} --no-browser --port 0"
    with subprocess.Popen(command, shell=True, env=environment(), stdout=subprocess.PIPE, text=True) as serving:
        try:
            address = re.search(r"http://\S+", serving.stdout.readline())[0]
            assert "<title>" in urlopen(address, timeout=60).read().decode()
        finally:
            serving.terminate()


def test_the_comparison(checkout):
    """What is exact of it: the whole table but for the LUTs and the energy of other tools' estimates."""
    need(find_compiler)
    pytest.importorskip("matplotlib")
    wanted, found = (text.splitlines() for text in (shown("rnnhw compare"), run(commands()[8])))
    assert wanted == found[: len(wanted)]
    names = {path.name for path in (checkout / "build" / "widths").iterdir()}
    assert names == {"comparison.csv", "comparison.json", "pareto.svg", "report.html"}


def test_the_fastest_configuration(checkout):
    same_search(shown("rnnhw fit"), run(commands()[9]), "icebreaker")


def figures(table: str) -> dict[str, str]:
    """The rows of a printed table, without those that another release of a tool may change."""
    rows = dict(re.findall(r"^│ (.*?) +│ +(.*?) │$", table, re.M))
    return {name: rows[name] for name in rows if name not in ("ICESTORM_LC", "reached", "slowest path")}


def test_a_board(checkout):
    """From the shipped model to a bitstream, a simulated board, and a host: as the README has it, but for the port."""
    pytest.importorskip("amaranth_boards")
    pytest.importorskip("serial")
    need(find_compiler)
    for name in ("yosys", "nextpnr-ice40", "icepack"):
        need(TOOLS[name].find)
    build, too_large, serve, infer = commands()[10:14]
    expected = figures(shown("rnnhw build"))
    assert len(expected) == 11
    assert figures(run(build)) == expected
    refused = [re.sub(r"about .*? are needed", "", text) for text in (run(too_large, code=2), shown(too_large))]
    assert refused[0] == refused[1]
    with subprocess.Popen(
        f"exec {serve}", shell=True, env=environment(), stdout=subprocess.PIPE, text=True
    ) as simulated:
        try:
            said = simulated.stdout.readline()
            port = said.split(":")[0]
            assert said.replace(port, "/dev/pts/0") == shown("rnnhw board-sim")
            answered, accuracy, counted = run(infer.replace("/dev/pts/0", port)).splitlines()
            wanted = shown("rnnhw infer").splitlines()
            assert (answered.split(" in ")[0], accuracy) == (wanted[0].split(" in ")[0], wanted[1])
            assert counted.split("; ")[1] == wanted[2].split("; ")[1]
            (program,) = blocks("py")
            Path("program.py").write_text(program.replace("/dev/pts/0", port))
            assert run(f"{sys.executable} program.py") == shown("the program")
        finally:
            simulated.terminate()


def test_boards():
    """The table is what `rnnhw boards` says."""
    found = re.findall(
        r"^\| `([\w-]+)` \| (.*?) \|$", TEXT.split("lists what there is")[1].split("Their pins")[0], re.M
    )
    wanted = []
    for row in json.loads(run("rnnhw boards --json"))["boards"]:
        counts = [f"{row[name]:,}" for name in ("lut", "ff", "dsp", "block_ram")]
        clocks = [f"{row[name]:g} MHz" for name in ("oscillator_mhz", "core_mhz")]
        flow = {"bitstream": "bitstream", "vivado": "files for Vivado"}[row["flow"]]
        wanted.append((row["name"], " | ".join([row["title"], row["device"], *counts, *clocks, flow])))
    assert found == wanted


def test_vivado(checkout):
    """With fewer lanes, which is faster."""
    pytest.importorskip("amaranth_boards")
    need(TOOLS["yosys"].find)
    assert "DSP48E1 (by yosys)" in run(f"{commands()[14]} --lanes 2")
    assert (checkout / "build" / "arty" / "digits_lstm.tcl").is_file()


def test_the_board_of_ones_own(checkout):
    """The one in docs/boards.md is a board, and a design takes it."""
    pytest.importorskip("amaranth_boards")
    (text,) = re.findall(r"```python\n(# my_board.py.*?)```", (ROOT / "docs" / "boards.md").read_text(), re.S)
    Path("my_board.py").write_text(text)
    find("./my_board.py").platform().prepare(Module(), "top")
    estimate = "rnnhw estimate rnnhw/data/digits_lstm.safetensors --board ./my_board.py"
    assert "ecp5-25f" in run(estimate)


def test_a_chip(checkout):
    command = commands()[15]
    if not Path(command.split()[3]).is_file():
        pytest.skip("osu018 was not found; apt-get install qflow-tech-osu018")
    need(TOOLS["yosys"].find)
    assert "rnnhw_ram_" in run(command)
    assert (checkout / "build" / "chip" / "digits_lstm.v").is_file()


def test_python(checkout):
    """All Python, as one program, prints what stands behind each block."""
    expected = re.findall(r"prints\n\n```\n(.*?)```", TEXT, re.S)
    codes, names = blocks("python"), {"__name__": "readme"}
    assert len(codes) == len(expected) == 3
    for code, wanted in zip(codes, expected, strict=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), names)
        assert printed.getvalue() == wanted


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_nothing_is_left_to_fill_in():
    assert not re.findall(r"MEASURED|TODO|FIXME|XXX", TEXT)
