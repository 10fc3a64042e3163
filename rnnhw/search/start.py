"""Where a search starts: every arrangement of a space, by what is known without planning it."""

from rnnhw.errors import RnnhwError
from rnnhw.plan.chain import chain

from .figures import Figures, Kind
from .known import Known, multipliers
from .latency import least_inference
from .measures import Measures
from .queue import Queue
from .space import Space, Timed

SAMPLES = 6  # arrangements of each kind whose clocks are seen first


class Start:
    """Fills the queue of a search.

    Parameters
    ----------
    space : Space
    figures : Figures
    queue : Queue
    progress : callable
        Takes a line now and then.

    Members
    -------
    most : dict of float
        By kind of configuration: multipliers, more of which the device cannot hold.
    kinds : dict of list of Kind
        By what the cycles depend on.
    size : int
        Configurations that have no more multipliers than that.
    """

    def __init__(self, space: Space, figures: Figures, queue: Queue, progress):
        self.space, self.figures, self.queue, self.progress = space, figures, queue, progress
        self.most: dict[Kind, float] = {}
        self.kinds: dict[Timed, list[Kind]] = {}
        self.size = 0

    def fill(self) -> None:
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
        stages = chain(self.space.qnet, hardware) if self.queue.wish.needs_latency else ()
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
