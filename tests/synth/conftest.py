"""A visible skip where yosys is missing."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.synth import find_yosys


@pytest.fixture(scope="session")
def yosys():
    try:
        return find_yosys()
    except RnnhwError as error:
        pytest.skip(str(error))
