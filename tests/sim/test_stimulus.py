"""A stimulus checks itself, and says what is wrong with it in one line."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.sim.outcome import Record, SimulationError
from rnnhw.sim.stimulus import Probe, Stimulus

GOOD = {"data": [1, -2, 3], "first": [1, 0, 0], "last": [0, 0, 1], "outputs": 3, "max_cycles": 100}


def test_arrays_are_copied_and_frozen():
    data = np.array([1, 2, 3], np.int16)
    stimulus = Stimulus(**(GOOD | {"data": data}))
    data[0] = 99
    assert stimulus.data.tolist() == [1, 2, 3]
    assert stimulus.data.dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        stimulus.data[0] = 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": [1, 0]}, "first must have one entry per beat, 3, not 2"),
        ({"last": [0, 0, 0, 1]}, "last must have one entry per beat, 3, not 4"),
        ({"i_not_before": [0, 0]}, "i_not_before must have one entry per beat, 3, not 2"),
        ({"first": [2, 0, 0]}, "first must hold only 0 and 1"),
        ({"last": [0, -1, 1]}, "last must hold only 0 and 1"),
        ({"outputs": -1}, "outputs must be at least 0, not -1"),
        ({"max_cycles": 0}, "max_cycles must be at least 1, not 0"),
        ({"data": [[1, 2, 3]]}, "data must have 1 dimension, not 2"),
        ({"data": np.array([1, 2, 1 << 63], np.uint64)}, f"data must be below 2**63, not {1 << 63}"),
        (
            {"i_pattern": ()},
            "i_pattern must be None or a tuple of 0 and 1, at least one long, not ()",
        ),
        (
            {"o_pattern": (0, 2)},
            "o_pattern must be None or a tuple of 0 and 1, at least one long, not (0, 2)",
        ),
        ({"o_pattern": (0, 0)}, "o_pattern must hold a 1: with zeros alone nothing ever moves"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(RnnhwError) as error:
        Stimulus(**(GOOD | change))
    assert str(error.value) == message


def test_floats_are_the_wrong_kind():
    with pytest.raises(TypeError, match=r"^data must hold integers, not float64$"):
        Stimulus(**(GOOD | {"data": [1.0, 2.0, 3.0]}))


@pytest.mark.parametrize(("value", "width"), [(-2, 1), (1, 1), (128, 8), (-129, 8), (1 << 32, 33)])
def test_width_is_checked_at_both_ends(value, width):
    stimulus = Stimulus(**(GOOD | {"data": [0, value, 0]}))
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    with pytest.raises(RnnhwError) as error:
        stimulus.check_width(width)
    assert str(error.value) == f"data must be in {low}..{high} for {width} bits, not {value}"
    Stimulus(**(GOOD | {"data": [low, high, 0]})).check_width(width)


@pytest.mark.parametrize("width", [0, 65])
def test_width_itself(width):
    with pytest.raises(RnnhwError) as error:
        Stimulus(**GOOD).check_width(width)
    assert str(error.value) == f"the width of the input stream must be in 1..64, not {width}"


def test_probe_paths():
    with pytest.raises(TypeError, match=r"^path of probe 'p' must be a tuple of names, not a string$"):
        Probe("p", "engine.total", ("v",))
    with pytest.raises(RnnhwError, match=r"^valid of probe 'p' must be a tuple of names, not \(\)$"):
        Probe("p", ("v",), ())
    assert Probe("p", ["a", "b"], ["v"]).path == ("a", "b")


def test_unknown_status_is_an_error():
    with pytest.raises(SimulationError, match=r"^unknown status 'odd'$"):
        Record(status="odd").transcript(1, 1)
