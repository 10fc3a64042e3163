"""The output folder by the command line: never half there, never at the cost of somebody's files."""

import shutil

import numpy as np

from rnnhw.network import LSTM, Network, save
from tests.cli_support import generated


def test_too_little_memory_on_the_board_leaves_nothing(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    save(Network([LSTM(*(rng.normal(size=(512, n)) for n in (20, 128)), np.zeros(512))], "many-to-many"), "big.npz")
    np.savez("data.npz", x=rng.normal(size=(2, 3, 20)))
    code, _, error = run("generate", "big.npz", "--calibrate", "data.npz", "--board", "icebreaker", "-o", "out")
    assert code == 2
    assert "block RAMs are needed and ice40up5k has 30" in error
    assert {path.name for path in tmp_path.iterdir()} == {"big.npz", "data.npz"}


def test_a_foreign_folder_is_not_replaced(run, small):
    (small / "out").mkdir()
    (small / "out" / "thesis.tex").write_text("years of work")
    code, _, error = run(
        "generate", small / "small.safetensors", "--calibrate", small / "data.npz", "-o", small / "out"
    )
    assert code == 2
    assert "holds thesis.tex, which rnnhw did not write; choose another folder" in error
    assert (small / "out" / "thesis.tex").exists()


def test_a_foreign_manifest_is_no_licence_to_delete(run, small):
    (small / "out" / "src").mkdir(parents=True)
    (small / "out" / "manifest.json").write_text('{"name": "my browser extension", "files": ["src/main.js"]}')
    (small / "out" / "src" / "main.js").write_text("code")
    code, _, error = run(
        "generate", small / "small.safetensors", "--calibrate", small / "data.npz", "-o", small / "out"
    )
    assert code == 2
    assert "which rnnhw did not write" in error
    assert (small / "out" / "src" / "main.js").read_text() == "code"


def test_notes_in_an_output_folder_are_kept(run, small):
    folder = generated(run, small)
    (folder / "bench" / "sim_build").mkdir()
    (folder / "bench" / "sim_build" / "left.over").touch()
    generated(run, small)  # what running the bench leaves is no obstacle
    (folder / "notes.txt").write_text("precious")
    code, _, error = run("generate", small / "small.safetensors", "--calibrate", small / "data.npz", "-o", folder)
    assert (code, (folder / "notes.txt").read_text()) == (2, "precious")
    assert "holds notes.txt, which rnnhw did not write" in error


def test_an_altered_file_is_refused(run, small):
    folder = generated(run, small)
    source = folder / "little.sv"
    source.write_text(source.read_text().replace("1'd0", "1'd1", 1) + " ")
    code, _, error = run("cosim", folder, "--simulator", "amaranth")
    assert (code, error) == (2, f"rnnhw: {source}: altered since it was generated\n")


def test_generate_is_deterministic(run, small):
    def contents(folder):
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    first = contents(generated(run, small))
    shutil.rmtree(small / "out")
    assert contents(generated(run, small)) == first


def test_waveform_on_request(run, small):
    folder = generated(run, small)
    code, _, error = run("cosim", folder, "--simulator", "amaranth", "--waveform", small / "w" / "wave.vcd")
    assert code == 0, error
    assert (small / "w" / "wave.vcd").read_text().startswith("$")
