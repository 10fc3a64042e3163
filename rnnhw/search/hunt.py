"""Best first: whatever may still be the best is looked at more closely, until it is known to be."""

from collections.abc import Iterator
from dataclasses import replace

from .figures import Figures, share, signature
from .known import Known, multipliers
from .measures import Wish
from .queue import Queue
from .space import Space
from .start import Start

SHOWN = 200  # configurations between two lines of progress


class Hunt:
    """Gives the configurations of a space that fit, the best first.

    Each is first ranked by what is known without planning it, then by its LUTs and clock, then by its exact cycles, and
    last by its exact block RAMs. All ranks but the last are from below, so that what comes out is what comparing all
    configurations would give. One thing is taken for granted there: that no clock is faster by a twentieth than the
    fastest one seen so far, where those of a sample of all kinds and sizes are seen first.

    Parameters
    ----------
    space : Space
    figures : Figures
    wish : Wish
    progress : callable, optional
        Takes a line now and then.
    all_sizes : bool
        Whether what does not fit is given too.

    Members
    -------
    looked : int
        Configurations that were looked at.
    """

    def __init__(self, space: Space, figures: Figures, wish: Wish, progress=None, all_sizes: bool = False):
        self.space, self.figures, self.wish, self.all_sizes = space, figures, wish, all_sizes
        self.progress = progress or (lambda line: None)
        self.queue, self.seen = Queue(wish), set()
        self.start = Start(space, figures, self.queue, self.progress)
        self.looked = 0

    @property
    def size(self) -> int:
        """Configurations of the space, but for those that have more multipliers than the device can hold."""
        return self.start.size

    def __iter__(self) -> Iterator[Known]:
        self.start.fill()
        while self.queue:
            known = self.queue.pop()
            if known.exact:
                yield known
            elif not known.bounded:
                self._bound(known)
            elif known.kind is None:
                self._expand(known)
            elif known.plan is None:
                self._plan(known)
            elif known.fitted is None:
                self._fit(known)
            elif known.needs or not (known.timed_exactly or self.wish.objective == "size"):
                self._time(known)
            else:
                self._count(known)

    def _bound(self, known: Known) -> None:
        """With the block RAMs that it takes in any case."""
        there = self.space.device.block_ram
        blocks = self.figures.least_blocks(self.start.kinds[known.timed][0], known.arrangement)
        if blocks <= there or self.all_sizes:
            most = max(known.measures.share, blocks / there if there else 0.0)
            self.queue.push(replace(known, bounded=True, measures=replace(known.measures, share=most)))

    def _expand(self, known: Known) -> None:
        """The configurations of an arrangement."""
        count = multipliers(known.arrangement)
        for kind in self.start.kinds[known.timed]:
            if count <= self.start.most[kind]:
                most = max(known.measures.share, count / self.start.most[kind])
                self.queue.push(replace(known, kind=kind, measures=replace(known.measures, share=most)))

    def _plan(self, known: Known) -> None:
        """With DSP blocks."""
        self.looked += 1
        if self.looked % SHOWN == 0:
            self.progress(f"{self.looked:,} of {self.size:,} configurations looked at")
        plan, there = self.figures.plan(known.kind, known.arrangement), self.space.device.dsp
        core = known.timed, known.arrangement, signature(plan)
        dsp = self.figures.dsp(plan)
        if core not in self.seen and (dsp <= there or self.all_sizes):
            self.seen.add(core)
            most = max(known.measures.share, dsp / there if there else 0.0)
            self.queue.push(
                replace(known, plan=plan, measures=replace(known.measures, share=most, mhz=self.queue.ceiling))
            )

    def _fit(self, known: Known) -> None:
        """With LUTs, flip-flops and clock."""
        fitted = self.figures.fitted(known.plan)
        self.queue.see(fitted.clock_mhz)
        needs = self.figures.fitted_needs(fitted)
        if self.all_sizes or not any(need.short for need in needs):
            most = max(known.measures.share, *map(share, needs))
            clock = None if fitted.clock_mhz is None else fitted.clock_mhz.value
            surely = not any(need.uncertain or need.short for need in needs)
            measures = replace(known.measures, mhz=clock, share=most, lut=fitted.lut.value, surely=surely)
            self.queue.push(replace(known, fitted=fitted, measures=measures))

    def _time(self, known: Known) -> None:
        """With exact cycles."""
        plan, latency = known.plan, known.measures.latency
        cycles = self.figures.cycles(known.kind, known.arrangement, plan)
        if self.wish.needs_latency:
            latency = self.figures.latency(known.kind, known.arrangement, plan)
        measures = replace(known.measures, cycles=cycles, latency=latency)
        self.queue.push(replace(known, measures=measures, timed_exactly=True, exact=bool(known.needs)))

    def _count(self, known: Known) -> None:
        """With exact block RAMs and SPRAM."""
        needs = self.figures.needs(known.plan, known.fitted)
        if self.all_sizes or not any(need.short for need in needs):
            measures = replace(known.measures, share=max(map(share, needs)))
            self.queue.push(replace(known, measures=measures, needs=needs, exact=known.timed_exactly))
