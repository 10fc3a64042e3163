"""The tools' runner, against programs that only pretend: what they are called with, and how their failures read."""

import json
import sys
from textwrap import dedent

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.synth import TOOLS, Flow, Part, SynthesisError, versions
from rnnhw.synth.tools import cause, run_tool

PARTS = {
    "ice40": Part("ice40", ("--up5k", "--package", "sg48"), "top.pcf"),
    "ecp5": Part("ecp5", ("--25k", "--package", "CABGA381", "--speed", "6"), "top.lpf", ("--compress",)),
    "gowin": Part("gowin", ("--device", "GW1NR-LV9QN88PC6/I5"), "top.cst", ("-d", "GW1N-9C")),
}
PYTHON = sys.executable
HEAD = """#!{python}
import json, sys
args = sys.argv[1:]
word = lambda name: args[args.index(name) + 1]
open({calls!r}, "a").write(json.dumps(args) + "\\n")
"""
PROGRAMS = {
    "yosys": """
        open("top.json", "w").write("{}")
        open("top.stat.json", "w").write('{"design": {"num_cells_by_type": {"SB_LUT4": 3, "SB_DFF": 2}}}')""",
    "nextpnr": """
        open(word("--report"), "w").write(json.dumps({"fmax": {"clk": {"achieved": 40.0 + int(word("--seed"))}},
            "utilization": {}, "critical_paths": []}))
        open(word("--log"), "w").write("fine")""",
    "pack": """open([a for a in args if a.endswith((".bin", ".bit", ".fs"))][0], "w").write("bits")""",
    "fails": """
        print("Info: all is well")
        print("ERROR: cells cannot be placed", file=sys.stderr)
        print("2 warnings, 1 error", file=sys.stderr)
        sys.exit(3)""",
}


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Puts programs of some names on the search path, and none beside Python; returns the calls that they get."""
    (tmp_path / "bin").mkdir()
    calls = tmp_path / "calls"

    def put(programs):
        for name, body in programs.items():
            script = tmp_path / "bin" / name
            script.write_text(HEAD.format(python=PYTHON, calls=str(calls)) + dedent(PROGRAMS[body]))
            script.chmod(0o755)
        return lambda: [json.loads(line) for line in calls.read_text().splitlines()]

    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere" / "python"))
    return put


def fake(family, **changed):
    """Programs of a family's tools; `changed`: by the name of a tool."""
    flow = {"ice40": ("nextpnr-ice40", "icepack"), "ecp5": ("nextpnr-ecp5", "ecppack")}
    flow["gowin"] = ("nextpnr-himbaechel-gowin", "gowin_pack")
    place, pack = flow[family]
    return {"yosys": "yosys", place: "nextpnr", pack: "pack"} | changed


@pytest.mark.parametrize("family", PARTS)
def test_what_the_tools_are_called_with(family, tools, tmp_path):
    calls = tools(fake(family))
    work = tmp_path / "work"
    work.mkdir()
    flow = Flow(PARTS[family], work)
    cells = flow.synthesise()
    assert (cells.lut, cells.ff) == (3, 2)
    routed = flow.route(7, 48.25)
    assert (routed.seed, routed.report.slowest_mhz, routed.log) == (7, 47.0, "nextpnr-seed7.log")
    assert flow.pack(routed, "design") == {"ice40": "design.bin", "ecp5": "design.bit", "gowin": "design.fs"}[family]
    synthesis, place, pack = calls()
    assert f"read_rtlil top.il; synth_{family} " in synthesis[-1] + " "
    assert place[: len(PARTS[family].nextpnr)] == list(PARTS[family].nextpnr)
    assert place[place.index("--freq") + 1] == "48.250000"
    assert place[place.index("--seed") + 1] == "7"
    assert "--timing-allow-fail" in place
    assert not any(argument.startswith("/") for call in (synthesis, place, pack) for argument in call)
    assert pack[: len(PARTS[family].pack)] == list(PARTS[family].pack)


@pytest.mark.parametrize(
    ("name", "step", "title"),
    [
        ("yosys", "synthesise", "yosys"),
        ("nextpnr-ice40", "route", "nextpnr-ice40"),
        ("icepack", "pack", "icepack"),
    ],
)
def test_a_tool_that_fails(name, step, title, tools, tmp_path):
    tools(fake("ice40") | {name: "fails"})
    flow = Flow(PARTS["ice40"], tmp_path)
    done = None if step != "pack" else flow.route(1, 12)
    arguments = {"synthesise": (), "route": (1, 12), "pack": (done, "x")}[step]
    with pytest.raises(SynthesisError, match=rf"^{title} failed: cells cannot be placed$") as error:
        getattr(flow, step)(*arguments)
    assert error.value.log in ("yosys.log", "nextpnr-seed1.log", "icepack.log")


def test_a_tool_that_is_missing(tools):
    tools({})
    message = r'^nextpnr-ecp5 was not found; pip install "rnnhw\[boards\]", or put nextpnr-ecp5 on the search path$'
    with pytest.raises(RnnhwError, match=message):
        TOOLS["nextpnr-ecp5"].find()


def test_a_packer_that_makes_nothing(tools, tmp_path):
    tools(fake("ice40"))
    flow = Flow(PARTS["ice40"], tmp_path)
    routed = flow.route(1, 12)
    tools({"icepack": "yosys"})
    with pytest.raises(SynthesisError, match=r"^icepack made no bitstream$"):
        flow.pack(routed, "x")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Info: a\nERROR: no room\nlast", "no room"),
        ("Info: a\nlast line\n\n", "last line"),
        ("", "exit code 4"),
        ("error: input file is mandatory", "error: input file is mandatory"),
        ("ERROR: " + "x" * 900, "x" * 300),
    ],
)
def test_the_cause_of_a_failure(text, found):
    assert cause(text, 4) == found


def test_logs_hold_what_a_tool_says(tools, tmp_path):
    tools(fake("ice40", yosys="fails"))
    with pytest.raises(SynthesisError):
        run_tool("yosys", (), tmp_path, "said.log")
    assert "Info: all is well\nERROR: cells cannot be placed" in (tmp_path / "said.log").read_text()


def test_versions(tools):
    tools({"yosys": "pack"})
    assert versions(("yosys",)) == {"yosys": "unknown"}  # not the Python package's
