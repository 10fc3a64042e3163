"""What waits to be looked at, the best first, with the clock that no configuration is faster than."""

from dataclasses import replace
from heapq import heapify, heappop, heappush
from itertools import count

from .measures import Wish

FASTER, SPARE = 1.1, 1.05  # than the fastest clock seen: what is taken for the fastest of all, and what is left of it


class Queue:
    """A heap by the rank of what a user wishes.

    Parameters
    ----------
    wish : Wish

    Members
    -------
    ceiling : float or None
        MHz that no configuration is taken to exceed; None as long as no clock has been seen.
    """

    def __init__(self, wish: Wish):
        self.wish, self.ceiling = wish, None
        self._heap, self._numbers = [], count()

    def __bool__(self) -> bool:
        return bool(self._heap)

    def push(self, known) -> None:
        """Add what is known of something, unless the wish does not allow it."""
        if self.wish.allows(known.measures):
            heappush(self._heap, (self.wish.rank(known.measures), next(self._numbers), known))

    def pop(self):
        """The best."""
        return heappop(self._heap)[2]

    def see(self, clock) -> None:
        """Where a clock comes near to what was taken for the fastest, everything is ranked anew."""
        if clock is None or (self.ceiling is not None and SPARE * clock.value <= self.ceiling):
            return
        self.ceiling = FASTER * clock.value
        waiting, self._heap = [known for _, _, known in self._heap], []
        for known in waiting:
            measures = known.measures if known.fitted else replace(known.measures, mhz=self.ceiling)
            self._heap.append((self.wish.rank(measures), next(self._numbers), replace(known, measures=measures)))
        heapify(self._heap)
