"""What all tests share: skips count as failures where RNNHW_NO_SKIPS is set (CI); yosys, or a visible skip."""

import os

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.synth import find_yosys


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
