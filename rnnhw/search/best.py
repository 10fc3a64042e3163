"""The search: from a network and a target to the configurations that suit it best."""

from rnnhw.boards import BOARDS, USUAL, Board
from rnnhw.boards import find as find_board
from rnnhw.design import device_of
from rnnhw.errors import RnnhwError
from rnnhw.estimate.costs import costs
from rnnhw.estimate.figures_speed import check_length
from rnnhw.fixedpoint.checks import integer
from rnnhw.plan import make_plan
from rnnhw.quantize import QuantizedNetwork

from .advice import limits_missed, nothing_fits
from .candidate import Candidate, make_candidate
from .figures import Figures
from .found import Found
from .hunt import Hunt
from .measures import Wish
from .space import Space


def fit(
    qnet: QuantizedNetwork,
    target,
    *,
    objective: str | None = None,
    max_cycles: float | None = None,
    max_latency_us: float | None = None,
    length: int | None = None,
    margin: str = "surely",
    top: int = 5,
    fixed: dict | None = None,
    progress=None,
) -> Found:
    """Find the configuration of a core that suits a board or a device best; nothing is trained.

    ``rnnhw.fit(qnet, "ulx3s-85f").best.design()``

    All configurations of all knobs that no result depends on are compared by their estimates (`rnnhw.search.space`).
    With a board the link to its host counts, with a device only the core.

    Parameters
    ----------
    qnet : QuantizedNetwork
    target : str or Board
        A board or a device, as in `rnnhw.Design`.
    objective : str, optional
        "throughput": the least time of a step, which is its cycles at the estimated clock; "latency": the least
        latency of an inference; "size": the least share of the most used of LUTs, flip-flops, DSP blocks and RAMs.
        By default "throughput", and with a limit "size". Of equal ones that with less. Where no clock can be estimated
        (Xilinx) times are cycles.
    max_cycles : float, optional
        Cycles of a step, at most.
    max_latency_us : float, optional
        Microseconds of an inference at the estimated clock, at most.
    length : int, optional
        An inference is a sequence of so many steps, which comes without a pause: its latency is that from its first
        element to the last one of its answer. Without it: from the last input element to the answer, which is
        `Plan.latency_cycles`.
    margin : str
        DSP blocks and RAMs are exact, LUTs and flip-flops have bands. "surely": what fits at the high end of them goes
        before what fits by the estimate only. "likely": all that fits by the estimate is alike.
    top : int
        How many, at most. Those after the best one are the best of what takes less of some resource (by 2 % of
        what there is) than each one before.
    fixed : dict, optional
        Options of `rnnhw.Design` that are not to be searched, and those that are not (streams, weights, weight_memory,
        ...). `lanes`, `columns_per_cycle` and `multipliers` are the most that may be used.
    progress : callable, optional
        Takes a line now and then.

    Raises
    ------
    RnnhwError
        If nothing fits or no limit can be met, with what is nearest, and for options that cannot be used.
    """
    if not isinstance(qnet, QuantizedNetwork):
        raise TypeError(f"fit takes a QuantizedNetwork (see rnnhw.quantize), not {type(qnet).__name__}")
    board = _board(target)
    device = device_of(target if board is None else board)
    limited = max_cycles is not None or max_latency_us is not None
    wish = Wish(objective or ("size" if limited else "throughput"), max_cycles, max_latency_us, margin)
    top = integer("top", top, 1)
    fixed = ({} if board is None else {"count_saturations": True}) | (fixed or {})  # a board's host can ask for it
    clocked = costs(make_plan(qnet, lanes=1), device).clock_mhz is not None
    space = Space(qnet, device, fixed, clocked)
    link = "none" if board is None else board.links[0]
    figures = Figures(space, link, length)
    if length is not None:
        check_length(make_plan(qnet, lanes=1, max_steps=space.given.max_steps), length)
    if max_latency_us is not None and not clocked:
        raise RnnhwError(f"max_latency_us: no clock can be estimated for {device.name}; max_cycles can be used")
    hunt = Hunt(space, figures, wish, progress)
    candidates = _candidates(hunt, figures, board or target, top)
    if not candidates and wish.limited:
        limits_missed(space, figures, wish, progress)
    if not candidates:
        nothing_fits(space, figures, board or target, progress)
    name = board.name if board else device.name
    return Found(name, device.name, link, wish, length, tuple(candidates), hunt.looked, hunt.size)


def _board(target) -> Board | None:
    if isinstance(target, Board):
        return target
    name = str(target).lower()
    return find_board(str(target)) if name in BOARDS or name in USUAL or name.endswith(".py") else None


def _candidates(hunt: Hunt, figures: Figures, target, top: int) -> list[Candidate]:
    found: list[Candidate] = []
    for known in hunt:
        candidate = make_candidate(known, figures, target)
        if candidate is not None and all(candidate.less_than(before) for before in found):
            found.append(candidate)
        if len(found) == top:
            break
    return found
