"""What all tests share: skips count as failures where RNNHW_NO_SKIPS is set (CI); yosys, or a visible skip."""

import os
import sys

import numpy as np
import pytest

from rnnhw import cli
from rnnhw.errors import RnnhwError
from rnnhw.network import LSTM, Dense, Network, save
from rnnhw.synth import TOOLS, find_yosys


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skip into a failure in CI: a missing tool must not look like a pass."""
    outcome = yield
    _fail_if_skipped(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """The same for modules that are skipped as a whole (`importorskip`)."""
    outcome = yield
    _fail_if_skipped(outcome.get_result())


def _fail_if_skipped(report) -> None:
    if report.skipped and os.environ.get("RNNHW_NO_SKIPS") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {reason}"


@pytest.fixture(scope="session")
def yosys():
    """The yosys that synthesises; a visible skip where it is missing."""
    try:
        return find_yosys()
    except RnnhwError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def routers(yosys):
    """Place and route for iCE40 and ECP5, with yosys; a visible skip where one is missing."""
    try:
        return [yosys, *(TOOLS[f"nextpnr-{family}"].find() for family in ("ice40", "ecp5"))]
    except RnnhwError as error:
        pytest.skip(str(error))


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command line; returns exit code, standard output and standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["rnnhw", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out, printed.err

    return run


@pytest.fixture
def small(tmp_path):
    """A small model and its data, as files."""
    rng = np.random.default_rng(1)
    layers = [LSTM(rng.normal(size=(12, 2)), rng.normal(size=(12, 3)), rng.normal(size=12), "lstm0")]
    layers.append(Dense(rng.normal(size=(2, 3)), rng.normal(size=2), "linear", "dense0"))
    save(Network(layers, "many-to-one", "little"), tmp_path / "small.safetensors")
    np.savez(tmp_path / "data.npz", x=rng.normal(size=(5, 7, 2)), lengths=[7, 3, 1, 7, 5])
    return tmp_path
