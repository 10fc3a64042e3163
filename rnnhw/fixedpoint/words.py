"""Words of memories."""

from functools import reduce
from operator import and_, or_


def varying_columns(words) -> int:
    """Bits of a word that are not the same in all words."""
    return (reduce(or_, words) & ~reduce(and_, words)).bit_count()
