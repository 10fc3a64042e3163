"""The plot of the Pareto front: a quality against a cost, drawn with matplotlib."""

import re
from dataclasses import dataclass

from rnnhw.errors import RnnhwError

from .figures import Figure, costs, front, kept, metric_of
from .labels import clipped_text, label_front
from .scale import Scale, cost_scale, metric_scale

INSTALL = "pip install 'rnnhw[plots]'"
WIDE = (880, 460)  # in CSS pixels
GAP = 0.06  # of an axis' span, beyond the outermost value
DIGIT = 8  # width of a digit at an axis, generously
COLOURED = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")


@dataclass(frozen=True)
class Palette:
    """Colours: letters and axes, other points, grid, what is meant (`accent`), what is behind."""

    ink: str = "#59626d"
    soft: str = "#87909b"
    line: str = "#dfe3e8"
    accent: str = "#2558c7"
    paper: str = "#ffffff"


@dataclass(frozen=True)
class Plot:
    """A drawn plot.

    Parameters
    ----------
    svg : str
        The element alone.
    spots : list of (float, float, str)
        Place of each point in the SVG's coordinates, and its id.
    """

    svg: str
    spots: list[tuple[float, float, str]]


def pareto_svg(document: dict) -> str:
    """The metric against the comparison's cost, as the text of an SVG file: on white, with letters as paths.

    Parameters
    ----------
    document : dict
        ``Comparison.document()``.

    Raises
    ------
    RnnhwError
        If matplotlib is missing, or no point has a cost.
    """
    found = costs(document)
    if not found:
        raise RnnhwError("no point of the comparison has a cost: there is no front to plot")
    return draw(document, found[0], WIDE, Palette(), "path").svg


