"""What a network takes as hardware."""

from dataclasses import dataclass, field
from itertools import groupby

from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.estimate import Estimate
from rnnhw.quantize import QuantizedNetwork

from .board_fit import VERDICTS, BoardFit
from .cycles import Cycles


@dataclass(frozen=True, eq=False)
class Sizing:
    """What a network takes as hardware.

    Parameters
    ----------
    qnet : QuantizedNetwork
    design : Design
        Without a target: with few registers, for the fewest cycles.
    estimate : Estimate
        Of this design: exact figures only.
    boards : tuple of BoardFit
    options : dict
        Of `Design`, which make the same cores (boards decide about loadable weights).
    steps : int or None
        Of a sequence, where that is known.
    drawn : bool
        Whether the weights were drawn, and are not a trained network's.
    """

    qnet: QuantizedNetwork
    design: Design
    estimate: Estimate
    boards: tuple[BoardFit, ...]
    options: dict = field(default_factory=dict)
    steps: int | None = None
    drawn: bool = False

    @property
    def cycles(self) -> Cycles:
        """Where the cycles of a step go, without a target."""
        return Cycles.of(self.design.plan)

    def on(self, board: str) -> BoardFit:
        """The core on a board.

        Raises
        ------
        RnnhwError
            If it was not sized for that board.
        """
        for fit in self.boards:
            if fit.name == board:
                return fit
        raise RnnhwError(f"board must be one of {', '.join(fit.name for fit in self.boards)}, not {board!r}")

    def held(self, verdict: str = "fits") -> tuple[str, ...]:
        """The boards with a verdict, one of "fits", "perhaps" and "no"."""
        return tuple(fit.name for fit in self.boards if fit.verdict == verdict)

    @property
    def groups(self) -> tuple[tuple[BoardFit, ...], ...]:
        """The boards in groups of one device, link and verdict, which differ in nothing but their names: those that
        fit first."""
        order = [fit.board.device.name for fit in self.boards]

        def key(fit: BoardFit):
            return VERDICTS.index(fit.verdict), order.index(fit.board.device.name), fit.link

        return tuple(tuple(group) for _, group in groupby(sorted(self.boards, key=key), key))

    def data(self) -> dict:
        """As plain data, for JSON; what is estimated is of value, low and high, what is exact a number."""
        config = self.qnet.config
        return {
            "name": self.qnet.name,
            "drawn_weights": self.drawn,
            "weight_bits": config.weight_bits,
            "activation_bits": config.activation_bits,
            "steps": self.steps,
            "options": dict(self.options),
            "core": self._core(),
            "cycles": self.cycles.data(),
            "boards": [fit.data() for fit in self.boards],
            "groups": [[fit.name for fit in group] for group in self.groups],
        }

    def _core(self) -> dict:
        """What it takes whatever it stands on."""
        figures, sequence = self.estimate, self.estimate.sequence
        plain = ("lanes", "macs_per_step", "utilisation", "weight_memory_bits", "state_memory_bits")
        plain = (*plain, "weight_bits_per_cycle", "weight_bits_per_step", "input_bits", "output_bits")
        return {name: getattr(figures, name) for name in plain} | {
            "multipliers": self.design.plan.multipliers,
            "engines": len(self.design.plan.engines),
            "memory_bits": sum(use.bits for use in self.design.plan.memories.values()),
            "sequence_cycles": None if sequence is None else sequence.latency_cycles,
            "sequence_interval_cycles": None if sequence is None else sequence.interval_cycles,
            "sequence_macs": None if sequence is None else sequence.macs,
        }
