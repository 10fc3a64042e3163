"""The analysis of a network's training through time."""

from dataclasses import dataclass

from pydantic import Field

from rnnhw.analysis.architecture import shape_of
from rnnhw.analysis.bptt.advice import advice
from rnnhw.analysis.bptt.backward import Pass
from rnnhw.analysis.bptt.checks import check_mode_of, check_weights, traced
from rnnhw.analysis.bptt.clipping import Clipping, Step, first_step, measure_norms
from rnnhw.analysis.bptt.cost import Cost, cost
from rnnhw.analysis.bptt.data import affordable, settled
from rnnhw.analysis.bptt.growth import EXPLODED, PERCENTILES, VANISHED, Flow, flow
from rnnhw.analysis.bptt.loss import LOSSES
from rnnhw.analysis.bptt.risk import SOURCES, Risk, risks
from rnnhw.analysis.bptt.tape import read_tapes
from rnnhw.analysis.bptt.truncation import Truncation, measure_truncations
from rnnhw.analysis.processor import Processor
from rnnhw.analysis.workload import Workload
from rnnhw.errors import RnnhwError
from rnnhw.validation import Options

#: Sequences that truncations are measured on, at most.
TRUNCATED_SEQUENCES = 32


class Wishes(Options):
    """What is asked of an analysis; see `analyse`."""

    learning_rate: float = Field(0.001, gt=0, le=1e3, allow_inf_nan=False)
    clip_norm: float | None = Field(None, gt=0, allow_inf_nan=False)
    truncation: int | None = Field(None, ge=1)
    sequences: int = Field(8, ge=1, le=1024)
    seed: int = Field(0, ge=0)
    biases: int = Field(1, ge=0, le=2)


@dataclass(frozen=True, eq=False)
class Bptt:
    """How a network trains through time.

    Parameters
    ----------
    name : str
        The network's.
    workload : Workload
    source : str
        Where inputs and targets are from.
    flows : list of Flow
        How gradients flow along each cell's recurrence, in the order of `Network.cells`.
    risks : dict of str to Risk
        "vanishing" and "exploding".
    truncation : Truncation
    clipping : Clipping
    step : Step
    costs : list of Cost
        Of each of ``truncation.cuts``, the last one without truncation.
    loss : str
        What the gradients are of, with its value.
    """

    name: str
    workload: Workload
    source: str
    flows: list[Flow]
    risks: dict[str, Risk]
    truncation: Truncation
    clipping: Clipping
    step: Step
    costs: list[Cost]
    loss: str

    @property
    def sequences(self) -> int:
        """Whose Jacobians were multiplied."""
        return len(self.flows[0].lengths)

    @property
    def full(self) -> Cost:
        """What training takes without truncation."""
        return self.costs[-1]

    @property
    def best(self) -> Cost:
        """What it takes with the recommended one."""
        return self.costs[self.truncation.cuts.index(self.truncation.recommended)]

    @property
    def given(self) -> Cost | None:
        """What it takes with the one that was asked for."""
        return self.costs[self.truncation.cuts.index(self.truncation.given)] if self.truncation.given else None

    @property
    def advice(self) -> list[str]:
        """What to do, in sentences."""
        return advice(self)

    def data(self) -> dict:
        """Everything as plain data."""
        return {
            "name": self.name,
            "workload": self.workload.model_dump(),
            "data": self.source,
            "loss": self.loss,
            "sequences": self.sequences,
            "thresholds": {"vanished": VANISHED, "exploded": EXPLODED, "percentiles": list(PERCENTILES)},
            "cells": [flow.data() for flow in self.flows],
            "risks": {kind: risk.data() for kind, risk in self.risks.items()},
            "risk_sources": list(SOURCES),
            "truncation": self.truncation.data(),
            "clipping": self.clipping.data(),
            "step": self.step.data(),
            "costs": [cost.data() for cost in self.costs],
            "advice": self.advice,
        }


