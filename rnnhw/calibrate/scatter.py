"""Scatter plot of estimates against the truth: a panel for each figure, a colour for each family."""

from pathlib import Path

from rnnhw.errors import RnnhwError

from .compare import FIGURES, Comparison

INSTALL = 'pip install "rnnhw[plots]"'
COLOURS = {"ice40": "#3b82f6", "ecp5": "#e0762f", "gowin": "#2f9e62", "xilinx": "#b05fc4"}
MARKS = {"ice40": "o", "ecp5": "s", "gowin": "^", "xilinx": "D"}
INK = "#7d8590"  # of all lines and letters: read on white as well as on black
BAND = 0.1
UNITS = {"LUT": "LUTs", "FF": "flip-flops", "clock": "clock in MHz"}
FILES = ("validation.svg", "validation.png")


def check_matplotlib() -> None:
    """Refuse at once, not after the sweep.

    Raises
    ------
    RnnhwError
        If matplotlib is missing.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise RnnhwError(f"plots need matplotlib: {INSTALL}") from None


def scatter(comparisons: list[Comparison], folder: Path) -> None:
    """Write the plot as SVG and PNG.

    Parameters
    ----------
    comparisons : list of Comparison
    folder : Path
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    style = dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
    style |= {"svg.hashsalt": "rnnhw", "svg.fonttype": "path", "font.size": 10}
    with rc_context(style):
        figure = Figure(figsize=(12, 4.4), layout="constrained")
        for axes, name in zip(figure.subplots(1, len(FIGURES)), FIGURES, strict=True):
            _panel(axes, name, comparisons)
        handles, labels = _legend(figure)
        if handles:
            figure.legend(handles, labels, loc="outside lower center", ncols=len(labels) + 1, frameon=False)
        for file in FILES:
            metadata = {"Date": None} if file.endswith("svg") else None
            figure.savefig(folder / file, transparent=True, dpi=150, metadata=metadata)


def _panel(axes, name: str, comparisons) -> None:
    found = [item for item in comparisons if name in item.fitted]
    axes.set(title=UNITS[name], xlabel="synthesised" if name != "clock" else "routed", ylabel="estimated")
    axes.grid(True, which="both", color=INK, alpha=0.15, linewidth=0.6)
    axes.set_axisbelow(True)
    if not found:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "nothing measured", transform=axes.transAxes, ha="center")
        return
    truths = [item.fitted[name].found for item in found]
    guesses = [item.fitted[name].estimated.value for item in found]
    low, high = min(*truths, *guesses, *truths[:1]) / 1.25, max(*truths, *guesses, *truths[:1]) * 1.25
    for factor, line in ((1, "-"), (1 - BAND, "--"), (1 + BAND, "--")):
        label = {1: "equal", 1 + BAND: f"±{BAND:.0%}".replace("%", " %")}.get(factor, "_")
        axes.plot([low, high], [low * factor, high * factor], line, color=INK, linewidth=0.9, label=label)
    for family, colour in COLOURS.items():
        pairs = [item.fitted[name] for item in found if item.family == family]
        if pairs:
            x, y = zip(*((pair.found, pair.estimated.value) for pair in pairs), strict=True)
            options = {"s": 20, "alpha": 0.75, "linewidths": 0, "marker": MARKS[family]}
            axes.scatter(x, y, color=colour, label=family, zorder=3, **options)
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high), aspect="equal")
    _ticks(axes, low, high)


def _ticks(axes, low: float, high: float) -> None:
    """At a few round numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    steps = (1, 1.5, 2, 3, 5, 7) if high / low < 8 else (1, 2, 5) if high / low < 100 else (1, 3)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=steps))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.set_minor_formatter(NullFormatter())


def _legend(figure):
    named = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            named.setdefault(label, handle)
    return list(named.values()), list(named)
