"""One server and one Chromium for all tests of the studio."""

import pytest

from tests.browser import running as browser_running
from tests.studio.running import running

pytest.importorskip("streamlit", reason='no streamlit: pip install "rnnhw[studio]"')


@pytest.fixture(scope="package")
def studio(tmp_path_factory):
    with running(tmp_path_factory.mktemp("studio")) as server:
        yield server


@pytest.fixture(scope="package")
def browser():
    with browser_running() as browser:
        yield browser
