"""From a design to a bitstream: really, once a family; clocks, seeds and refusals with tools that only pretend."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import rnnhw
from rnnhw import Design, closing
from rnnhw.board_file import FILE, read_board_file
from rnnhw.boards import BOARDS
from rnnhw.build import build, cycles_per_inference
from rnnhw.closing import Wishes
from rnnhw.errors import RnnhwError
from rnnhw.fit import resized
from rnnhw.synth import TOOLS, Cells, CriticalPath, Report, Routed, SynthesisError
from tests.networks import random_network

REAL = {
    "icebreaker": ("bin", b"\xff\x00\x00\xff\x7e\xaa\x99\x7e", 18),
    "ulx3s-12f": ("bit", b"\xff\x00", 50),
    "tang-nano-9k": ("fs", b"1111", 40),
}


def quantised(hidden=(4,), inputs=2, outputs=(3,), seed=4, kinds=None, mode="many-to-one", **options):
    rng = np.random.default_rng(seed)
    network = random_network(
        rng, inputs=inputs, hidden=list(hidden), outputs=list(outputs), mode=mode, name="little", kinds=kinds
    )
    steps = 1 if mode.startswith("one-to") else 5
    return rnnhw.quantize(network, calibration=rng.normal(size=(8, steps, inputs)), **options)


@pytest.fixture
def tools():
    """The real tools, or a visible skip."""
    pytest.importorskip("amaranth_boards")
    try:
        [tool.find() for tool in TOOLS.values()]
    except RnnhwError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", REAL)
def test_a_bitstream(name, tools, tmp_path):
    """Of each family, with everything that belongs to it in the folder, and nothing else."""
    board, (ending, begins, clock) = BOARDS[name], REAL[name]
    design = Design(quantised(), lanes=2, target=board)
    said = []
    built = build(design, board, tmp_path / "out", Wishes(clock=clock), length=5, say=said.append)
    file = built.folder / f"little.{ending}"
    assert file.read_bytes().startswith(begins)
    assert len(file.read_bytes()) > 50_000
    assert said[0].startswith("synthesising for ")
    read = read_board_file(built.folder)
    assert read == built.board
    assert (read.board, read.name, read.identity) == (name, "little", design.identity.hex())
    assert read.timing["reached_mhz"] >= read.timing["clock_mhz"] == pytest.approx(clock, rel=0.02)
    assert read.timing["critical_path"]["delay_ns"] == pytest.approx(1000 / read.timing["reached_mhz"], rel=0.01)
    assert read.figures["cycles_per_step"] == design.plan.cycles_per_step
    names = {str(path.relative_to(built.folder)) for path in built.folder.rglob("*") if path.is_file()}
    assert names == {FILE, *read.files}
    assert {"network.rnnq", "logs/yosys.log", f"logs/nextpnr-seed{read.seed}.log"} < names
    assert rnnhw.load_quantized(built.folder / "network.rnnq").run(np.zeros((1, 2, 2))).shape == (1, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@dataclass
class Pretended:
    """Stands for the tools of one clock: seeds reach what `reached` says."""

    reached: dict
    cells: dict
    folder: Path
    asked: list
    mhz: float = 0

    def synthesise(self):
        (self.folder / "yosys.log").write_text("done")
        return Cells(self.cells)

    def route(self, seed, mhz):
        self.asked.append((seed, round(mhz, 3)))
        value = self.reached(seed, mhz) if callable(self.reached) else self.reached[seed]
        (self.folder / f"nextpnr-seed{seed}.log").write_text(f"reached {value}")
        path = CriticalPath(1000 / value, 1.0, 2, "core.a", ("core.b",), "core.c")
        return Routed(seed, Report({"clk": value}, {"LC": (5, 10)}, path), "x.asc", f"nextpnr-seed{seed}.log")

    def pack(self, routed, name):
        (self.folder / f"{name}.bin").write_text(f"seed {routed.seed}")
        return f"{name}.bin"

    def versions(self):
        return {"nextpnr-ice40": "1.0"}


@pytest.fixture
def pretend(monkeypatch, tmp_path):
    """Builds with tools that reach what a test says; returns what was built and what nextpnr was asked for."""

    def run(reached, board="icebreaker", cells=None, **wishes):
        asked, made = [], BOARDS[board] if isinstance(board, str) else board

        def prepare(builder, clock):
            folder = builder.folder / f"work-{clock.rounded_hz}"
            folder.mkdir()
            return Pretended(reached, cells or {"SB_LUT4": 10}, folder, asked)

        monkeypatch.setattr(closing.Builder, "_prepare", prepare)
        design = Design(quantised(), lanes=2, target=made)
        return build(design, made, tmp_path / "out", Wishes(**wishes)), asked

    return run


def test_the_first_seed_that_meets_timing_is_taken(pretend):
    built, asked = pretend({1: 23.0, 2: 24.5, 3: 30.0}, clock=24)
    assert asked == [(1, 24.0), (2, 24.0)]
    assert built.board.seed == 2
    assert built.board.timing["seeds"] == {"1": 23.0, "2": 24.5}
    assert (built.folder / built.bitstream).read_text() == "seed 2"


def test_all_seeds_if_asked_for(pretend):
    built, asked = pretend({5: 25.0, 6: 29.0, 7: 26.0}, clock=24, seed=5, all_seeds=True)
    assert len(asked) == 3
    assert built.board.seed == 6


def test_timing_that_is_not_met(pretend, tmp_path):
    with pytest.raises(SynthesisError) as error:
        pretend({1: 22.0, 2: 23.6}, clock=24, seeds=2)
    assert str(error.value) == (
        "timing is not met: 24.00 MHz are needed, the best of 2 seeds reaches 23.60 MHz; ask for --clock 23.25 or try "
        "more --seeds; the slowest path is core.a -> core.b -> core.c (42.4 ns, 1.0 of them wires, 2 cells); see "
        f"{tmp_path / 'out.failed' / 'nextpnr-seed2.log'}"
    )
    assert (tmp_path / "out.failed" / "nextpnr-seed2.log").read_text() == "reached 23.6"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.failed"]


def test_an_earlier_build_stays_until_the_next_one_is_done(pretend, tmp_path):
    built, _ = pretend({1: 30.0}, clock=24)
    before = (built.folder / FILE).read_text()
    with pytest.raises(SynthesisError, match="timing is not met"):
        pretend({1: 20.0}, clock=24, seeds=1)
    assert (built.folder / FILE).read_text() == before
    pretend({1: 31.0}, clock=24)
    assert (built.folder / FILE).read_text() != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_folder_with_something_else_in_it_is_left_alone(pretend, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(RnnhwError, match=r"out: holds mine\.txt, which rnnhw did not write; choose another folder$"):
        pretend({1: 30.0}, clock=24)


def test_an_oscillator_that_is_not_exact_needs_a_faster_design(pretend):
    _, asked = pretend({1: 26.5}, board="upduino", clock=24, seeds=1)
    assert asked == [(1, 26.4)]
    with pytest.raises(
        SynthesisError, match=r"^timing is not met: 26\.40 MHz are needed \(with 10% for the oscillator"
    ):
        pretend({1: 26.3}, board="upduino", clock=24, seeds=1)


def test_the_fastest_clock_that_is_met(pretend):
    """Up to what the last attempt reached, and not beyond."""
    built, asked = pretend(lambda seed, mhz: 30.0 + seed + (0 if mhz < 33 else -9), clock="max", seeds=2)
    assert asked == [(1, 24.0), (2, 24.0), (1, 31.875), (2, 31.875)]
    assert (built.board.timing["clock_mhz"], built.board.seed) == (31.875, 2)


def test_the_fastest_clock_where_the_usual_one_is_not_met(pretend):
    built, asked = pretend(lambda seed, mhz: 20.2, clock="max", seeds=1)
    assert asked == [(1, 24.0), (1, 19.875)]
    assert built.board.timing["clock_mhz"] == 19.875


def test_no_clock_that_is_met(pretend):
    with pytest.raises(
        SynthesisError, match=r"^timing is not met: 24\.00 MHz are needed, seed 1 reaches 11\.00 MHz; the "
    ):
        pretend({1: 11.0}, clock="max", seeds=1)


def test_what_turns_out_too_large_is_refused(pretend, tmp_path):
    message = (
        r"^the design does not fit board icebreaker: 5281 LUTs are needed and ice40up5k has 5280; "
        r"what fits by the estimate: 1 lane or 3 hidden units with as many lanes$"
    )
    with pytest.raises(RnnhwError, match=message):
        pretend({1: 30.0}, cells={"SB_LUT4": 5281})
    assert list(tmp_path.iterdir()) == []


def refusal(qnet, board="icebreaker", **hardware):
    with pytest.raises(RnnhwError) as error:
        build(Design(qnet, target=board, **hardware), BOARDS[board], "never")
    assert not Path("never").exists()
    return str(error.value)


def test_what_is_too_large_is_refused_before_synthesis():
    text = refusal(quantised(hidden=[40], weight_bits=8), lanes=64)
    assert text.startswith("the design does not fit board icebreaker: ")
    assert " DSP blocks are needed and ice40up5k has 8; " in text
    lanes = int(text.split("by the estimate: ")[1].split()[0])
    design = Design(quantised(hidden=[40], weight_bits=8), target="icebreaker", lanes=lanes)
    assert design.estimate().fits
    larger = Design(quantised(hidden=[40], weight_bits=8), target="icebreaker", lanes=2 * lanes + 1)
    assert not larger.estimate().fits  # control


def test_hidden_units_that_would_fit():
    """Block RAM is short whatever the lanes are."""
    text = refusal(quantised(hidden=[150], inputs=8), lanes=4)
    assert "block RAMs are needed and ice40up5k has 30" in text
    hidden = int(text.split(" hidden units")[0].split()[-1])
    assert 20 < hidden < 150
    small = resized(quantised(hidden=[150], inputs=8), hidden)
    assert Design(small, target="icebreaker", lanes=4).estimate().fits
    assert (
        not Design(resized(quantised(hidden=[150], inputs=8), hidden + 10), target="icebreaker", lanes=4)
        .estimate()
        .fits
    )


def test_a_board_whose_bitstream_others_make():
    with pytest.raises(RnnhwError, match=r"^board arty-a7: its bitstream is made by Vivado, not by open tools$"):
        build(Design(quantised(), target="arty-a7"), BOARDS["arty-a7"], "never")


@pytest.mark.parametrize("kinds", [["lstm"], ["gru"], ["bidirectional"], ["rnn-relu"]])
def test_networks_of_another_size(kinds):
    qnet = quantised(hidden=[9, 7], kinds=kinds)
    small = resized(qnet, 5)
    assert max(cell.hidden_size for layer in small.layers for cell in layer.cells) == 5
    assert small.output_size == qnet.output_size
    Design(small, lanes=2).estimate()
    assert resized(qnet, 20).layers[0].output_size == qnet.layers[0].output_size


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"clock": 0}, "clock must be a number of MHz above 0, or 'max', not 0"),
        ({"clock": "fast"}, "clock must be a number of MHz above 0, or 'max', not 'fast'"),
        ({"clock": True}, "clock must be a number of MHz above 0, or 'max', not True"),
        ({"seeds": 0}, "seeds must be at least 1, not 0"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"baud": 0}, "baud must be at least 1, not 0"),
    ],
)
def test_wishes_check_themselves(wishes, message):
    with pytest.raises(RnnhwError) as error:
        Wishes(**wishes)
    assert str(error.value) == message


def test_a_link_that_a_board_does_not_have(pretend):
    board = replace(BOARDS["icebreaker"], links=("uart",))
    with pytest.raises(RnnhwError, match=r"^link must be one of uart, not 'spi'$"):
        pretend({1: 30.0}, board=board, link="spi")


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many", "one-to-one", "one-to-many"])
@pytest.mark.parametrize("streams", [1, 2])
def test_cycles_of_an_inference(mode, streams):
    """A long sequence takes as long as its steps do, one of one step at least as long as a step."""
    qnet = quantised(mode=mode, outputs=[2], kinds=["lstm"] if mode == "one-to-many" else None)
    plan = Design(qnet, lanes=2, **({"streams": streams} if mode != "one-to-many" else {})).plan
    if mode.startswith("one-to"):
        steps = qnet.steps or 1
        assert cycles_per_inference(plan, 9) == pytest.approx(plan.cycles_per_step * steps, rel=0.01)
        return
    long = cycles_per_inference(plan, 60)
    assert long == pytest.approx(60 * plan.cycles_per_step, rel=0.15)
    assert cycles_per_inference(plan, 1) >= 0.9 * plan.cycles_per_step


def test_a_board_file_that_was_altered(pretend):
    built, _ = pretend({1: 30.0}, clock=24)
    path = built.folder / FILE
    content = json.loads(path.read_text())
    for change, message in (
        ({"format": 9}, r"board\.json: format 9, this rnnhw reads 1; build once more$"),
        ({"more": 1}, r"board\.json: unknown option more"),
        ({"seed": None}, r"board\.json: seed "),
    ):
        path.write_text(json.dumps(content | change))
        with pytest.raises(RnnhwError, match=message):
            read_board_file(built.folder)
    path.write_text(json.dumps(content))
    (built.folder / built.bitstream).write_text("altered")
    with pytest.raises(RnnhwError, match=r"little\.bin: altered since it was built$"):
        read_board_file(built.folder)
    (built.folder / built.bitstream).unlink()
    with pytest.raises(RnnhwError, match=r"little\.bin: missing, though board\.json names it$"):
        read_board_file(built.folder)
    path.write_text("{")
    with pytest.raises(RnnhwError, match=r"board\.json: not JSON "):
        read_board_file(built.folder)
    with pytest.raises(RnnhwError, match=r": no board\.json; rnnhw build makes such a folder$"):
        read_board_file(built.folder.parent)


def test_identities():
    """Eight bytes; another network or another option is another design."""
    qnet = quantised()
    same, lanes, other = Design(qnet, lanes=2), Design(qnet, lanes=1), Design(quantised(seed=5), lanes=2)
    assert len(same.identity) == 8
    assert same.identity == Design(quantised(), lanes=2, name="renamed").identity
    assert len({same.identity, lanes.identity, other.identity}) == 3
