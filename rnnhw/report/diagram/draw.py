"""A block diagram of one core, with its sizes in it."""

from typing import NamedTuple

from rnnhw.plan import EnginePlan, Plan

from .arrangement import GAP, LANE, MARGIN, NARROW, WIDE, Page, Paths, arrange, connect
from .blocks import Block, between, count, cycles, ends, engine_blocks, pass_rows
from .boxes import Box, height_of
from .canvas import LINE, TITLE, Canvas, cut, wrap
from .passes import Row, draw_narrow, draw_wide

TURN = 760  # pixels of a page up to which the narrow diagram is shown
END = 200  # width of the boxes of the two streams


class Out(NamedTuple):
    """Where a stage's stream comes out: its place, where its line begins, and where the stage ends."""

    x: float
    start: float
    bottom: float


def engine_diagram(plan: Plan, narrow: bool = False) -> str:
    """A block diagram of a core: its streams, engines, buffers and head, with all sizes, and the cycles of each pass.

    Letters and lines have the colour of the text around it (`currentColor`), so that it is read on light and dark
    pages; the variables `--diagram-memory`, `--diagram-arithmetic` and `--diagram-font` may say more. As a file of
    its own it follows the browser's choice of light or dark.

    Parameters
    ----------
    plan : Plan
    narrow : bool
        In one column, for pages of 360 pixels and more; else for pages of about 700 and more.

    Returns
    -------
    str
        An SVG element, as wide as its place.
    """
    page, canvas = NARROW if narrow else WIDE, Canvas()
    y, (first, last) = _summary(canvas, page, plan), ends(plan)
    out = _first(canvas, page, first, y)
    for stage in plan.stages:
        out = (_engine if isinstance(stage, EnginePlan) else _between)(canvas, page, plan, stage, out)
    bottom = _last(canvas, page, last, out)
    return canvas.svg(page.width, bottom + MARGIN, _said(plan), page.most)


def page_diagram(plan: Plan) -> str:
    """The diagram for a page whose width is not known: an HTML element that shows the wide or the narrow one.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
        A div as wide as its place, in which one of both SVG elements is shown.
    """
    rules = (
        ".rnnhw-diagram{container-type:inline-size}.rnnhw-narrow{display:none}"
        f"@container (max-width:{TURN}px){{.rnnhw-wide{{display:none}}.rnnhw-narrow{{display:block}}}}"
    )
    wide, narrow = (engine_diagram(plan, narrow) for narrow in (False, True))
    both = f'<div class="rnnhw-wide">{wide}</div><div class="rnnhw-narrow">{narrow}</div>'
    return f'<div class="rnnhw-diagram"><style>{rules}</style>{both}</div>'


def _said(plan: Plan) -> str:
    """The diagram in a sentence."""
    engines = "; ".join(
        f"{engine.name} of {count(engine.geometry.all_lanes, 'lane')} for {_names(engine)}" for engine in plan.engines
    )
    return f"Block diagram of a core of {count(len(plan.engines), 'engine')}: {engines}; {_cycles(plan)[0]}"


def _names(engine: EnginePlan) -> str:
    return ", ".join(layer.name for layer in engine.layers)


def _cycles(plan: Plan) -> list[str]:
    whole, stalls = cycles(plan.cycles_per_step), cycles(plan.stall_cycles)
    lines = [f"{whole} cycles a step: {plan.bound_cycles:,} multiplying, {stalls} waiting"]
    if plan.head_cycles:
        lines.append(f"dense layers once a sequence: {plan.head_cycles:,} cycles")
    return [*lines, f"from a step's last input to its answer: {plan.latency_cycles:,} cycles"]


def _summary(canvas: Canvas, page: Page, plan: Plan) -> float:
    y = MARGIN
    for text in _cycles(plan):
        bold = y == MARGIN
        for line in wrap(text, page.width - 2 * MARGIN, TITLE, bold):
            y += LINE + 1
            canvas.text(MARGIN, y, line, size=TITLE, bold=bold)
    return y + LINE


def _first(canvas: Canvas, page: Page, block: Block, y: float) -> Out:
    """The input stream's box."""
    box = Box(MARGIN, y, END, height_of(block, END), block)
    box.draw(canvas)
    return Out(_entry(page), box.bottom, box.bottom)


def _entry(page: Page) -> float:
    """Where the line into an engine goes down, beside its boxes."""
    return page.left - LANE + 2


def _last(canvas: Canvas, page: Page, block: Block, out: Out) -> float:
    """The output stream's box below where the answers come from; returns where it ends."""
    x = max(MARGIN, min(out.x - END / 2, page.width - MARGIN - END))
    box = Box(x, out.bottom + GAP, END, height_of(block, END), block)
    canvas.arrow((out.x, out.start), (out.x, box.y))
    box.draw(canvas)
    return box.bottom


def _between(canvas: Canvas, page: Page, plan: Plan, stage, out: Out) -> Out:
    """A sequence buffer or a head, across the page."""
    block, width = between(stage), page.width - 2 * MARGIN
    box = Box(MARGIN, out.bottom + GAP, width, height_of(block, width), block)
    canvas.arrow((out.x, out.start), (out.x, box.y))
    box.draw(canvas)
    last = stage is plan.stages[-1]
    return Out(box.middle if last else _entry(page), box.bottom, box.bottom)


def _engine(canvas: Canvas, page: Page, plan: Plan, engine: EnginePlan, out: Out) -> Out:
    """A panel with the engine's boxes."""
    top = out.bottom + GAP
    y = _heading(canvas, page, engine, top)
    y = _passes(canvas, page, plan, engine, y)
    boxes = arrange(engine_blocks(engine), page, y + LANE)
    for box in boxes.values():
        box.draw(canvas)
    kinds = {item.kind for item in engine.passes}
    final = {item.recurrent for item in engine.passes if item.final}
    bottom = connect(canvas, boxes, page, Paths(False in final, True in final, bool(kinds & {"lstm", "gru"}))) + LANE
    canvas.rect(MARGIN, top, page.width - 2 * MARGIN, bottom - top, "panel", radius=10)
    x, lane, above = boxes["x"], _entry(page), top - GAP / 2
    canvas.arrow((out.x, out.start), (out.x, above), (lane, above), (lane, x.centre), (x.x, x.centre))
    answers = boxes["answers"]
    return Out(answers.middle, answers.bottom, bottom)


def _heading(canvas: Canvas, page: Page, engine: EnginePlan, top: float) -> float:
    shape, y = engine.geometry, top + LINE + 4
    canvas.text(
        page.left, y, cut(f"{engine.name}: {_names(engine)}", page.inner, TITLE, bold=True), size=TITLE, bold=True
    )
    pipelines = count(shape.pipelines, "pipeline")
    text = f"{count(shape.all_lanes, 'lane')} on {pipelines}, {count(shape.columns, 'column')} a cycle"
    for line in wrap(text, page.inner):
        y += LINE
        canvas.text(page.left, y, line)
    return y + 8


def _passes(canvas: Canvas, page: Page, plan: Plan, engine: EnginePlan, y: float) -> float:
    every = plan.every_step
    rows = [Row(*row) for row in pass_rows(engine, every)]
    busy = sum(item.cycles for item in engine.passes if item.recurrent or every)
    waiting = plan.cycles_per_step - busy
    rows.append(Row("lanes wait", "", "", waiting, "every step"))
    most = max(plan.cycles_per_step, *(row.cycles for row in rows))
    return (draw_wide if page is WIDE else draw_narrow)(canvas, page.left, y, page.inner, rows, most)
