"""What a network takes as hardware: cycles, the engine's block diagram, and which boards hold it."""

from html import escape

import streamlit as st

from rnnhw.report.analysis import amount
from rnnhw.report.diagram import page_diagram
from rnnhw.sizing import BoardFit, Sizing, size

from .common import form_and_answer, picture, show
from .design_download import offer_design
from .markup import NONE, Html, Tile, bar, count, said, table, tiles, title
from .network_form import REMEMBERED, chosen_architecture

ABOUT = (
    ("Cycles a step", "sum of ceil(rows / lanes) x columns over the matrices, plus waiting", "schedule; exact"),
    ("Sequence", "cycles until the answer's last element", "schedule; exact"),
    ("DSP blocks, block RAMs", "sizes of multipliers and memories, as each family has blocks for them", "exact"),
    ("LUTs, flip-flops, clock", "fitted to syntheses and routings of many cores", "estimate; band holds 9 of 10"),
    ("Energy", "toggles of each block times its capacitance, and static power", "model"),
)
VERDICTS = {"fits": "good", "perhaps": "", "no": "warn"}


@st.fragment
def hardware_tab() -> None:
    """Draw the tab."""
    form_and_answer("Your network and its core", _asked, "As hardware", _show)


def _asked():
    """The network, the steps of a sequence, and options of the core."""
    architecture, steps = chosen_architecture()
    weights = st.slider("Weight width in bits", 1, 16, 8, key="weight_bits", **REMEMBERED)
    activations = st.slider("Activation width in bits", 4, 16, 8, key="activation_bits", **REMEMBERED)
    lanes = st.slider(
        "Lanes",
        1,
        128,
        16,
        key="lanes",
        help="Multipliers side by side: more are faster and larger.",
        **REMEMBERED,
    )
    return architecture, steps, {"weight_bits": weights, "activation_bits": activations, "lanes": lanes}


def _show(architecture, steps: int, options: dict) -> None:
    found = size(architecture, steps=steps, **options)
    about = (
        f"{architecture}: an engine with {count(found.design.plan.lanes)} lanes goes through the weights once a step. "
        "Which boards hold it follows from the sizes alone."
    )
    boards = title("Boards"), *_boards(found)
    cycles = title("Where the cycles of a step go"), _cycles(found)
    show(said(about), _figures(found), *boards, *cycles, title("The engine"))
    picture(page_diagram(found.design.plan), "engine")
    with st.expander("Formulas and sources"):
        show(table(("figure", "how", "kind"), ABOUT), said("More in docs/estimate.md and docs/sizing.md.", "note"))
    offer_design(found)


def _figures(found: Sizing) -> Html:
    cycles, figures = found.cycles, found.estimate
    holding = found.held()
    return tiles(
        (
            Tile("Cycles a step", count(cycles.per_step), note=f"lanes busy {100 * figures.utilisation:.0f} %"),
            Tile("Cycles in all", count(figures.sequence.latency_cycles), note=f"{count(found.steps)} steps"),
            Tile("Weight memory", count(figures.weight_memory_bits / 1000), "kbit"),
            Tile("Multipliers", count(found.design.plan.multipliers), note="of the lanes"),
            Tile("Boards with room", f"{len(holding)} of {len(found.boards)}", best=bool(holding)),
        )
    )


def _boards(found: Sizing) -> tuple[Html, Html]:
    headings = ("board", "fits", "fullest", "LUTs", "DSP blocks", "block RAMs", "clock MHz", "a sequence takes")
    best = [at for at, group in enumerate(found.groups) if group[0].holds]
    note = (
        "LUTs, clock and time are estimates, with bands that hold the truth nine times out of ten; blocks are exact. "
        "Where fixed weights have no room in block RAM, the board is tried with loadable ones. For the Arty's 7 series "
        "no clock is estimated, and so no time."
    )
    return table(headings, map(_board, found.groups), (3, 4, 5, 6, 7), best), said(note, "note")


def _board(group: tuple[BoardFit, ...]) -> list:
    fit = group[0]
    loadable = "<br><small>loadable weights</small>" if fit.weights == "loadable" else ""
    verdict = Html(f'<span class="{VERDICTS[fit.verdict]}">{fit.verdict}</span>{loadable}')
    names = ", ".join(each.name for each in group)
    if fit.estimate is None:
        return [names, verdict, fit.refused, *[""] * 5]
    fullest = fit.fullest
    percent = 100 * float(fullest.needed) / max(fullest.there, 1e-9)
    shown = {need.key: need for need in fit.needs}
    speed = fit.estimate.speed
    return [
        names,
        verdict,
        Html(f"{escape(fullest.name)} {percent:,.0f}&nbsp;%{bar(percent)}"),
        *(_need(shown.get(key)) for key in ("lut", "dsp", "bram")),
        NONE if speed is None else _banded(speed.clock_mhz),
        NONE if speed is None else amount(float(speed.sequence_latency_us) / 1e6, "s"),
    ]


def _need(need) -> Html | str:
    return NONE if need is None else Html(f"{count(float(need.needed))}<br><small>of {count(need.there)}</small>")


def _banded(fitted) -> Html:
    return Html(f"{fitted.value:.1f}<br><small>{fitted.low:.1f} .. {fitted.high:.1f}</small>")


def _cycles(found: Sizing) -> Html:
    cycles = found.cycles
    rows = []
    for engine in cycles.engines:
        for part in engine.passes:
            sizes = f"{part['rows']} x {part['columns']}"
            when = "every step" if part["every_step"] else "last step"
            share = 100 * part["cycles"] / cycles.per_step if part["every_step"] else 0
            rows.append([part["layer"], sizes, when, count(part["cycles"]), bar(share)])
    rows.append(
        [
            "waiting",
            "for the newest h",
            "every step",
            count(cycles.waiting),
            bar(100 * cycles.waiting / cycles.per_step),
        ]
    )
    return table(("matrix", "rows x columns", "when", "cycles", "share of a step"), rows, (3,))
