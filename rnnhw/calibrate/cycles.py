"""Counts the cycles of a core in a native simulation, and holds them against the plan."""

from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from rnnhw.emit.stimulus import Sink, Source, Stimulus
from rnnhw.emit.vectors import ONE_STEP
from rnnhw.sim import SimulationError
from rnnhw.sim.cxxrtl_backend import build
from rnnhw.sim.cycles import check_cycles

FORMAT = 1  # of an outcome; another one makes all of them anew
STEPS = 48  # of a sequence: the last ones no longer know of its beginning
SEED = 1  # of the inputs
PARTING = 1000  # cycles more than planned in which a run has to end


class Simulated:
    """The task of a simulation.

    Every element of every stream has to come in its planned cycle. Cycles of a step and latency are measured apart,
    as they are defined: `Plan.cycles_per_step`, where a step in the middle of sequences without end or an answer that
    is fed back takes the same cycles each time, and `Plan.latency_cycles`.

    Parameters
    ----------
    design : rnnhw.Design
    """

    def __init__(self, design):
        self.core, self.plan = design.core, design.core.plan
        self.vectors = self._vectors(self.plan.hardware.streams + 1)

    @cached_property
    def key(self) -> str:
        """Of the core, what is planned of it, and what runs through it."""
        planned = self.core.planned(self.vectors)
        figures = self.plan.cycles_per_step, self.plan.latency_cycles
        cycles = planned.accepted, planned.outputs, planned.state_accepted, planned.final_outputs
        return sha256(f"{('cycles', FORMAT, STEPS, SEED, figures, cycles)}{self.core.rtlil}".encode()).hexdigest()

    def run(self) -> dict:
        """Measured and planned figures; the error is None, or says what came in another cycle or with other bits."""
        figures = {"cycles_per_step": None, "latency_cycles": None, "error": None}
        with TemporaryDirectory(prefix="rnnhw-") as folder:
            model = build(self.core.component(), Path(folder))
            try:
                figures["cycles_per_step"] = self._step(model)
                figures["latency_cycles"] = self._latency(model)
            except SimulationError as error:
                figures["error"] = str(error)
        planned = {"cycles_per_step": self.plan.cycles_per_step, "latency_cycles": self.plan.latency_cycles}
        for name, cycles in planned.items():
            if figures["error"] is None and figures[name] not in (None, cycles):
                figures["error"] = f"{name} is {figures[name]}, the plan says {cycles}"
        return figures | {"planned": planned}

    def _vectors(self, sequences: int, steps: int = STEPS):
        """Random sequences, of which the last is shorter if there are several."""
        network, hardware = self.plan.network, self.plan.hardware
        one = network.mode in ONE_STEP
        steps = 1 if one else min(steps, hardware.max_steps) if self.plan.buffered else steps
        lengths = np.full(sequences, steps)
        if sequences > 1 and not one:
            lengths[-1] = 2
        low, high = network.input.min_raw, network.input.max_raw
        x_raw = np.random.default_rng(SEED).integers(low, high + 1, (sequences, steps, network.input_size))
        return self.core.vectors(x_raw, lengths)

    def _step(self, model) -> int | float | None:
        vectors, planned = self.vectors, self.core.planned(self.vectors)
        end = max([planned.accepted[-1][1], *planned.outputs[-1:], *planned.final_outputs[-1:]])
        transcript = model.run(vectors.stimulus(end + len(_loaded(vectors)) + PARTING))
        _check_bits(vectors, transcript)
        check_cycles(self.core, vectors, planned, transcript, "simulation")
        return self._step_cycles(transcript)

    def _step_cycles(self, transcript) -> int | float | None:
        network, streams = self.plan.network, self.plan.hardware.streams
        if not isinstance(self.plan.cycles_per_step, int):
            return None
        if network.mode == "one-to-many":
            ends = transcript.outputs["o"].cycles[network.output_size - 1 :: network.output_size]
            return ends[network.steps - 1] - ends[network.steps - 2] if network.steps > 1 else None
        if network.mode in ONE_STEP or self.plan.buffered:
            return None
        starts = transcript.inputs["i"][:: network.input_size]
        late, before = (STEPS - 3) * streams, (STEPS - 4) * streams
        cycles = (starts[late] - starts[before]) / streams
        return int(cycles) if cycles == int(cycles) else cycles

    def _latency(self, model) -> int:
        """From the last element in to the last one out, with nothing under way."""
        plan, hardware = self.plan, self.plan.hardware
        one = plan.network.mode in ONE_STEP
        vectors = self._vectors(2 if one else 1, hardware.max_steps if plan.buffered else 3)
        gap = 2 * self.core.planned(vectors).outputs[-1] + len(_loaded(vectors))
        starts = (
            np.zeros(len(vectors.steps), int)
            if plan.buffered and not one
            else gap * (1 + np.arange(len(vectors.steps)))
        )
        sources = {name: Source(columns) for name, columns in vectors.beats.items()}
        sources["i"] = Source(vectors.beats["i"], not_before=np.repeat(starts, plan.network.input_size))
        sinks = {name: Sink(len(columns["data"])) for name, columns in vectors.expected.items()}
        transcript = model.run(Stimulus(sources, sinks, max_cycles=gap * (len(starts) + 2) + PARTING))
        _check_bits(vectors, transcript)
        return transcript.outputs["o"].cycles[-1] - transcript.inputs["i"][-1]


def _loaded(vectors):
    return vectors.beats["load"]["data"] if "load" in vectors.beats else ()


def _check_bits(vectors, transcript) -> None:
    for stream, columns in vectors.expected.items():
        for name, wanted in columns.items():
            if transcript.outputs[stream].beats[name] != wanted.tolist():
                raise SimulationError(f"{name} of {stream} differs from golden")
