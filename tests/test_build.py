"""From a design to a bitstream: really, once a family; what does not fit; what stands in the folder."""

import json
from pathlib import Path

import numpy as np
import pytest

import rnnhw
from rnnhw import Design
from rnnhw.board_file import FILE, read_board_file
from rnnhw.boards import BOARDS
from rnnhw.build import build, cycles_per_inference
from rnnhw.closing import Wishes
from rnnhw.errors import RnnhwError
from rnnhw.room import resized
from rnnhw.synth import TOOLS
from tests.pretended import pretending, quantised

REAL = {
    "icebreaker": ("bin", b"\xff\x00\x00\xff\x7e\xaa\x99\x7e", 18),
    "ulx3s-12f": ("bit", b"\xff\x00", 50),
    "tang-nano-9k": ("fs", b"1111", 40),
}


@pytest.fixture
def pretend(monkeypatch, tmp_path):
    """Builds with tools that only pretend."""
    return pretending(monkeypatch, tmp_path)


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