def analyse(
    net,
    x=None,
    lengths=None,
    y=None,
    *,
    workload: Workload | None = None,
    processor: Processor | None = None,
    **wishes,
) -> Bptt:
    """Analyse how a network trains through time: Jacobians along sequences, truncation, clipping, memory, time.

    Parameters
    ----------
    net : Network
        Many-to-one or many-to-many, trained or as it begins (`rnnhw.analysis.initial_network`).
    x : array_like, shape (sequences, steps, inputs), optional
        Standard normal ones are drawn with the seed if there are none.
    lengths : array_like of int, shape (sequences,), optional
    y : array_like, optional
        Classes (integers) or real numbers, see `rnnhw.analysis.bptt.checks.checked_targets`; drawn with the seed if
        there are none.
    workload : Workload, optional
        Its steps have to be those of `x`. By default those, and batches of at most 32 of the sequences.
    processor : Processor, optional
        For the time of an epoch.
    learning_rate : float
        Of the first step, by default 0.001.
    clip_norm : float, optional
        Norm to clip gradients at; without it the recommended one.
    truncation : int, optional
        Steps to truncate at, at most those of the longest sequence.
    sequences : int
        Of how many (the first ones) Jacobians are multiplied, by default 8; fewer where memory sets a limit.
    seed : int
    biases : {1, 2, 0}
        Of a cell, for the costs; see `rnnhw.analysis.Architecture`.

    Returns
    -------
    Bptt

    Raises
    ------
    RnnhwError
        An option, a mode, a batch or targets that do not suit, or weights that are all zero.

    Examples
    --------
    >>> from rnnhw.analysis import Architecture, Workload, initial_network
    >>> net = initial_network(Architecture(cell="rnn", inputs=2, hidden=16, outputs=1))
    >>> result = analyse(net, workload=Workload(steps=40, batch=16))
    >>> result.risks["vanishing"].level
    'high'
    >>> result.truncation.recommended.steps < 40
    True
    """
    wishes = Wishes(**wishes)
    check_mode_of(net)
    check_weights(net)
    drawn = y is None
    x, lengths, y, workload, source = settled(net, x, lengths, y, workload, wishes.seed)
    longest = int(lengths.max())
    if wishes.truncation is not None and wishes.truncation > longest:
        limit = f"1..{longest}, the steps of the longest sequence"
        raise RnnhwError(f"truncation must be in {limit}, not {wishes.truncation}")
    most = affordable(net, workload.steps)
    few = slice(min(wishes.sequences, most))
    flows = _flows(net, x[few], lengths[few])
    few = slice(min(TRUNCATED_SEQUENCES, most))
    done = Pass(net, x[few], lengths[few], y[few])
    lag = _lag_of_all(flows, longest) if drawn else None
    cuts = measure_truncations(done, wishes.truncation, lag)
    found = risks(flows)
    explode = found["exploding"].level != "low"
    clipping, gradients = measure_norms(net, x, lengths, y, min(workload.batch, most), wishes.clip_norm, explode)
    shape = shape_of(net, wishes.biases)
    marks = [*(cut.steps for cut in cuts.cuts[:-1]), workload.steps]
    costs = [cost(shape, workload, processor, mark) for mark in marks]
    return Bptt(
        name=net.name,
        workload=workload,
        source=source,
        flows=flows,
        risks=found,
        truncation=cuts,
        clipping=clipping,
        step=first_step(net, gradients, clipping, wishes.learning_rate, workload),
        costs=costs,
        loss=f"{LOSSES[y.dtype.kind]} {done.loss:.4g}",
    )


def _lag_of_all(flows: list[Flow], longest: int) -> int:
    """The lag at which the gain of every cell is down to 1 %, at most the longest sequence's."""
    return int(min(longest, max(flow.vanished.median for flow in flows)))


def _flows(net, x, lengths) -> list[Flow]:
    layers = [at for at, layer in enumerate(net.recurrents) for _ in layer.cells]
    tapes = read_tapes(net, traced(net, x, lengths))
    return [flow(tape, layer) for tape, layer in zip(tapes, layers, strict=True)]
