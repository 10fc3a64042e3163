"""Tables of what a network takes as hardware, from ``Sizing.data()``."""

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table

from rnnhw.estimate.report_table import headed, number

HOLDS = {"fits": "yes", "perhaps": "perhaps", "no": "no"}
PERCENTS = {"lut": "LUT", "ff": "FF", "dsp": "DSP", "bram": "RAM", "spram": "SPRAM"}
NONE = "\u2013"
WIDE = 1000  # columns, more than any table takes
CAPTION = (
    "LUT .. RAM in per cent of the device's, with what stands between core and host. Exact: cycles, DSP, RAM, SPRAM. "
    "Estimated: LUT, FF, the clock (its band is meant to hold the truth nine times out of ten) and with it the time. "
    "Energy is a model."
)
NO_CLOCK = " No clock is estimated for the 7 series."


def sizing_tables(data: dict) -> Group:
    """All tables: what the core takes, its cycles, the boards, and what there is to say of those."""
    boards = [_Fitting(boards_table(data)), *board_lines(data)] if data["boards"] else []
    return Group(core_table(data), cycles_table(data), *boards)


class _Fitting:
    """A table that gives up its padding where the page is narrower than the table."""

    def __init__(self, table: Table):
        self.table = table

    def __rich_console__(self, console, options):
        self.table.padding = (0, 1)
        whole = console.measure(self.table, options=options.update(width=WIDE)).maximum
        if whole > options.max_width:
            self.table.padding = (0, 0)
        yield self.table


def core_table(data: dict) -> Table:
    """What it takes whatever it stands on: all exact."""
    table = headed(f"{data['name']} as hardware", "figure", ">value")
    for name, value in _core(data):
        table.add_row(name, value if isinstance(value, str) else number(value))
    return table


def _core(data: dict) -> Iterator[tuple[str, object]]:
    core, cycles, steps = data["core"], data["cycles"], data["steps"]
    yield "bits of weights" + " (drawn)" * data["drawn_weights"], data["weight_bits"]
    yield "bits of activations", data["activation_bits"]
    yield "lanes", core["lanes"]
    yield "multipliers of the lanes", core["multipliers"]
    yield "engines", core["engines"]
    yield "cycles per step", cycles["per_step"]
    yield "  of them waiting", cycles["waiting"]
    if steps is not None:
        yield f"cycles of a sequence of {steps:,} step{'s' * (steps > 1)}", core["sequence_cycles"]
    yield "utilisation of the lanes", f"{core['utilisation']:.1%}"
    yield "weight memory in bits", core["weight_memory_bits"]
    yield "all memories in bits", core["memory_bits"]


def cycles_table(data: dict) -> Table:
    """Where the cycles of a step go: a row for each matrix, and those in which the lanes wait."""
    cycles = data["cycles"]
    table = headed(
        "Cycles of a step", "engine", "pass", ">rows x columns", ">groups x words", ">cycles", ">share", "runs"
    )
    for engine in cycles["engines"]:
        for at, row in enumerate(engine["passes"]):
            share = f"{row['cycles'] / cycles['per_step']:.1%}" if row["every_step"] else ""
            sizes = (f"{row['rows']:,} x {row['columns']:,}", f"{row['groups']:,} x {row['words']:,}")
            runs = "every step" if row["every_step"] else "last step"
            first = "" if at else engine["name"]
            table.add_row(first, f"{row['layer']} ({row['kind']})", *sizes, number(row["cycles"]), share, runs)
        waiting = engine["waiting"]
        table.add_row("", "waiting", "", "", number(waiting), f"{waiting / cycles['per_step']:.1%}", "every step")
        table.add_section()
    table.add_row("core", "", "", "", number(cycles["per_step"]), "100.0%", "every step")
    return table


def boards_table(data: dict) -> Table:
    """The boards, those of one device in one row: whether they hold the core, how full they are, how fast it runs."""
    known = {board["board"]: board for board in data["boards"]}
    keys = [key for key in PERCENTS if key != "spram" or any(_takes(board, key) for board in known.values())]
    of = "step" if data["steps"] is None else "sequence"
    heads = (*(f">{PERCENTS[key]}" for key in keys), ">cycles\na step", ">MHz", ">band %", f">ms a\n{of}", ">uJ")
    table = headed("Boards", "board", "holds it", *heads)
    table.box, table.collapse_padding, table.pad_edge = SIMPLE_HEAD, True, False
    table.columns[0].min_width = 1 + max((len(name) for name in known), default=0)
    table.caption, table.caption_justify = CAPTION + NO_CLOCK * (not all(map(_has_clock, known.values()))), "left"
    before = None
    for group in data["groups"]:
        board = known[group[0]]
        if before not in (None, board["verdict"]):
            table.add_section()
        before = board["verdict"]
        cells = (",\n".join(group), HOLDS[before], *(_percent(board, key) for key in keys))
        table.add_row(*cells, *_speed(board, data["steps"]))
    return table


def _takes(board: dict, key: str) -> bool:
    return any(need["key"] == key and need["needed"] for need in board["needs"])


def _has_clock(board: dict) -> bool:
    """Whether a clock is estimated for a board, or there is no core at all."""
    return "clock_mhz" not in board or board["clock_mhz"] is not None


def _percent(board: dict, key: str) -> str:
    need = next((need for need in board["needs"] if need["key"] == key), None)
    if need is None or need["percent"] is None:
        return NONE
    percent = need["percent"]
    return f"{percent['value'] if isinstance(percent, dict) else percent:,.0f}"


def _speed(board: dict, steps: int | None) -> Iterator[str]:
    """Cycles, clock, time and energy, as far as they are known."""
    yield number(board["cycles_per_step"]) if "cycles_per_step" in board else NONE
    clock = board.get("clock_mhz")
    if clock is None:
        yield from (NONE,) * 4
        return
    us = board["cycles_per_step"] / clock["value"] if steps is None else board["sequence_latency_us"]["value"]
    yield from (number(clock["value"]), _band(clock), number(us / 1000), number(board["energy_nj"]["value"] / 1000))


def _band(fitted: dict) -> str:
    """How far below and above the value the band goes."""
    low, high = (f"{100 * (fitted[end] / fitted['value'] - 1):+.0f}" for end in ("low", "high"))
    return f"{low} {high}".replace("-", "\u2212")


def board_lines(data: dict) -> Iterator[str]:
    """Where weights have to be loaded, and what is short or may be: lines for groups of boards."""
    known = {board["board"]: board for board in data["boards"]}
    for group in data["groups"]:
        board, names = known[group[0]], ", ".join(group)
        if board["tried_both"] and board["weights"] == "loadable":
            yield f"{names}: with loadable weights, fixed ones have no room"
        if board["short"]:
            words = "no room" if board["verdict"] == "no" else "perhaps room"
            both = ", nor for loadable weights" if board["tried_both"] and board["verdict"] == "no" else ""
            yield f"{names}: {words} ({'; '.join(board['short'])}){both}"
