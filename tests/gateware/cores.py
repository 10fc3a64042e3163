"""Whole cores against the golden model and the schedule: what goes in, and what must come out when."""

from dataclasses import dataclass, field

import numpy as np

import rnnhw.golden  # noqa: F401  (registers the golden model)
from rnnhw.gateware import NetworkTop
from rnnhw.plan import Plan, StepMark

from .streams import Sink, Source, always, drive


@dataclass
class Traffic:
    """Sequences of random integers for a core, in the order in which their steps are offered.

    Parameters
    ----------
    plan : Plan
    lengths : sequence of int
        Steps of each sequence; with several streams sequence s goes to stream s mod streams.
    seed : int
    ends : bool
        Nothing but the ends of the input's range.
    """

    plan: Plan
    lengths: tuple[int, ...]
    seed: int = 0
    ends: bool = False
    beats: list = field(init=False)
    marks: list = field(init=False)
    expected: list = field(init=False)

    def __post_init__(self):
        network, streams = self.plan.network, self.plan.hardware.streams
        rng, form = np.random.default_rng(self.seed), network.input
        shape = (len(self.lengths), max(self.lengths), network.input_size)
        self.x = rng.integers(form.min_raw, form.max_raw + 1, shape)
        if self.ends:
            self.x = rng.choice([form.min_raw, form.max_raw], shape)
        queues = [[] for _ in range(streams)]
        for number, length in enumerate(self.lengths):
            queues[number % streams] += [(number, step) for step in range(length)]
        self.order = []
        while any(queues):
            self.order += [queue.pop(0) for queue in queues if queue]
        self.beats, self.marks = [], []
        for number, step in self.order:
            self._offer(number, step)
        self.expected = list(self._answers())

    def _offer(self, number: int, step: int) -> None:
        first, last, stream = step == 0, step == self.lengths[number] - 1, number % self.plan.hardware.streams
        self.marks.append(StepMark(first, last, stream))
        final = self.plan.network.input_size - 1
        for at, value in enumerate(self.x[number, step].tolist()):
            flags = (int(first and at == 0), int(last and at == final))
            self.beats.append((value, *flags, stream)[: 3 + (self.plan.hardware.streams > 1)])

    def _answers(self):
        """Elements of the answers as (data, last) or (data, last, stream)."""
        network = self.plan.network
        answers = network.run_raw(self.x, np.array(self.lengths))
        order = self.order
        if network.mode == "one-to-many":
            order = [(number, step) for number, _ in order for step in range(network.steps)]
        for number, step in order:
            length = network.steps if network.mode == "one-to-many" else self.lengths[number]
            if network.mode == "many-to-one" and step < length - 1:
                continue
            answer = (answers[number] if network.mode == "many-to-one" else answers[number, step]).tolist()
            stream = (number % self.plan.hardware.streams,) if self.plan.hardware.streams > 1 else ()
            for at, value in enumerate(answer):
                yield value, int(step == length - 1 and at == len(answer) - 1), *stream

    def run(self, *, earliest=None, ready=None, top=None, unrest=None, limit: int = 60_000):
        """Simulate; returns (source, sink)."""
        top = top or NetworkTop(self.plan)
        source = Source(top.i, self.beats, earliest or [0] * len(self.beats))
        sink = Sink(top.o, len(self.expected), always() if ready is None else ready)
        drive(top, [source, sink], unrest=unrest, limit=limit)
        return source, sink

    def check(self, **options) -> None:
        """The core gives these answers, and with free partners in the scheduled cycles."""
        source, sink = self.run(**options)
        assert sink.beats == self.expected
        if not options.keys() & {"earliest", "ready"}:
            run, size = self.plan.run(self.marks), self.plan.network.input_size
            assert sink.transfers == list(run.outputs)
            ends = zip(source.accepted[::size], source.accepted[size - 1 :: size], strict=True)
            assert list(ends) == list(run.accepted)
