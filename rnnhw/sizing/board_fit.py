"""A network's core on one board: whether there is room for it, how full the board is, how fast it runs."""

from copy import copy
from dataclasses import dataclass, replace

from rnnhw.boards import Board
from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.estimate import Estimate, Fitted, Need

#: Whether a board holds a core: wherever in their bands the estimates lie; depending on that; or in no case.
VERDICTS = ("fits", "perhaps", "no")


@dataclass(frozen=True, eq=False)
class BoardFit:
    """A core on a board.

    Parameters
    ----------
    board : Board
    link : str
        What stands between the core and its host: "uart", "spi" or "none".
    weights : str
        "rom" (fixed), or "loadable" where the user asked for that, or fixed ones have no room and loadable ones have.
    design : Design or None
        None if the board cannot have such a core at all.
    estimate : Estimate or None
        With the link, of sequences of as many steps as were asked for.
    refused : str
        Why there is no design, else empty.
    tried_both : bool
        Whether both kinds of weights were looked at.
    """

    board: Board
    link: str
    weights: str
    design: Design | None
    estimate: Estimate | None
    refused: str = ""
    tried_both: bool = False

    @property
    def name(self) -> str:
        """Of the board."""
        return self.board.name

    def on(self, board: Board) -> "BoardFit":
        """The same on another board with the same device."""
        design = copy(self.design)
        if design is not None:
            design.target = board.name
        return replace(self, board=board, design=design)

    @property
    def needs(self) -> tuple[Need, ...]:
        """Resources that the board has or the core needs."""
        every = () if self.estimate is None else self.estimate.needs
        return tuple(need for need in every if need.there or float(need.needed))

    @property
    def holds(self) -> bool:
        """Whether it fits by the estimates' values (`rnnhw.room.Place.holds`), as `rnnhw fit` decides."""
        return self.estimate is not None and bool(self.estimate.fits)

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`; a "no" is what `rnnhw build` refuses."""
        if self.estimate is None or self.estimate.sure_shortages:
            return "no"
        return "perhaps" if self.estimate.uncertain else "fits"

    @property
    def short(self) -> tuple[str, ...]:
        """What is short, or may be: a few words for each resource, or why there is no such core."""
        if self.estimate is None:
            return (self.refused,)
        return tuple(_in_short(need) for need in self.needs if need.surely_short or need.uncertain)

    @property
    def fullest(self) -> Need | None:
        """The resource of which the core takes the largest share."""
        return max(self.needs, key=lambda need: float(need.needed) / max(need.there, 1e-9), default=None)

    def data(self) -> dict:
        """As plain data; what is estimated is of value, low and high, what is exact a number."""
        figures = self.estimate
        more = {} if figures is None else _figures(self.design, figures)
        needs = [
            {
                "key": need.key,
                "name": need.name,
                "needed": _plain(need.needed),
                "there": need.there,
                "percent": _plain(need.percent),
                "enough": "no" if need.surely_short else "perhaps" if need.uncertain else "yes",
            }
            for need in self.needs
        ]
        return {
            "board": self.name,
            "title": self.board.title,
            "device": self.board.device.name,
            "link": self.link,
            "weights": self.weights,
            "tried_both": self.tried_both,
            "verdict": self.verdict,
            "holds": self.holds,
            "short": list(self.short),
            "needs": needs,
            **more,
        }


def place(qnet, board: Board, link: str, options: dict, estimated) -> BoardFit:
    """A core on a board; where fixed weights have no room in block RAM, loadable ones if there is SPRAM for them.

    (Without SPRAM, loadable weights take no less block RAM than fixed ones.)

    Parameters
    ----------
    qnet : QuantizedNetwork
    board : Board
    link : str
    options : dict
        Of `Design`.
    estimated : callable
        Design and link -> Estimate.
    """
    fixed = _place(qnet, board, link, options, estimated)
    short_of_blocks = any(need.key == "bram" and need.short for need in fixed.needs)
    if "weights" in options or not short_of_blocks or not board.device.large_ram:
        return fixed
    loadable = _place(qnet, board, link, options | {"weights": "loadable"}, estimated)
    return replace(fixed if loadable.verdict == "no" else loadable, tried_both=True)


def _place(qnet, board: Board, link: str, options: dict, estimated) -> BoardFit:
    weights = options.get("weights", "rom")
    try:
        design = Design(qnet, target=board, **options)
        return BoardFit(board, link, weights, design, estimated(design, link))
    except RnnhwError as error:
        return BoardFit(board, link, weights, None, None, str(error))


def _in_short(need: Need) -> str:
    if not need.fitted:
        return f"{need.needed:,} {need.name} of {need.there:,}"
    low, value, high = (f"{number:,.0f}" for number in (need.needed.low, need.needed.value, need.needed.high))
    return f"about {value} {need.name} ({low} .. {high}) of {need.there:,}"


def _figures(design: Design, figures: Estimate) -> dict:
    """What a core does on a board."""
    speed, energy, plan = figures.speed, figures.energy, design.plan
    steps = None if speed is None else speed.steps_per_second
    sequences = None if speed is None else speed.sequences_per_second
    latency = None if speed is None else speed.sequence_latency_us
    return {
        "lanes": plan.lanes,
        "multiplier": "lut" if any(engine.lut_multipliers for engine in plan.engines) else "dsp",
        "update_multiplier": plan.hardware.update_multiplier,
        "cycles_per_step": figures.cycles_per_step,
        "stall_cycles": figures.stall_cycles,
        "latency_cycles": figures.latency_cycles,
        "sequence_cycles": None if figures.sequence is None else figures.sequence.latency_cycles,
        "load_cycles": plan.load_cycles,
        "clock_mhz": _plain(figures.clock_mhz),
        "steps_per_second": _plain(steps),
        "sequence_latency_us": _plain(latency),
        "sequences_per_second": _plain(sequences),
        "energy_nj": None if energy is None else _plain(energy.total_nj),
        "energy_of": None if energy is None else energy.of,
        "power_mw": None if energy is None else _plain(energy.power_mw),
        "beyond": figures.beyond,
    }


def _plain(number):
    if isinstance(number, Fitted):
        return {"value": number.value, "low": number.low, "high": number.high}
    return number
