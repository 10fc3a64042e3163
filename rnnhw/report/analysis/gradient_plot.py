"""The plot of gradients against lag, drawn with matplotlib."""

import math
from dataclasses import dataclass

from rnnhw.analysis.bptt import Bptt
from rnnhw.analysis.bptt.growth import EXPLODED, VANISHED, Flow
from rnnhw.errors import RnnhwError
from rnnhw.report.comparison.pareto import COLOURED, INSTALL, Palette, svg_of

TITLE = "What is left of a gradient after k steps back: median, band of 10 to 90 % of sequences (logarithmic)"
SIZE = (880, 460)  # in CSS pixels
#: Cells of one network, at most.
MOST = 8
#: Decades that are shown at most; what leaves them leaves the plot.
LOWEST, HIGHEST = -8, 6
#: Colours of lines, that are told apart by people who see few colours, too: on white, and on black.
LINES = {False: ("#2558c7", "#c2570c", "#17806d", "#8a3ffc"), True: ("#8db0ff", "#f5a266", "#5fd0b8", "#c9a6ff")}
DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (7, 2, 1.5, 2)))
PALETTES = {False: Palette(), True: Palette("#b0b8c3", "#78828f", "#2d333c", "#8db0ff", "#14171c")}


@dataclass(frozen=True)
class Line:
    """A curve of the plot: percentiles of the decimal logarithm of a gain, by lag."""

    label: str
    percentiles: list[list[float]]
    main: bool = True


def gradient_plot(results: list[Bptt], dark: bool = False) -> str:
    """The gain of gradients against lag, as the text of an SVG file, with letters as paths.

    Of one network a line for each cell, of the first eight; of several the cell of each in which gradients vanish
    first. The line is the median over sequences, the band around it goes from the 10th to the 90th percentile. Of a
    single LSTM cell the block dh_t/dh_{t-k} is drawn, too.

    Parameters
    ----------
    results : list of Bptt
        One or more.
    dark : bool
        Whether to draw on black instead of white.

    Raises
    ------
    RnnhwError
        If matplotlib is missing.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise RnnhwError(f"plots need matplotlib: {INSTALL}") from None
    palette = PALETTES[dark]
    options = {"svg.hashsalt": "rnnhw", "svg.fonttype": "path", "font.size": 12, "text.parse_math": False}
    with rc_context(dict.fromkeys(COLOURED, palette.ink) | options):
        canvas = Figure(figsize=(SIZE[0] / 72, SIZE[1] / 72), dpi=72)
        axes = canvas.add_axes((0.075, 0.24, 0.905, 0.67))
        _draw(axes, _lines(results), palette, dark)
        return svg_of(canvas, palette.paper)


def _lines(results: list[Bptt]) -> list[Line]:
    if len(results) > 1:
        return [_line(label, _first_to_vanish(result)) for label, result in zip(_labels(results), results, strict=True)]
    flows = results[0].flows
    lines = [_line(flow.name, flow) for flow in flows[:MOST]]
    if len(flows) == 1 and flows[0].kind == "lstm":
        lines = [Line("(h, c)", lines[0].percentiles), Line("h alone, c held", _decades(flows[0], "block"), main=False)]
    return lines


def _labels(results: list[Bptt]) -> list[str]:
    """The kinds of cells where they tell the networks apart, or else their names."""
    kinds = [result.flows[0].kind.upper() for result in results]
    return kinds if len(set(kinds)) == len(kinds) else [result.name for result in results]


def _first_to_vanish(result: Bptt) -> Flow:
    return next(flow for flow in result.flows if flow.name == result.risks["vanishing"].cell)


def _line(label: str, flow: Flow) -> Line:
    return Line(label, _decades(flow, "state"))


def _decades(flow: Flow, which: str) -> list[list[float]]:
    """Within two decades more than are shown: a gain of zero has no logarithm."""
    return [
        [min(max(value / math.log(10), LOWEST - 2), HIGHEST + 2) for value in row] for row in flow.curve(which).tolist()
    ]


def _draw(axes, lines: list[Line], palette: Palette, dark: bool) -> None:
    for number, line in enumerate(lines):
        colour, dash = LINES[dark][number % 4], DASHES[number % 4]
        low, median, high = line.percentiles
        lags = range(len(median))
        width = 2 if line.main else 1.4
        axes.fill_between(lags, low, high, color=colour, alpha=0.16, linewidth=0)
        axes.plot(lags, median, color=colour, linestyle=dash, linewidth=width, label=line.label, gid=f"line{number}")
    values = [value for line in lines for row in line.percentiles for value in row]
    low, high = math.floor(max(min(*values, -2.5), LOWEST)), math.ceil(min(max(*values, 0.5), HIGHEST))
    for share, text in ((VANISHED, "1 %: vanished"), (EXPLODED, "a hundredfold: exploded")):
        at = math.log10(share)
        if low <= at <= high:
            axes.axhline(at, color=palette.ink, linewidth=1.2, dashes=(5, 4), zorder=1)
            axes.annotate(text, (1, at), xycoords=("axes fraction", "data"), xytext=(-4, 4), ha="right",
                          textcoords="offset points", fontsize=11)  # fmt: skip
    longest = max(len(line.percentiles[1]) for line in lines) - 1
    axes.set(xlim=(0, longest), ylim=(low, high))
    _dress(axes, low, high, palette)


def _dress(axes, low: int, high: int, palette: Palette) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.grid(True, axis="y", color=palette.line, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
    ticks = range(low, high + 1, 1 if high - low <= 8 else 2)
    axes.set_yticks(list(ticks), [_power(tick) for tick in ticks])
    axes.set_xlabel("lag k in steps", labelpad=8)
    axes.set_title(TITLE, loc="left", fontsize=12, pad=12)
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.19), ncols=4, frameon=False, fontsize=11,
                borderaxespad=0, borderpad=0, handlelength=2.6, handletextpad=0.5, columnspacing=1.6)  # fmt: skip


def _power(tick: int) -> str:
    """10^tick, plainly near 1."""
    return {-2: "0.01", -1: "0.1", 0: "1", 1: "10", 2: "100"}.get(tick, f"1e{tick}")
