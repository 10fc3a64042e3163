# amaranth: UnusedElaboratable=no
"""The emitted bench, by make as its users run it, and by rnnhw; and that it can fail."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rnnhw.emit.bench_files import write_bench
from rnnhw.emit.ports import Channel, Field, Ports
from rnnhw.errors import RnnhwError
from rnnhw.sim import amaranth_backend, cocotb_backend
from rnnhw.sim.outcome import ExtraOutput, SimulationError, VectorMismatch
from rnnhw.sim.stimulus import Probe
from tests.sim.dut import DATA_WIDTH, OUTPUT_WIDTH, PROBES, Dut, expected_outputs, io_stimulus, sequences, stimulus

LENGTHS = (3, 4)


def ports(output_width: int = OUTPUT_WIDTH) -> Ports:
    marks = (Field("first", 1), Field("last", 1))
    return Ports(
        (
            Channel("i", True, (Field("data", DATA_WIDTH, True), *marks)),
            Channel("o", False, (Field("data", output_width, True), marks[1])),
        )
    )


def bench(folder: Path, source: Path, *, beats=None, cycles=True, **changes) -> Path:
    """Write the bench of the demo design; ``beats`` (data, last) are expected, ``changes`` overrule arguments."""
    wanted = good_beats() if beats is None else beats
    arguments = {
        "top": "demo",
        "sources": [source],
        "ports": ports(),
        "stimulus": stimulus(LENGTHS, outputs=len(wanted), max_cycles=400),
        "expected": {"o": {"data": [data for data, _ in wanted], "last": [last for _, last in wanted]}},
        "expected_cycles": {"o": [7 + 6 * k for k in range(len(wanted))]} if cycles else None,
    }
    return write_bench(folder, **(arguments | changes))


def altered(beats, number, data=0, last=0):
    """The expected beats with one bit of one of them changed."""
    changed = list(beats)
    changed[number] = (changed[number][0] ^ data, changed[number][1] ^ last)
    return changed


def good_beats():
    values, first, last = sequences(LENGTHS)
    return list(zip(expected_outputs(values, first), last.tolist(), strict=True))


@pytest.fixture
def icarus(simulators):
    simulators.need("icarus")


@pytest.fixture
def make(icarus, tmp_path):
    """Runs make in a bench folder, with nothing of rnnhw on the path; returns (code, output)."""
    if shutil.which("make") is None:
        pytest.skip("make not found")

    def run(folder: Path) -> tuple[int, str]:
        environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["make"], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_make_passes(make, tmp_path, demo_verilog):
    vectors = bench(tmp_path / "bench", demo_verilog)
    makefile = (vectors.parent / "Makefile").read_text()
    assert "VERILOG_SOURCES := ../demo.sv\n" in makefile
    assert "@" not in re.sub(r"#.*", "", makefile)
    assert "rnnhw" not in re.sub(r'RNNHW_|"rnnhw-vectors-2"|[Rr]uns.*', "", (vectors.parent / "bench.py").read_text())
    assert "rnnhw" not in (vectors.parent / "bench_streams.py").read_text()
    code, output = make(vectors.parent)
    assert code == 0, output
    assert "7 of 7 beats of i taken, 7 of 7 beats of o received; 108 cycles" in output
    assert "TESTS=1 PASS=1 FAIL=0" in output


ANSWERS = [data for data, _ in good_beats()]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"beats": altered(good_beats(), 3, data=1)},
            f"beat 3 of o in cycle 25: o_data is {ANSWERS[3]}, expected {ANSWERS[3] ^ 1}",
        ),
        (
            {"beats": altered(good_beats(), 6, last=1)},
            "beat 6 of o in cycle 43: o_last is 1, expected 0",
        ),
        (
            {"expected_cycles": {"o": [7 + 6 * k + (k == 5) for k in range(7)]}},
            "beat 5 of o in cycle 37: cycle is 37, expected 38",
        ),
    ],
)
def test_one_wrong_bit_fails(icarus, tmp_path, demo_verilog, changes, message):
    vectors = bench(tmp_path / "bench", demo_verilog, **changes)
    with pytest.raises(VectorMismatch) as error:
        run_vectors(vectors, demo_verilog, tmp_path)
    assert str(error.value) == message


def test_make_fails_on_a_wrong_bit(make, tmp_path, demo_verilog):
    vectors = bench(tmp_path / "bench", demo_verilog, beats=altered(good_beats(), 3, data=1 << 18))
    code, output = make(vectors.parent)
    assert code != 0
    assert "beat 3 of o in cycle 25: o_data is" in output
    assert "TESTS=1 PASS=0 FAIL=1" in output


def test_make_fails_on_an_altered_file(make, tmp_path, demo_verilog):
    """The expected value and nothing else is changed: the hash tells."""
    vectors = bench(tmp_path / "bench", demo_verilog)
    content = json.loads(vectors.read_text())
    content["outputs"][0]["expected"]["data"][0] += 1
    vectors.write_text(json.dumps(content))
    code, output = make(vectors.parent)
    assert code != 0
    assert "vectors.json was altered: its sha256 does not match its content" in output


@pytest.mark.parametrize("key", ["max_cycles", "inputs", "sha256", "outputs"])
def test_every_part_is_under_the_hash(icarus, tmp_path, demo_verilog, key):
    vectors = bench(tmp_path / "bench", demo_verilog)
    content = json.loads(vectors.read_text())
    del content[key]
    vectors.write_text(json.dumps(content))
    with pytest.raises(VectorMismatch) as error:
        run_vectors(vectors, demo_verilog, tmp_path)
    assert str(error.value) == "vectors.json was altered: its sha256 does not match its content"


def run_vectors(vectors: Path, source: Path, tmp_path: Path, **options):
    return cocotb_backend.run_vectors(vectors, [source], "demo", folder=tmp_path / "run", simulator="icarus", **options)


def test_run_vectors(icarus, tmp_path, demo_verilog):
    probes = [{"name": "sum", "path": ["engine", "total"], "valid": ["engine", "o__valid"], "signed": True}]
    vectors = bench(tmp_path / "bench", demo_verilog, probes=probes, core="core")
    transcript = run_vectors(vectors, demo_verilog, tmp_path)
    reference = amaranth_backend.Model(Dut(), (Probe("sum", PROBES[1].path, PROBES[1].valid, signed=True),)).run(
        stimulus(LENGTHS)
    )
    assert transcript == reference
    assert not (vectors.parent / "run").exists()


def test_builds_are_told_apart_by_content(icarus, tmp_path, demo_verilog):
    """A changed source is built although it looks older than the last build; an equal one is not."""
    vectors, stale = bench(tmp_path / "bench", demo_verilog), tmp_path / "demo.sv"
    run_vectors(vectors, demo_verilog, tmp_path, builds=tmp_path / "builds")
    run_vectors(vectors, demo_verilog, tmp_path, builds=tmp_path / "builds")
    assert len([*(tmp_path / "builds").iterdir()]) == 1
    stale.write_text(demo_verilog.read_text().replace("8'hf9", "8'hf8"))
    os.utime(stale, (0, 0))
    with pytest.raises(VectorMismatch, match=r"^beat 1 of o in cycle 13: o_data is"):
        run_vectors(vectors, stale, tmp_path, builds=tmp_path / "builds")
    assert len([*(tmp_path / "builds").iterdir()]) == 2


def test_too_few_expected(icarus, tmp_path, demo_verilog):
    vectors = bench(tmp_path / "bench", demo_verilog, beats=good_beats()[:6])
    with pytest.raises(ExtraOutput, match=r"^beat 6 of o offered in cycle 43, but only 6 were expected"):
        run_vectors(vectors, demo_verilog, tmp_path)


def test_vectors_of_another_design(icarus, tmp_path, demo_verilog):
    vectors = bench(tmp_path / "bench", demo_verilog, top="other")
    with pytest.raises(VectorMismatch, match=r"^the vectors are for other, not for demo$"):
        run_vectors(vectors, demo_verilog, tmp_path)
    vectors = bench(tmp_path / "bench", demo_verilog, ports=ports(21))
    with pytest.raises(VectorMismatch, match=r"^o_data has 20 bits, the vectors 21$"):
        run_vectors(vectors, demo_verilog, tmp_path)


def test_probe_that_is_not_in_the_verilog(icarus, tmp_path, demo_verilog):
    probes = [{"name": "p", "path": ["engine", "nope"], "valid": ["o__valid"], "signed": False}]
    vectors = bench(tmp_path / "bench", demo_verilog, probes=probes, core="core")
    with pytest.raises(RnnhwError) as error:
        run_vectors(vectors, demo_verilog, tmp_path)
    assert str(error.value) == "the design has no signal core.engine.nope"


UNKNOWN = """module demo(input clk, input rst, input i_valid, output i_ready, input [7:0] i_data, input i_first,
  input i_last, output o_valid, input o_ready, output [19:0] o_data, output o_last);
  assign i_ready = 1, o_valid = i_valid, o_last = i_last;
  assign o_data = {i_data[7:1], 1'bx, i_data, 4'd0};
