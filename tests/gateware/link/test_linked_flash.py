# amaranth: UnusedElaboratable=no
"""Whole cores at their pins, with weights from a flash."""

import re

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.gateware.link import FlashImage, LinkedCore
from rnnhw.plan.load_image import build_image
from tests.gateware.plans import small_plan

from . import frames as f
from .bench import IDENTITY
from .flash_model import FlashModel
from .test_linked_core import TINY, at_pins

OFFSET, CLOCK_HZ = 0x1000, 5_000_000


def plan_of(seed: int, **hardware):
    return small_plan(seed, TINY, {"lanes": 1, "weights": "loadable"} | hardware)


def linked(plan, contents: bytes):
    """The core, and a test bench that is its flash."""
    image = FlashImage(OFFSET, len(plan.load_image()))
    dut = LinkedCore(plan, identity=IDENTITY, clock_hz=CLOCK_HZ, image=image)
    flash = FlashModel(bytes(OFFSET) + contents + bytes(8), waking=100)

    async def play(ctx):
        while True:
            _, _, *pins = await ctx.tick().sample(dut.flash_cs_n, dut.flash_sck, dut.flash_copi)
            ctx.set(dut.flash_cipo, flash.step(*pins))

    return dut, play, flash


def steps(plan, sequence: int) -> bytes:
    """A sequence of two steps."""
    return f.frame(f.ELEMENTS, sequence, f.elements([3, -5], plan.network.input.width, first=True, last=True))


def answer(plan) -> f.Frame:
    return f.Frame(
        f.OUTPUT, 0, b"\x02\x00" + f.packed([int(plan.network.run_raw([[[3], [-5]]])[0, 0])], plan.network.output.width)
    )


@pytest.mark.parametrize("memory", ["block", "spram"])
def test_weights_from_the_flash(memory):
    """Nothing is loaded while it is read; then it answers like golden."""
    plan = plan_of(1, weight_memory=memory)
    dut, play, flash = linked(plan, plan.load_image())
    wire = steps(plan, 1) + b"~" * 70 + f.frame(f.HELLO, 2) + steps(plan, 3)
    refused, hello, taken, event = at_pins(dut, wire, 5, 4, others=[play])
    assert (refused.type, refused.payload[0]) == (f.ERROR, f.NOT_LOADED)
    assert f.hello_fields(hello.payload)[9] & 24 == 8  # memories loaded now, no load error
    assert taken == f.Frame(f.ELEMENTS | 0x80, 3)
    assert event == answer(plan)
    assert len(flash.commands) == 2


def test_weights_from_the_host_take_their_place():
    """The flash holds zeros, soundly."""
    plan = plan_of(1)
    uses = [plan.memories[name] for name in ("weights", "bias")]
    zeros = build_image([([0] * use.depth, use.width) for use in uses])
    dut, play, _ = linked(plan, zeros)
    wire = b"~" * 70 + steps(plan, 1) + f.frame(f.LOAD, 2, b"\x01" + plan.load_image()) + steps(plan, 3)
    frames = at_pins(dut, wire, 5, 5, others=[play])
    nothing = f.Frame(f.OUTPUT, 0, b"\x02\x00" + f.packed([0], plan.network.output.width))
    assert [frame for frame in frames if frame.type == f.OUTPUT] == [nothing, answer(plan)._replace(sequence=1)]
    assert f.Frame(f.LOAD | 0x80, 2, b"\x01") in frames
    assert answer(plan).payload != nothing.payload


def test_a_damaged_image():
    """It stays without weights, says so, and can be loaded by the host."""
    plan = plan_of(1)
    damaged = bytearray(plan.load_image())
    damaged[0] ^= 1
    dut, play, flash = linked(plan, bytes(damaged))
    wire = b"~" * 140 + f.frame(f.HELLO, 1) + f.frame(f.LOAD, 2, b"\x01" + plan.load_image()) + steps(plan, 3)
    hello, loaded, taken, event = at_pins(dut, wire, 5, 4, others=[play])
    assert f.hello_fields(hello.payload)[9] & 24 == 16
    assert loaded == f.Frame(f.LOAD | 0x80, 2, b"\x01")
    assert taken == f.Frame(f.ELEMENTS | 0x80, 3)
    assert event == answer(plan)
    assert len(flash.commands) == 6


def test_images_that_cannot_be():
    plan = plan_of(1)
    size = len(plan.load_image())
    message = f"length of the image in the flash must be {size}, not {size + 1}"
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        LinkedCore(plan, identity=IDENTITY, clock_hz=CLOCK_HZ, image=FlashImage(0, size + 1))
    fixed = small_plan(1, TINY, {"lanes": 1})
    with pytest.raises(RnnhwError, match=r'^weights come from a flash with weights="loadable" only, and this core'):
        LinkedCore(fixed, identity=IDENTITY, clock_hz=CLOCK_HZ, image=FlashImage(0, size))
