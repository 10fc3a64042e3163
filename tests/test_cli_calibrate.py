"""The commands ``calibrate`` and ``validate``, with syntheses that take no time."""

import json

import pytest

from rnnhw import cli_calibrate
from rnnhw.sim import tools as sim_tools
from rnnhw.sweep.work import attempt
from tests.calibrate import pretended

pytest.importorskip("matplotlib", reason='no matplotlib: pip install "rnnhw[plots]"')


def sweep_here(jobs, prepare, store, *, workers, scheduler, progress):
    """In this process."""
    for job in jobs:
        yield job, attempt(prepare, job, store.folder)


@pytest.fixture
def pretend(monkeypatch):
    """Chooses what syntheses and simulations give, and what is learned; no processes are started."""

    def pretend(synthesis, simulation=pretended.in_time):
        monkeypatch.setattr("rnnhw.calibrate.job.synthesis", synthesis)
        monkeypatch.setattr("rnnhw.calibrate.job.simulation", simulation)

    monkeypatch.setattr("rnnhw.sweep.sweep", sweep_here)
    learned = {"families": {"ecp5": {"lut": [1.5]}}}
    monkeypatch.setattr(cli_calibrate, "_learned", lambda records, chips, releases: (f"{len(records)}.json", learned))
    pretend(pretended.near)
    return pretend


@pytest.fixture
def places(tmp_path):
    """Options that say where things go."""
    return ("--cache", tmp_path / "cache", "-o", tmp_path / "out", "--workers", 1)


def test_calibrate(run, pretend, places, tmp_path):
    options = ("calibrate", *places, "--family", "ecp5,ice40", "--count", 2)
    code, printed, error = run(*options, "--json")
    file = tmp_path / "out" / "4.json"
    assert (code, error) == (0, "")
    assert json.loads(printed) == {
        "file": str(file),
        "written": True,
        "measured": 4,
        "failed": [],
        "tools": {"nextpnr": "0.11", "yosys": "0.70"},
    }
    written = file.read_text()
    assert json.loads(written) == {
        "tools": {"nextpnr": "0.11", "yosys": "0.70"},
        "seed": 0,
        "count": 2,
        "families": {"ecp5": {"lut": [1.5]}},
    }
    code, printed, error = run(*options)
    assert (code, error) == (0, "")
    assert printed == f"{file} is there already, the same: learned of 4 configurations of ice40, ecp5\n"
    file.write_text(written.replace("1.5", "1.6"))
    code, printed, error = run(*options)
    assert (code, printed) == (2, "")
    assert error == f"rnnhw: {file}: is there with other contents; say with --output where else to write\n"
    assert "1.6" in file.read_text()
    chosen = tmp_path / "a" / "chosen.json"
    code, printed, error = run(*options, "-o", chosen)
    assert (code, chosen.read_text()) == (0, written)
    measured = json.loads(chosen.with_suffix(".measured.json").read_text())
    assert [(record["family"], record["number"]) for record in measured["records"]] == [
        ("ice40", 0),
        ("ice40", 1),
        ("ecp5", 0),
        ("ecp5", 1),
    ]
    assert measured["chips"] == []


def test_what_is_learned_of(run, pretend, places, monkeypatch):
    seen = []

    def learned(records, chips, releases):
        seen.extend(records)
        return "x.json", {}

    monkeypatch.setattr(cli_calibrate, "_learned", learned)
    assert run("calibrate", *places, "--family", "ecp5", "--count", 2, "--seed", 3, "--routed", 1)[0] == 0
    assert [(record["family"], record["number"]) for record in seen] == [("ecp5", 3_000_000), ("ecp5", 3_000_001)]
    assert ["mhz" in record for record in seen] == [True, False]
    assert all({"scopes", "lut", "ff", "tools", "text"} < set(record) for record in seen)


def test_syntheses_that_fail(run, pretend, places, tmp_path):
    options = (*places, "--family", "ice40", "--count", 3)
    pretend(pretended.some_fail)
    code, printed, error = run("calibrate", *options)
    assert code == 1
    assert error == "failed: ice40 1: SynthesisError: yosys failed: too much\n"
    assert printed.startswith(f"{tmp_path / 'out' / '2.json'} written: learned of 2 configurations of ice40")
    pretend(pretended.fails)
    for command in ("calibrate", "validate"):
        code, printed, error = run(command, *options)
        assert (code, printed) == (2, "")
        assert error.splitlines()[-1].startswith("rnnhw: none of 3 syntheses succeeded; the first: ice40 ")
    code, printed, error = run("calibrate", *options, "--count", 9)
    assert [line.split()[0] for line in error.splitlines()] == ["failed:"] * 6 + ["rnnhw:"]
    assert error.splitlines()[5] == "failed: 4 more"