endmodule
"""


def test_unknown_bits_are_not_values(icarus, tmp_path):
    source = tmp_path / "demo.sv"
    source.write_text(UNKNOWN)
    vectors = bench(tmp_path / "bench", source, expected=None, cycles=False)
    with pytest.raises(SimulationError) as error:
        run_vectors(vectors, source, tmp_path)
    bits = "1000000X100000000000"  # the first beat is -128
    assert str(error.value) == f"beat 0 of o in cycle 0 has unknown bits: o_data {bits}, o_last 0"
    source.write_text(UNKNOWN.replace("o_valid = i_valid", "o_valid = 1'bz"))
    with pytest.raises(SimulationError, match=r"^o_valid is Z in cycle 0$"):
        run_vectors(vectors, source, tmp_path)


def test_verilog_that_does_not_compile(icarus, tmp_path):
    source = tmp_path / "demo.sv"
    source.write_text("module demo(;\nendmodule\n")
    vectors = bench(tmp_path / "bench", source)
    with pytest.raises(SimulationError, match=r"^icarus failed, see .*icarus\.log; it ends with:\n") as error:
        run_vectors(vectors, source, tmp_path)
    assert "syntax error" in str(error.value)


def test_simulator_that_hangs(icarus, tmp_path, monkeypatch):
    """A loop that takes no simulated time is ended by the wall clock."""
    source = tmp_path / "demo.sv"
    source.write_text(UNKNOWN.replace("endmodule", "  initial forever begin end\nendmodule"))
    vectors = bench(tmp_path / "bench", source)
    monkeypatch.setattr(cocotb_backend, "LIMIT_SECONDS", 3)
    with pytest.raises(SimulationError, match=r"^icarus did not end within 3 seconds, see "):
        run_vectors(vectors, source, tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"stimulus": io_stimulus([128], [1], [1], 7, 400)},
            "i_data must be in -128..127 for 8 bits, not 128",
        ),
        ({"beats": [(1 << 19, 0)] * 7}, "expected o_data must be in -524288..524287 for 20 bits, not 524288"),
        ({"stimulus": stimulus(LENGTHS, outputs=6)}, "expected o must have one entry per beat, 6, not 7"),
        ({"expected_cycles": {"o": [1]}}, "expected_cycles of o must have one entry per expected beat, 7"),
        ({"expected": None}, "expected_cycles of o must have one entry per expected beat, 7"),
    ],
)
def test_refusals(tmp_path, demo_verilog, changes, message):
    with pytest.raises(RnnhwError) as error:
        bench(tmp_path / "bench", demo_verilog, **changes)
    assert str(error.value) == message
    assert not (tmp_path / "bench").exists()


def test_names_that_make_cannot_write(tmp_path):
    with pytest.raises(RnnhwError) as error:
        bench(tmp_path / "bench", tmp_path / "my design.sv")
    assert str(error.value) == "a Makefile cannot name the file '../my design.sv': use a path of plain characters"
