"""The risk that gradients vanish or explode, from how far along a sequence they come."""

import math
from dataclasses import dataclass

from rnnhw.analysis.bptt.growth import Flow

#: What the risks follow from.
SOURCES = (
    "Hochreiter 1991 (diploma thesis, TU Munich)",
    "Bengio, Simard, Frasconi 1994 (IEEE Trans. Neural Networks 5(2))",
    "Pascanu, Mikolov, Bengio 2013 (ICML, arXiv:1211.5063)",
)
#: The thresholds, as they are told; T is the length of the longest sequence. They are ours.
RULES = {
    "vanishing": "high: the median sequence is down to 1 % within T/2 steps, medium: within T, low: not within T",
    "exploding": "high: one sequence in ten is up a hundredfold within T/2 steps, medium: within T, low: not within T",
}


@dataclass(frozen=True)
class Risk:
    """A risk, and the cell that it comes from.

    Parameters
    ----------
    kind : {"vanishing", "exploding"}
    level : {"low", "medium", "high"}
    cell : str
        The one where it is largest.
    lag : float
        Steps after which it happens there; infinite if not within the sequences.
    steps : int
        Length of the longest sequence, T.
    """

    kind: str
    level: str
    cell: str
    lag: float
    steps: int

    def data(self) -> dict:
        """As plain data."""
        return {
            "level": self.level,
            "cell": self.cell,
            "lag": self.lag if math.isfinite(self.lag) else None,
            "steps": self.steps,
            "rule": RULES[self.kind],
        }


def risks(flows: list[Flow]) -> dict[str, Risk]:
    """Both risks of a network, of each the largest over its cells."""
    steps = max(int(flow.lengths.max()) for flow in flows)
    lags = {
        "vanishing": [(flow.vanished.median, flow) for flow in flows],
        "exploding": [(flow.exploded.low, flow) for flow in flows],
    }
    found = {}
    for kind, pairs in lags.items():
        lag, flow = min(pairs, key=lambda pair: pair[0])
        found[kind] = Risk(kind, _level(lag, steps), flow.name, lag, steps)
    return found


def _level(lag: float, steps: int) -> str:
    if lag <= steps / 2:
        return "high"
    return "medium" if lag <= steps else "low"
