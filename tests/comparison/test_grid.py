"""Lists of widths and knobs, and all their combinations."""

import pytest

from rnnhw.comparison.grid import DEFAULTS, Setting, make_grid, names, read_list
from rnnhw.errors import RnnhwError
from rnnhw.quantize import LayerWidths


@pytest.mark.parametrize(
    ("text", "wanted"), [("8", [8]), ("2-5", [2, 3, 4, 5]), ("2-4,10,12", [2, 3, 4, 10, 12]), (" 6 , 4 ", [6, 4])]
)
def test_lists_are_read(text, wanted):
    assert read_list(text, "--lanes") == wanted


@pytest.mark.parametrize("text", ["", "a", "2-", "-3", "2..4", "1,,2", "2-3-4", "1e3", "9999"])
def test_what_is_no_list_is_refused_by_name(text):
    with pytest.raises(RnnhwError, match=r"^--weight-bits must be numbers and ranges such as 2-8,10,12, not '"):
        read_list(text, "--weight-bits")


def test_an_empty_range_is_refused():
    with pytest.raises(RnnhwError, match=r"--lanes: the range 8-4 is empty; write 4-8"):
        read_list("8-4", "--lanes")


def test_all_combinations_widths_first():
    settings, varied = make_grid({"lanes": [4, 8], "activation_bits": [8, 6], "weight_bits": range(4, 6), "streams": 2})
    assert varied == ("weight_bits", "activation_bits", "lanes")
    found = [(s.numbers["weight_bits"], s.numbers["activation_bits"], s.knobs["lanes"]) for s in settings]
    assert found == [(w, a, lanes) for w in (4, 5) for a in (8, 6) for lanes in (4, 8)]
    assert all(setting.knobs["streams"] == 2 for setting in settings)


def test_without_widths_the_usual_ones():
    settings, varied = make_grid({})
    assert len(settings) == len(DEFAULTS["weight_bits"]) * len(DEFAULTS["activation_bits"])
    assert varied == ("weight_bits", "activation_bits")


def test_a_tuple_is_one_value_and_repeated_values_count_once():
    settings, varied = make_grid(
        {"weight_bits": [8, 8], "activation_bits": [8], "lanes": (8, 4), "engines": "per-layer"}
    )
    assert len(settings) == 1
    assert varied == ()
    assert settings[0].knobs["lanes"] == (8, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight_bits": []}, "weight_bits must have at least one value to compare"),
        ({"lanes": range(0)}, "lanes must have at least one value to compare"),
        ({"weight_bits": [4, 17]}, r"weight_bits must be in 1\.\.16, not 17"),
        ({"activation_bits": [3]}, r"activation_bits must be in 4\.\.16, not 3"),
        ({"method": ["max-abs", "best"]}, "method must be .*, not 'best'"),
        ({"state_bits": [6], "activation_bits": [8]}, "state_bits must be in 8"),
        ({"streams": [1, 65]}, "streams must be in 1..64, not 65"),
        ({"colour": 3}, "unknown option colour; allowed are weight_bits"),
        ({"weight_bits": list(range(1, 17)), "lanes": list(range(1, 10_000))}, "configurations; at most 100,000"),
    ],
)
def test_what_no_combination_can_have_is_refused_at_once(options, message):
    with pytest.raises(RnnhwError, match=message):
        make_grid(options)


def test_what_some_combinations_can_have_is_kept():
    settings, _ = make_grid({"weight_bits": 8, "activation_bits": [4, 8], "state_bits": [6, 16]})
    assert len(settings) == 4  # of which 8/6 is refused when it is looked at


def test_names_are_short_and_different():
    settings, varied = make_grid(
        {"weight_bits": [4, 8], "activation_bits": 6, "per_gate": [False, True], "lanes": [2, 4]}
    )
    found = names(settings, varied)
    assert found[:4] == ["4/6 lanes=2", "4/6 lanes=4", "4/6 per-gate lanes=2", "4/6 per-gate lanes=4"]
    assert len(set(found)) == len(settings) == 8
    options = {"weight_bits": 8, "activation_bits": 8, "state_bits": [None, 16], "method": ["max-abs", "mse"]}
    assert names(*make_grid(options)) == ["8/8 max-abs", "8/8 mse", "8/8/16 max-abs", "8/8/16 mse"]


def test_names_of_mixed_widths():
    layers = {"a": {"weight_bits": 4}, "b": {"activation_bits": 6, "weight_bits": 4}}
    mixed = Setting({"weight_bits": 8, "activation_bits": 8, "layers": layers})
    assert names([mixed, mixed], ()) == ["4/8-6", "4/8-6 #2"]
    given = make_grid({"weight_bits": 8, "layers": {"a": LayerWidths(weight_bits=4)}})[0][0]
    assert given.numbers["layers"] == {"a": {"weight_bits": 4}}


def test_settings_are_what_they_hold():
    assert Setting({"a": 1, "b": 2}, {"lanes": 4}) == Setting({"b": 2, "a": 1}, {"lanes": 4})
    assert len({Setting({"a": 1}), Setting({"a": 1}), Setting({"a": 1}, {"lanes": 4})}) == 2
    assert Setting({"a": 1}) != {"a": 1}
