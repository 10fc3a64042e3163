"""The examples in the docstrings print what they say."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["analyse", "jacobians"])
def test_examples(name):
    found = doctest.testmod(import_module(f"rnnhw.analysis.bptt.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
