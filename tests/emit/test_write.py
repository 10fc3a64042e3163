"""The output folder: what it holds, and that its bench stands alone and can fail."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnnhw.design import Design
from rnnhw.emit.bench_files import FORMAT
from rnnhw.emit.core import Core
from rnnhw.emit.manifest import read_manifest
from rnnhw.errors import RnnhwError
from rnnhw.plan import make_plan
from rnnhw.sim.tools import find_icarus, find_verilator
from tests.cosim.cases import random_case
from tests.cosim.test_verilog import need

SEED = 7


@pytest.fixture
def folder(tmp_path):
    plan = random_case(SEED).core.plan
    return Design(plan.network, lanes=3, name="written").write(tmp_path / "out")


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the emitted bench as somebody without rnnhw would: make, cocotb, and Icarus if nothing else is said."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COCOTB"))}
    command = ["make", "-C", str(folder / "bench"), *arguments]
    return subprocess.run(command, env={**environment, "PATH": path}, capture_output=True, text=True, check=False)


def test_the_bench_passes_on_its_own(folder):
    need(find_icarus)
    done = make(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS=1 FAIL=0" in done.stdout


def test_the_bench_passes_in_verilator(folder):
    need(find_verilator)
    done = make(folder, "SIM=verilator")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS=1 FAIL=0" in done.stdout


def test_a_flipped_expected_bit_fails_the_bench(folder):
    """Control: the vector file's hash is made anew, so that the comparison itself has to find it."""
    need(find_icarus)
    path = folder / "bench" / "vectors.json"
    content = json.loads(path.read_text())
    content["outputs"][0]["expected"]["data"][2] ^= 1
    _sign(content)
    path.write_text(json.dumps(content))
    done = make(folder)
    assert "altered" not in done.stdout + done.stderr
    assert "FAIL=1" in done.stdout, done.stdout + done.stderr


def test_an_altered_vector_file_fails_the_bench(folder):
    """Control: an input and its expected value altered, the hash left alone."""
    need(find_icarus)
    path = folder / "bench" / "vectors.json"
    content = json.loads(path.read_text())
    content["inputs"][0]["beats"]["data"][0] ^= 1
    path.write_text(json.dumps(content))
    done = make(folder)
    assert "altered" in done.stdout + done.stderr
    assert "FAIL=1" in done.stdout


def _sign(content: dict) -> None:
    """Give an altered vector file the hash that it would have."""
    del content["sha256"]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    content["sha256"] = hashlib.sha256(text.encode()).hexdigest()


def test_manifest_says_what_was_built(folder):
    manifest = read_manifest(folder)
    plan = make_plan(random_case(SEED).core.plan.network, lanes=3)
    assert manifest.name == "written"
    assert manifest.hardware.lanes == 3
    assert manifest.cycle_law["cycles_per_step"] == plan.cycles_per_step
    assert manifest.network["output_format"] == str(plan.network.output)
    assert set(manifest.files) == {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"
    }


def test_an_earlier_output_is_replaced_and_nothing_else_left(folder):
    (folder / "bench" / "results.xml").write_text("of an earlier run")
    network = random_case(SEED).core.plan.network
    assert Design(network, lanes=2, name="again").write(folder) == folder
    assert [path.name for path in folder.parent.iterdir()] == ["out"]
    assert sorted(path.name for path in folder.glob("*.sv")) == ["again.sv", "again_roms.sv"]
    assert not (folder / "bench" / "results.xml").exists()


def test_images_hold_the_memories(folder):
    (engine,) = make_plan(random_case(SEED).core.plan.network, lanes=3).engines
    images = {path.stem: path.read_text().split() for path in (folder / "images").glob("*.hex")}
    weights = next(words for name, words in images.items() if name.endswith("weight_memory"))
    assert [int(word, 16) for word in weights] == engine.weight_words
    bias = next(words for name, words in images.items() if name.endswith("drain_bias_memory"))
    assert [int(word, 16) for word in bias] == engine.bias_words


def test_a_damaged_manifest_is_refused(folder):
    path = folder / "manifest.json"
    text = path.read_text()
    path.write_text(text.replace('"format_version": 2', '"format_version": 9'))
    with pytest.raises(RnnhwError, match=r"manifest.json: format version 9, this rnnhw reads 2$"):
        read_manifest(folder)
    path.write_text(text[: len(text) // 2])
    with pytest.raises(RnnhwError, match=r"manifest.json: not JSON \("):
        read_manifest(folder)
    path.write_text(text)
    (folder / "written.sv").unlink()
    with pytest.raises(RnnhwError, match=r"written.sv: missing, though the manifest names it$"):
        read_manifest(folder)


@pytest.mark.parametrize(("given", "name"), [("digits lstm", "digits_lstm"), ("9 lives", "_9_lives"), ("reg", "reg_")])
def test_names_become_identifiers(given, name):
    assert Core(random_case(SEED).core.plan, given).name == name


@pytest.mark.parametrize("given", ["", "…", "123", "größe"])
def test_impossible_names_are_refused(given):
    with pytest.raises(RnnhwError, match=r"^name must hold a letter and be ASCII, not "):
        Core(random_case(SEED).core.plan, given)


def test_vectors_have_a_version(folder):
    assert json.loads((folder / "bench" / "vectors.json").read_text())["format"] == FORMAT
