"""Words of memories."""

from rnnhw.fixedpoint.words import varying_columns


def test_columns_that_are_the_same_in_all_words_are_not_stored():
    assert varying_columns([0b1010, 0b1011, 0b1000]) == 2
    assert varying_columns([7, 7]) == 0
    assert varying_columns([1 << 299, 0]) == 1
