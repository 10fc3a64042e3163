# amaranth: UnusedElaboratable=no
"""From the flash into the core: loaded at start-up, then by the host; answers equal golden's."""

import pytest
from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import connect, flipped

from rnnhw.gateware import NetworkTop
from rnnhw.gateware.link.flash_loader import ATTEMPTS, FlashImage
from rnnhw.gateware.link.load_source import LoadSource
from tests.gateware.cores import Traffic
from tests.gateware.plans import small_plan
from tests.gateware.streams import Sink, Source, always, drive

from .flash_model import READ, FlashModel

OFFSET, LENGTHS = 0x20000, (2, 1, 3)
CLOCK_HZ = 50_000  # pauses of five cycles


class Board(wiring.Component):
    """A core whose weights come from a flash, then from the stream `host`."""

    def __init__(self, plan):
        self.core = NetworkTop(plan)
        self.source = LoadSource(FlashImage(OFFSET, len(plan.load_image())), CLOCK_HZ)
        core, source = self.core.signature.members, self.source.signature.members
        pins = {name: member for name, member in source.items() if name.startswith("flash_")}
        flags = {name: source[name] for name in ("busy", "error")}
        super().__init__({"i": core["i"], "o": core["o"], "host": source["host"], **pins, **flags})

    def elaborate(self, platform):
        m = Module()
        m.submodules.core, m.submodules.source = core, source = self.core, self.source
        connect(m, flipped(self.i), core.i)
        connect(m, core.o, flipped(self.o))
        connect(m, flipped(self.host), source.host)
        connect(m, source.load, core.load)
        m.d.comb += [source.loaded.eq(core.loaded), source.flash_cipo.eq(self.flash_cipo)]
        for name in ("flash_cs_n", "flash_sck", "flash_copi", "busy", "error"):
            m.d.comb += getattr(self, name).eq(getattr(source, name))
        return m


class FlashEnd:
    """A flash at the board's pins, among the ends that are played with."""

    done = True

    def __init__(self, board, flash: FlashModel):
        self.inputs, self.outputs = [board.flash_cipo], [board.flash_cs_n, board.flash_sck, board.flash_copi]
        self.flash, self._cipo = flash, 1

    def offer(self, cycle: int) -> tuple:
        return (self._cipo,)

    def see(self, cycle: int, pins) -> None:
        self._cipo = self.flash.step(*pins)


def flash_with(image: bytes) -> FlashModel:
    return FlashModel(bytes(OFFSET) + image + bytes(100), waking=3)


def plan_of(seed: int = 1):
    sizes = {"inputs": 2, "hidden": [2], "outputs": [], "kinds": ["lstm"], "head": "none", "mode": "many-to-one"}
    return small_plan(seed, sizes, {"lanes": 3, "weights": "loadable"})


def run(plan, flash: FlashModel, beats=(), answers: int = 0, quiet: int = 6):
    """Play; returns (beats of the answer, (busy, error) by cycle)."""
    board = Board(plan)
    ends = [FlashEnd(board, flash), Sink(board.o, answers, always()), Source(board.i, beats, [0] * len(beats))]
    seen = drive(board, ends, extra=[board.busy, board.error], quiet=quiet)
    return ends[1].beats, seen


@pytest.mark.parametrize(
    ("sizes", "hardware"),
    [
        ({}, {"weight_memory": "block"}),
        ({}, {"weight_memory": "spram"}),
        ({"kinds": ["gru"], "hidden": [3, 2]}, {"weight_memory": ("spram", "auto"), "engines": (1, 2)}),
    ],
)
def test_answers(sizes, hardware):
    """What is offered at once is answered once the weights are there."""
    sizes = {"inputs": 3, "hidden": [4], "outputs": [2], "kinds": ["lstm"], "head": "none"} | sizes
    plan = small_plan(5, sizes | {"mode": "many-to-one"}, {"lanes": 3, "weights": "loadable"} | hardware)
    styles = {engine.memories["weights"].style for engine in plan.engines}
    assert ("huge" in styles) == (hardware["weight_memory"] != "block")
    traffic, flash = Traffic(plan, LENGTHS), flash_with(plan.load_image())
    answers, seen = run(plan, flash, beats=traffic.beats, answers=len(traffic.expected))
    assert answers == traffic.expected
    assert seen[0] == (1, 0)
    assert seen[-1] == (0, 0)
    assert [command.code for command in flash.commands][1:] == [READ]


def test_other_weights_give_other_answers():
    """Control."""
    plan, other = plan_of(1), plan_of(2)
    traffic, flash = Traffic(plan, LENGTHS), flash_with(other.load_image())
    assert len(other.load_image()) == len(plan.load_image())
    answers, _ = run(plan, flash, beats=traffic.beats, answers=len(traffic.expected))
    assert answers != traffic.expected


def test_an_empty_flash():
    """Three attempts, then the error stands; the core takes nothing."""
    plan = plan_of()
    flash = FlashModel(b"\xff" * 256)
    answers, seen = run(plan, flash, quiet=ATTEMPTS * 20 * (len(plan.load_image()) + 10))
    assert [command.code for command in flash.commands].count(READ) == ATTEMPTS
    assert seen[-1] == (0, 1)
    assert answers == []
    ends = [cycle for cycle, (busy, _) in enumerate(seen) if busy]
    assert ends == list(range(len(ends)))


@pytest.mark.parametrize("empty", [False, True])
def test_the_host_loads_after_the_flash(empty):
    """It waits for the flash; then its weights stand, and no error any more."""
    plan = plan_of(3)
    image = plan.load_image()
    damaged = image[:-1] + bytes([image[-1] ^ 1])
    flash = flash_with(damaged if empty else plan_of(4).load_image())
    traffic = Traffic(plan, LENGTHS)
    later = (ATTEMPTS if empty else 1) * 20 * (len(image) + 5) + len(image)  # 20 cycles a byte, the pauses with them
    board = Board(plan)
    load = [(byte, int(at == len(image) - 1)) for at, byte in enumerate(image)]
    ends = [Source(board.host, load, [0] * len(load)), FlashEnd(board, flash)]
    ends += [
        Sink(board.o, len(traffic.expected), always()),
        Source(board.i, traffic.beats, [later] * len(traffic.beats)),
    ]
    seen = drive(board, ends, extra=[board.busy, board.error])
    taken = ends[0].accepted
    assert [busy for busy, _ in seen[: taken[0]]] == [1] * taken[0]
    assert taken == list(range(taken[0], taken[0] + len(image)))
    assert seen[taken[0]] == (0, int(empty))
    assert seen[-1] == (0, 0)
    assert ends[2].beats == traffic.expected
