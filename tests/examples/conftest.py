"""The scripts in examples/ as modules, and what is shipped beside them."""

from importlib import import_module
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def script(monkeypatch):
    """Import one of the scripts by its name."""
    monkeypatch.syspath_prepend(EXAMPLES)
    return import_module


@pytest.fixture
def examples():
    """The folder of the scripts, their models and their data."""
    return EXAMPLES