def test_workers_with_different_tools(run, pretend, places, tmp_path):
    pretend(pretended.mixed)
    code, _, error = run("calibrate", *places, "--family", "ice40", "--count", 2)
    assert (code, error) == (2, "rnnhw: workers have different releases of yosys: 0.70 and 0.71\n")
    assert not (tmp_path / "out").exists()


def test_a_sweep_in_processes(run, places, monkeypatch, tmp_path):
    monkeypatch.setattr("rnnhw.calibrate.job.synthesis", pretended.near)
    options = ("validate", *places, "--workers", 2, "--family", "ecp5", "--count", 3, "--cycles", 0, "--json")
    code, printed, error = run(*options)
    assert (code, error) == (0, "")
    assert json.loads(printed)["families"][0]["configurations"] == 3
    assert len(list((tmp_path / "cache").glob("*/*.json"))) == 3


def test_validate(run, pretend, places, tmp_path):
    options = ("validate", *places, "--family", "ecp5,ice40", "--count", 5, "--cycles", 3)
    code, printed, error = run(*options)
    assert (code, error) == (0, "")
    assert "Estimates of 5 configurations (seed 1)" in printed
    assert f"{tmp_path / 'out'}: validation.md, validation.json, validation.svg, validation.png" in printed
    code, printed, error = run(*options, "--json")
    answer = json.loads(printed)
    assert (code, error, answer["failed"], answer["wrong"]) == (0, "", [], [])
    assert [(row["family"], row["configurations"]) for row in answer["families"]] == [
        ("ice40", 3),
        ("ecp5", 2),
        ("all", 5),
    ]
    assert answer["families"][2]["simulated"] == 3
    assert [(row["family"], row["number"]) for row in answer["configurations"]] == [
        *(("ice40", 1_000_000 + number) for number in range(3)),
        *(("ecp5", 1_000_000 + number) for number in range(2)),
    ]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "validation.md",
        "validation.json",
        "validation.svg",
        "validation.png",
    }


def test_what_is_wrong_is_told(run, pretend, places):
    """The control: an exact figure that is wrong, and a core that is late."""
    pretend(pretended.wrong, pretended.late)
    code, printed, error = run("validate", *places, "--family", "ice40", "--count", 2, "--cycles", 2, "--json")
    answer = json.loads(printed)
    assert (code, error) == (1, "")
    assert [line.split(":")[0] for line in answer["wrong"]] == ["ice40 1000000", "ice40 1000001"]
    assert answer["wrong"][1] == "ice40 1000001: too late"
    row = answer["families"][0]
    assert (row["DSP wrong"], row["block RAM wrong"], row["cycles wrong"]) == (1, 0, 1)


REFUSED = [
    (("calibrate", "--family", "ecp5,ice"), "--family must be of ice40, ecp5, gowin, xilinx, not 'ice'"),
    (("validate", "--seed", "0"), "--seed must be at least 1, not 0: the estimator was made with what 0 draws"),
    (("validate", "--count", "3"), "--count must be at least 4, one for each family, not 3"),
    (
        ("calibrate", "--workers", "2", "--scheduler", "tcp://a:1"),
        "workers is for this machine: a Dask cluster has its own",
    ),
    (("calibrate", "--scheduler", "nowhere"), "nowhere: cannot be connected to as a Dask scheduler (ValueError: "),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_what_is_refused(arguments, message, run, tmp_path):
    if "nowhere" in arguments:
        pytest.importorskip("distributed", reason='no Dask: pip install "rnnhw[dask]"')
    code, printed, error = run(*arguments, "--cache", tmp_path / "cache", "-o", tmp_path / "out")
    assert (code, printed) == (2, "")
    assert error.startswith(f"rnnhw: {message}")
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_what_is_missing_is_said_at_once(run, pretend, places, monkeypatch, tmp_path):
    monkeypatch.setattr("rnnhw.synth.tools.shutil.which", lambda name, path=None: None)
    code, _, error = run("calibrate", *places)
    assert (code, error.split(" was not found")[0]) == (2, "rnnhw: yosys")
    assert list((tmp_path / "cache").glob("*")) == []


def test_a_missing_compiler_is_said_at_once(run, pretend, places, monkeypatch):
    monkeypatch.setattr(sim_tools.shutil, "which", lambda name: None)
    monkeypatch.setattr(cli_calibrate.Sweeping, "jobs", lambda self, *more: [1, 2])
    code, _, error = run("validate", *places)
    assert (code, error) == (2, "rnnhw: no C++ compiler found: install g++, or set CXX\n")


def test_options_from_a_file(run, pretend, places, tmp_path):
    (tmp_path / "rnnhw.toml").write_text('[calibrate]\nfamily = ["ice40"]\ncount = 1\nrouted = 0\n')
    code, printed, error = run("calibrate", *places, "--config", tmp_path / "rnnhw.toml")
    assert (code, error) == (0, "")
    assert "learned of 1 configurations of ice40" in printed