def draw(document: dict, cost: Figure, size: tuple[int, int], palette: Palette, letters: str, salt: str = "") -> Plot:
    """Plot the metric against a cost.

    Parameters
    ----------
    document : dict
    cost : Figure
    size : tuple of int
        Width and height in CSS pixels.
    palette : Palette
    letters : str
        "path", or "none": text that takes the font of the page around it.
    salt : str
        What tells the plot's ids from those of others on a page.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure as Canvas
    except ImportError:
        raise RnnhwError(f"plots need matplotlib: {INSTALL}") from None
    colours = dict.fromkeys(COLOURED, palette.ink)
    options = {"svg.hashsalt": f"rnnhw{salt}", "svg.fonttype": letters, "font.size": 12, "text.parse_math": False}
    with rc_context(colours | options):
        canvas = Canvas(figsize=(size[0] / 72, size[1] / 72), dpi=72)
        panel = Panel(canvas.add_axes((0, 0, 1, 1)), document, cost, palette, size)
        panel.draw()
        label_front(panel)
        svg = svg_of(canvas, palette.paper if letters == "path" else "none")
        spots = [(*_place(panel.axes, *panel.at(point), size[1]), point["id"]) for point in panel.points]
    return Plot(svg, spots)


class Panel:
    """The axes of one plot, and what is drawn into them."""

    def __init__(self, axes, document: dict, cost: Figure, palette: Palette, size: tuple[int, int]):
        self.axes, self.cost, self.palette, self.size = axes, cost, palette, size
        self.narrow = size[0] < 500
        self.metric = metric_of(document)
        self.points = [p for p in kept(document) if None not in (cost.value(p), self.metric.value(p))]
        self.front = front(document, cost)
        self.float = document["metric"]["float"]
        self.x = cost_scale([cost.value(point) for point in self.points])
        metrics = [self.metric.value(point) for point in self.points]
        self.y = metric_scale([*metrics, self.float], self.metric.unit, self.metric.better)

    @property
    def told(self) -> bool:
        """Whether float has a place: no error at all has none on a logarithmic axis."""
        return self.y.kind != "log" or self.float > 0

    def at(self, point: dict) -> tuple[float, float]:
        """Where a point stands."""
        return self.x.at(self.cost.value(point)), self.y.at(self.metric.value(point))

    def draw(self) -> None:
        """Everything but the labels at the points."""
        axes, palette = self.axes, self.palette
        axes.set_facecolor("none")
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.grid(True, axis="y", color=palette.line, linewidth=1)
        axes.set_axisbelow(True)
        axes.tick_params(length=0, pad=6)
        if self.told:
            axes.axhline(self.y.at(self.float), color=palette.ink, linewidth=1.2, dashes=(5, 4), gid="float")
        self._draw_bands()
        self._marks()
        self._limits()
        self._titles()

    def _bands(self) -> list[tuple[dict, float, float]]:
        """The front's points with the band of their LUTs: nine of ten syntheses of a design end within it."""
        found = [(point, self.cost.band(point)) for point in self.front if self.cost.key == "lut"]
        return [(point, *band) for point, band in found if band and band[0] > 0]

    def _draw_bands(self) -> None:
        for number, (point, *band) in enumerate(self._bands()):
            ends, y = [self.x.at(end) for end in band], self.at(point)[1]
            look = {"color": self.palette.accent, "alpha": 0.18, "solid_capstyle": "butt", "linewidth": 7}
            self.axes.plot(ends, [y, y], label="_" if number else "band of the estimate", **look)

    def _marks(self) -> None:
        palette = self.palette
        if len(self.front) > 1:
            x, y = zip(*map(self.at, self.front), strict=True)
            self.axes.step(x, y, where="post", color=palette.accent, linewidth=1.8, gid="front")
        kinds = (
            ("others", "other points", palette.soft, "none", "o", 5),
            ("unfit", "does not fit the device", palette.soft, "none", "x", 5.5),
            ("unverified", "front, not verified", palette.accent, palette.paper, "o", 7.5),
            ("verified", "front, verified in RTL", palette.accent, palette.accent, "o", 7.5),
        )
        for kind, label, edge, fill, mark, size in kinds:
            places = [self.at(point) for point in self.points if self._kind(point) == kind]
            if places:
                x, y = zip(*places, strict=True)
                look = {"markeredgecolor": edge, "markerfacecolor": fill, "markersize": size, "markeredgewidth": 1.3}
                self.axes.plot(x, y, mark, label=label, gid=kind, zorder=4 if fill != "none" else 3, **look)

    def _kind(self, point: dict) -> str:
        if point in self.front:
            return "verified" if (point.get("verified") or {}).get("equal") else "unverified"
        return "unfit" if point.get("fits") is False else "others"

    def _limits(self) -> None:
        x, y = zip(*map(self.at, self.points), strict=True)
        x = [*x, *(self.x.at(end) for _, *band in self._bands() for end in band)]
        y = [*y, self.y.at(self.float)] if self.told else y
        left = 2 * GAP if self.narrow else GAP  # where the first point's label stands
        ends = _widened(min(x), max(x), left, self.x), _widened(min(y), max(y), 1.4 * GAP, self.y)
        self.axes.set(xlim=ends[0], ylim=ends[1])
        across = self.x.ticks(*ends[0], 4 if self.narrow else 8)
        if self.cost.key in ("dsp", "bram"):
            across = [(place, text) for place, text in across if "." not in text]
        up = self.y.ticks(*ends[1], 5 if self.narrow else 7)
        for axis, ticks in ((self.axes.xaxis, across), (self.axes.yaxis, up)):
            axis.set_ticks([place for place, _ in ticks], [text for _, text in ticks])
        self._place(DIGIT * max((len(text) for _, text in up), default=0) + 8)

    def _place(self, left: int) -> None:
        """Within the figure, with room for the texts around: pixels are known before anything is drawn."""
        width, height = self.size
        columns = 2 if self.narrow else 4
        rows = -(-len(self.axes.get_legend_handles_labels()[0]) // columns)
        low = 60 + 18 * rows
        inner = height - low - 36
        self.axes.set_position((left / width, low / height, (width - left - 16) / width, inner / height))
        self.axes.legend(loc="upper left", bbox_to_anchor=(0, -56 / inner), ncols=columns, frameon=False,
                         fontsize=11, borderaxespad=0, borderpad=0, handletextpad=0.4, columnspacing=1.4)  # fmt: skip

    def _titles(self) -> None:
        log = "" if self.x.kind == "linear" else ", logarithmic"
        self.axes.set_xlabel(f"{self.cost.title}{log}", labelpad=8)
        told = [f"{self.metric.better} is better"]
        told += {"errors": ["errors on a logarithmic scale"], "log": ["logarithmic"]}.get(self.y.kind, [])
        note = "" if self.narrow else f" ({', '.join(told)})"
        self.axes.set_title(
            clipped_text(f"{self.metric.title}{note}", self.size[0] // 8), loc="left", fontsize=12, pad=12
        )
        if self.told:
            self.axes.annotate(self.float_text(), (0, self.y.at(self.float)), xycoords=("axes fraction", "data"),
                               xytext=(0, 4), textcoords="offset points", va="bottom", fontsize=11)  # fmt: skip

    def float_text(self) -> str:
        """What stands at the line of float."""
        return f"float {self.metric.text(self.float)} {self.metric.unit}".rstrip()


def _widened(low: float, high: float, share: float, scale: Scale) -> tuple[float, float]:
    span = high - low
    if span == 0:
        span = abs(low) * 0.5 if scale.kind == "linear" and low else 1.0
        return low - span / 2, high + span / 2
    return low - share * span, high + share * span


def _place(axes, x: float, y: float, height: int) -> tuple[float, float]:
    pixel = axes.transData.transform((x, y))
    return round(float(pixel[0]), 1), round(height - float(pixel[1]), 1)


def svg_of(canvas, behind: str) -> str:
    """The text of a matplotlib figure as an SVG element, without what differs from run to run."""
    import io

    file = io.StringIO()
    canvas.savefig(file, format="svg", facecolor=behind, metadata={"Date": None})
    text = file.getvalue()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    return re.sub(r'(width|height)="([0-9.]+)pt"', r'\1="\2"', text, count=2)
