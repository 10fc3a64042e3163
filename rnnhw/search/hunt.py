"""Best first: whatever may still be the best is looked at more closely, until it is known to be."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count

from rnnhw.errors import RnnhwError
from rnnhw.estimate.costs import Costs
from rnnhw.plan import Geometry
from rnnhw.plan.chain import chain
from rnnhw.room import Need

from .figures import Counted, Figures, Kind
from .latency import least_inference
from .measures import Measures, Wish
from .space import Space, Timed

FASTER = 1.1  # than the fastest clock of those seen so far: no clock is taken to be
SHOWN = 200  # configurations between two lines of progress


@dataclass(frozen=True)
class Found:
    """A configuration of which everything is known.

    Parameters
    ----------
    kind : Kind
    arrangement : tuple of Geometry
    counted : Counted
    fitted : Costs
    needs : tuple of Need
    measures : Measures
    """

    kind: Kind
    arrangement: tuple[Geometry, ...]
    counted: Counted
    fitted: Costs
    needs: tuple[Need, ...]
    measures: Measures


@dataclass(frozen=True)
class _Node:
    """What is known of an arrangement (without a kind), or of a configuration; measures are from below."""

    timed: Timed
    arrangement: tuple[Geometry, ...]
    measures: Measures
    kind: Kind | None = None
    counted: Counted | None = None
    fitted: Costs | None = None
    needs: tuple[Need, ...] = ()
    exact: bool = False


class Hunt:
    """Gives the configurations of a space that fit, the best first.

    Each is first ranked by what is known without planning it, then by its exact DSP blocks and block RAMs, then by its
    LUTs and clock, and last by its exact cycles. All ranks but the last are from below, so that what comes out is
    what comparing all configurations would give. One thing is taken for granted there: that no clock is more than a
    tenth faster than the fastest one seen, where those of the smallest configurations are seen first.

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
        self.heap, self.numbers, self.seen = [], count(), set()
        self.looked = self.size = 0
        self.most: dict[Kind, int] = {}
        self.fastest: float | None = None

    def __iter__(self) -> Iterator[Found]:
        self._begin()
        while self.heap:
            _, _, node = heappop(self.heap)
            if node.exact:
                yield Found(node.kind, node.arrangement, node.counted, node.fitted, node.needs, node.measures)
            elif node.kind is None:
                self._expand(node)
            elif node.fitted is None:
                self._fit(node)
            else:
                self._time(node)

    def _push(self, node: _Node) -> None:
        if self.wish.allows(node.measures):
            heappush(self.heap, (self.wish.rank(node.measures), next(self.numbers), node))

    def _begin(self) -> None:
        """Every arrangement, by its fewest cycles and the fastest clock."""
        begun, refused = [], None
        for timed in self.space.timed():
            self.progress(f"arranging {timed.engines} engines, {timed.registers} registers")
            try:
                kinds = self._kinds(timed)
                most = max(self.most[kind] for kind in kinds)
                arranged = self.space.arranged(timed, most)
            except RnnhwError as error:  # of some divisions into engines not all options can be used
                refused = refused or error
                continue
            begun.append((timed, arranged))
            sizes = [sum(g.all_lanes * g.columns for g in arrangement) for arrangement in arranged]
            self.size += sum(size <= self.most[kind] for kind in kinds for size in sizes)
        if refused and not begun:
            raise refused
        for timed, arranged in begun:
            self._push_arranged(timed, arranged)

    def _push_arranged(self, timed: Timed, arranged: dict) -> None:
        hardware = self.space.hardware(timed, ())
        stages = chain(self.space.qnet, hardware) if self.wish.needs_latency else ()
        for arrangement, cycles in arranged.items():
            latency = least_inference(stages, arrangement, hardware, self.figures.steps) if stages else 0
            self._push(_Node(timed, arrangement, Measures(cycles, latency, self._ceiling())))

    def _kinds(self, timed: Timed) -> list[Kind]:
        found = []
        for multiplier in self.space.others("multiplier"):
            for state_memory in self.space.others("state_memory"):
                kind = Kind(timed, multiplier, state_memory)
                clock = self.figures.fitted(self.figures.smallest(kind)).clock_mhz
                self._see(clock)
                self.most[kind] = self.figures.most_multipliers(kind)
                found.append(kind)
        return found

    def _see(self, clock) -> None:
        if clock is not None:
            self.fastest = max(self.fastest or 0.0, clock.value)

    def _ceiling(self) -> float | None:
        return None if self.fastest is None else FASTER * self.fastest

    def _expand(self, node: _Node) -> None:
        """The configurations of an arrangement, with what they need exactly."""
        size = sum(g.all_lanes * g.columns for g in node.arrangement)
        for kind in self._kinds_of(node.timed):
            if size > self.most[kind]:
                continue
            self.looked += 1
            if self.looked % SHOWN == 0:
                self.progress(f"{self.looked:,} of {self.size:,} configurations looked at")
            counted = self.figures.counted(self.figures.plan(kind, node.arrangement))
            timed = node.timed
            key = timed.engines, timed.registers, timed.update_multiplier, node.arrangement, counted.signature
            if key in self.seen:
                continue
            self.seen.add(key)
            shares = ((counted.dsp, self.space.device.dsp), (counted.bram, self.space.device.block_ram))
            if not self.all_sizes and (
                any(need > there for need, there in shares) or counted.spram > self.space.device.large_ram
            ):
                continue
            share = max(need / there if there else 0.0 for need, there in shares)
            measures = replace(node.measures, share=share, mhz=self._ceiling())
            self._push(replace(node, kind=kind, counted=counted, measures=measures))

    def _kinds_of(self, timed: Timed) -> list[Kind]:
        return [kind for kind in self.most if kind.timed == timed]

    def _fit(self, node: _Node) -> None:
        """With LUTs, flip-flops and clock."""
        fitted = self.figures.fitted(node.counted.plan)
        needs = self.figures.needs(node.counted, fitted)
        self._see(fitted.clock_mhz)
        if not self.all_sizes and not all(need.fits for need in needs):
            return
        measures = replace(
            node.measures,
            mhz=None if fitted.clock_mhz is None else fitted.clock_mhz.value,
            share=max(need.share for need in needs),
            lut=fitted.lut.value,
            surely=all(need.surely for need in needs),
        )
        self._push(replace(node, fitted=fitted, needs=needs, measures=measures))

    def _time(self, node: _Node) -> None:
        """With its exact cycles."""
        plan, where = node.counted.plan, (node.kind, node.arrangement)
        cycles = self.figures.cycles(*where, plan)
        latency = self.figures.latency(*where, plan) if self.wish.needs_latency else node.measures.latency
        self._push(replace(node, measures=replace(node.measures, cycles=cycles, latency=latency), exact=True))
