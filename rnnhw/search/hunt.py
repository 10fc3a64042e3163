"""Best first: whatever may still be the best is looked at more closely, until it is known to be."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rnnhw.errors import RnnhwError
from rnnhw.estimate.costs import Costs
from rnnhw.estimate.figures_needs import Need
from rnnhw.plan import Geometry, Plan
from rnnhw.plan.chain import chain
from rnnhw.plan.choose import size

from .figures import Figures, Kind, share, signature
from .latency import least_inference
from .measures import Measures, Wish
from .queue import Queue
from .space import Space, Timed

SAMPLES = 6  # arrangements of each kind whose clocks are seen first
SHOWN = 200  # configurations between two lines of progress


@dataclass(frozen=True)
class Known:
    """What is known of an arrangement, or, with a kind, of a configuration; measures are from below until it is exact.

    Parameters
    ----------
    timed : Timed
    arrangement : tuple of Geometry
    measures : Measures
    kind : Kind, optional
    plan : Plan, optional
    fitted : Costs, optional
    bounded, timed_exactly, exact : bool
        Whether block RAMs that any kind takes are in the share; whether the cycles are exact, and whether all is.
    needs : tuple of Need
        What it needs of the device, once it is counted.
    """

    timed: Timed
    arrangement: tuple[Geometry, ...]
    measures: Measures
    kind: Kind | None = None
    plan: Plan | None = None
    fitted: Costs | None = None
    bounded: bool = False
    timed_exactly: bool = False
    exact: bool = False
    needs: tuple[Need, ...] = ()


def multipliers(arrangement) -> int:
    """Of the lanes of all engines."""
    return sum(size(geometry)[0] for geometry in arrangement)


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
    size : int
        Configurations of the space, but for those that have more multipliers than the device can hold.
    """

    def __init__(self, space: Space, figures: Figures, wish: Wish, progress=None, all_sizes: bool = False):
        self.space, self.figures, self.wish, self.all_sizes = space, figures, wish, all_sizes
        self.progress = progress or (lambda line: None)
        self.queue, self.seen = Queue(wish), set()
        self.looked = self.size = 0
        self.most: dict[Kind, float] = {}
        self.kinds: dict[Timed, list[Kind]] = {}

    def __iter__(self) -> Iterator[Known]:
        self._begin()
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

    def _begin(self) -> None:
        """Every arrangement, by its fewest cycles and the fastest clock."""
        begun, refused = [], None
        for timed in self.space.timed():
            self.progress(f"arranging {timed.engines} engines, {timed.registers} registers")
            try:
                kinds = self.kinds[timed] = self._kinds(timed)
                most = max(self.most[kind] for kind in kinds)
                arranged = self.space.arranged(timed, most)
            except RnnhwError as error:  # of some divisions into engines not all options can be used
                refused = refused or error
                continue
            begun.append((timed, arranged))
            for kind in kinds:
                if kind.state_memory == kinds[0].state_memory:
                    self._sample(kind, arranged)
            counts = list(map(multipliers, arranged))
            self.size += sum(number <= self.most[kind] for kind in kinds for number in counts)
        if refused and not begun:
            raise refused
        for timed, arranged in begun:
            self._push_arranged(timed, arranged)

    def _push_arranged(self, timed: Timed, arranged: dict) -> None:
        hardware = self.space.hardware(timed, ())
        stages = chain(self.space.qnet, hardware) if self.wish.needs_latency else ()
        most = max(self.most[kind] for kind in self.kinds[timed])
        for arrangement, cycles in arranged.items():
            latency = (
                least_inference(self.space.qnet, stages, arrangement, hardware, self.figures.length) if stages else 0
            )
            least = Measures(cycles, latency, self.queue.ceiling, multipliers(arrangement) / most)
            self.queue.push(Known(timed, arrangement, least))

    def _kinds(self, timed: Timed) -> list[Kind]:
        found = []
        for multiplier in self.space.others("multiplier"):
            for state_memory in self.space.others("state_memory"):
                kind = Kind(timed, multiplier, state_memory)
                self.most[kind] = self.figures.most_multipliers(kind)
                found.append(kind)
        return found

    def _sample(self, kind: Kind, arranged: dict) -> None:
        """See the clocks of a few arrangements, from the smallest to the largest."""
        fitting = sorted((a for a in arranged if multipliers(a) <= self.most[kind]), key=multipliers)
        for arrangement in fitting[:: max(1, len(fitting) // SAMPLES)]:
            self.queue.see(self.figures.fitted(self.figures.plan(kind, arrangement)).clock_mhz)

    def _bound(self, known: Known) -> None:
        """With the block RAMs that it takes in any case."""
        there = self.space.device.block_ram
        blocks = self.figures.least_blocks(self.kinds[known.timed][0], known.arrangement)
        if blocks <= there or self.all_sizes:
            most = max(known.measures.share, blocks / there if there else 0.0)
            self.queue.push(replace(known, bounded=True, measures=replace(known.measures, share=most)))

    def _expand(self, known: Known) -> None:
        """The configurations of an arrangement."""
        count = multipliers(known.arrangement)
        for kind in self.kinds[known.timed]:
            if count <= self.most[kind]:
                most = max(known.measures.share, count / self.most[kind])
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
