"""From sizes to hardware: the core, its cycles, and every board."""

from collections.abc import Iterator
from dataclasses import replace

from rnnhw.analysis import Architecture
from rnnhw.boards import BOARDS, Board, find
from rnnhw.design import Design
from rnnhw.estimate import LONGEST_SEQUENCE, Estimate, estimate, usual_length
from rnnhw.estimate.costs import LINKS
from rnnhw.estimate.figures_speed import sequence
from rnnhw.fixedpoint.checks import choice, integer
from rnnhw.plan import Hardware
from rnnhw.quantize import WHOLE

from .board_fit import BoardFit, place
from .sizing import Sizing
from .subject import most_lanes, quantized

LANES = 8


def size(
    subject,
    *,
    weight_bits: int | None = None,
    activation_bits: int | None = None,
    lanes=LANES,
    steps: int | None = None,
    link: str | None = None,
    boards=None,
    **hardware,
) -> Sizing:
    """What a network takes as hardware: cycles, memories, and on each board resources, clock, time and energy.

    Parameters
    ----------
    subject : Architecture, Network or QuantizedNetwork
        An architecture gets drawn weights; what is not quantised is calibrated on noise (`rnnhw.sizing.subject`).
    weight_bits, activation_bits : int, optional
        As of `rnnhw.quantize`, of what is not quantised yet; by default 8.
    lanes : int or tuple of int
        Multiply-accumulators at most, as of `Design`; one number for all may be more than the network has rows.
    steps : int, optional
        Of a sequence; by default as many as the network fixes, if any. Where whole sequences are stored, storage is
        for as many unless `max_steps` says more.
    link : {"uart", "spi", "none"}, optional
        Between core and host; by default each board's usual one.
    boards : iterable of str or Board, optional
        By default all that rnnhw knows.
    **hardware
        Further fields of `rnnhw.plan.Hardware`. Without `weights` they are fixed, and loadable on boards that have
        room for such ones only, in SPRAM.

    Returns
    -------
    Sizing

    Raises
    ------
    RnnhwError
        For sizes or options that cannot be.
    """
    options = {"lanes": lanes, **hardware}
    made = Hardware(**options)
    options = {name: getattr(made, name) for name in options}
    if link is not None:
        choice("link", link, LINKS)
    if steps is not None:
        steps = integer("steps", steps, 1, LONGEST_SEQUENCE)
    places = [board if isinstance(board, Board) else find(board) for board in (BOARDS if boards is None else boards)]
    qnet = quantized(subject, weight_bits, activation_bits)
    if not isinstance(options["lanes"], tuple):
        options["lanes"] = min(options["lanes"], most_lanes(qnet))
    if steps is not None and any(isinstance(layer, WHOLE) for layer in qnet.layers):
        options = {"max_steps": steps} | options
    estimated = _Estimates(steps)
    design = Design(qnet, **options)
    figures = estimated(design, "none")
    fits = tuple(_on_boards(qnet, places, link, options, estimated))
    length = None if figures.sequence is None else figures.sequence.length
    return Sizing(qnet, design, figures, fits, options, length, isinstance(subject, Architecture))


def _on_boards(qnet, places, link: str | None, options: dict, estimated) -> Iterator[BoardFit]:
    known = {}
    for board in places:
        own = link or board.links[0]
        key = board.device, own  # boards of one device differ in nothing else
        if key not in known:
            known[key] = place(qnet, board, own, options, estimated)
        yield known[key].on(board)


class _Estimates:
    """Estimates of designs that share their schedules: what a sequence takes is counted once for each.

    Parameters
    ----------
    steps : int or None
        Of a sequence.
    """

    def __init__(self, steps: int | None):
        self.steps, self._known = steps, {}

    def __call__(self, design: Design, link: str) -> Estimate:
        """As `Design.estimate` makes it."""
        plan = design.plan
        length = usual_length(plan) if self.steps is None else self.steps
        figures = estimate(plan, design.device, link=link)
        if length is None:
            return figures
        if plan.links not in self._known:
            self._known[plan.links] = sequence(plan, length)
        return replace(figures, sequence=self._known[plan.links])
