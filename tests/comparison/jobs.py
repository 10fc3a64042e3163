"""Comparisons of a small network, and what counts what they do."""

import sys

from rnnhw.comparison import compare
from rnnhw.sweep import Store
from tests.comparison.small import labelled

GRID = {"weight_bits": [4, 6, 8], "activation_bits": [4, 8], "lanes": [2, 4]}


def small_comparison(folder, workers: int = 1, **options):
    """A comparison whose results are kept in a folder."""
    net, data = labelled(21)
    known = {"target": "ecp5-25f", "verify": 0} | GRID | options
    return compare(net, data, workers=workers, store=Store(folder), **known)


def main(folder: str, workers: int) -> None:
    """In a process of its own, that can be interrupted: a line once some results are there."""
    from contextlib import contextmanager

    @contextmanager
    def told(title):
        yield lambda counts: print(title, counts.done, counts.found, flush=True)

    found = small_comparison(folder, workers, progress=told)
    print("ended", len(found.points), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
