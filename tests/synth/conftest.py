"""Icarus, or a visible skip."""

import shutil

import pytest


@pytest.fixture(scope="session")
def icarus():
    """A visible skip where there is no Icarus."""
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog was not found")
