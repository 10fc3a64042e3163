# amaranth: UnusedElaboratable=no
"""Whole cores behind their links, byte by byte: what they answer, and that it is golden's."""

import numpy as np
import pytest

import rnnhw.golden  # noqa: F401  (registers the golden model)
from tests.gateware.plans import small_plan
from tests.gateware.test_saturations import clipping_plan

from . import frames as f
from .bench import IDENTITY, ByteCore, converse

SMALL = {"inputs": 2, "hidden": [2], "outputs": [2], "kinds": ["rnn-tanh"], "head": "none", "mode": "many-to-one"}
PAUSES = [(20,), (0,), (100, 0, 3)]


def plan_of(seed=1, hardware=None, widths=None, **sizes):
    return small_plan(seed, SMALL | sizes, {"lanes": 2} | (hardware or {}), **(widths or {}))


def draw(plan, count: int, steps: int, seed: int = 1):
    """Random sequences in the input's format."""
    form = plan.network.input
    return np.random.default_rng(seed).integers(form.min_raw, form.max_raw + 1, (count, steps, plan.network.input_size))


async def infer(host, plan, sequence, *, stream: int = 0, piece: int = 10**6) -> None:
    """Send a sequence in pieces of so many elements."""
    values = sequence.ravel().tolist()
    starts = range(0, len(values), piece)
    for at in starts:
        part = values[at : at + piece]
        flags = {"first": at == 0, "last": at == starts[-1], "stream": stream}
        assert await host.done(f.ELEMENTS, f.elements(part, plan.network.input.width, **flags)) == b""


async def outputs(host, plan, answers: int, type: int = f.OUTPUT):
    """The elements of so many answers, and their streams."""
    bits = plan.network.output.width if type == f.OUTPUT else plan.engines[0].state_width
    found, streams, current = [], [], []
    while len(found) < answers:
        event = await host.event(type)
        flags, stream = event.payload[:2]
        assert flags in (0, 2)
        current += f.unpacked(event.payload[2:], bits)
        if flags:
            found.append(current)
            streams.append(stream)
            current = []
    return found, streams


@pytest.mark.parametrize(
    ("hardware", "sizes", "flags"),
    [
        ({}, {}, 0),
        ({"weights": "loadable"}, {}, 1),
        ({"load_state": True, "read_state": True, "streams": 2}, {"kinds": ["lstm"]}, 6),
        ({}, {"mode": "one-to-many", "steps": 3}, 0),
        ({"max_steps": 5}, {"kinds": ["bidirectional", "gru"], "mode": "many-to-many"}, 0),
        ({}, {"head": "argmax", "mode": "one-to-one"}, 0),
    ],
)
def test_hello(hardware, sizes, flags):
    plan = plan_of(3, hardware, **sizes)
    network = plan.network

    async def talk(host):
        fields = f.hello_fields(await host.done(f.HELLO))
        formats = (network.input.width, network.input.frac, network.output.width, network.output.frac)
        modes = ["one-to-one", "one-to-many", "many-to-one", "many-to-many"]
        states = (network.state_size, max(form.width for form, _ in network.state_formats))
        steps = (network.steps or 0, 5 if plan.buffered else 0)
        mode = (modes.index(network.mode), flags, plan.hardware.streams)
        sizes = (network.input_size, network.output_size)
        assert fields == (1, IDENTITY, *sizes, *formats, *mode, *states, *steps, 12_000_000, 2, 240)
        assert await host.done(f.HELLO) == await host.done(f.HELLO)

    converse(ByteCore(plan), talk)


@pytest.mark.parametrize(("bits", "piece"), [(4, 3), (8, 10**6), (9, 1), (16, 5)])
def test_many_to_one(bits, piece):
    plan = plan_of(bits, widths={"activation_bits": bits})
    x = draw(plan, 2, 4, bits)
    want = plan.network.run_raw(x)

    async def talk(host):
        for sequence, answer in zip(x, want, strict=True):
            await infer(host, plan, sequence, piece=piece)
            assert (await outputs(host, plan, 1))[0] == [answer.tolist()]

    converse(ByteCore(plan), talk, pauses=PAUSES[bits % 3])


@pytest.mark.parametrize(
    ("kinds", "mode", "more", "hardware"),
    [
        (["lstm"], "many-to-many", {}, {}),
        (["gru-before"], "one-to-one", {"head": "argmax", "outputs": [5]}, {}),
        (["gru"], "many-to-one", {"head": "softmax", "outputs": [3]}, {}),
        (["rnn-tanh"], "one-to-many", {"steps": 3}, {}),
        (["bidirectional", "lstm"], "many-to-many", {}, {"max_steps": 3}),
        (["rnn-tanh"], "one-to-one", {"outputs": [70]}, {"lanes": 70}),  # answers of two frames
    ],
)
def test_modes(kinds, mode, more, hardware):
    steps = 1 if mode.startswith("one") else 3
    plan = plan_of(2, hardware, kinds=kinds, mode=mode, **more)
    x = draw(plan, 2, steps, 3)
    want = plan.network.run_raw(x)
    want = want if want.ndim == 3 else want[:, None]

    async def talk(host):
        for sequence in x:
            await infer(host, plan, sequence)
        found, _ = await outputs(host, plan, want.shape[0] * want.shape[1])
        assert found == want.reshape(-1, want.shape[2]).tolist()

    converse(ByteCore(plan), talk)


def test_streams():
    plan = plan_of(5, {"streams": 3}, mode="many-to-many")
    x = draw(plan, 3, 2, 4)
    want = plan.network.run_raw(x)

    async def talk(host):
        for step in range(2):
            for stream in (2, 0, 1):
                payload = f.elements(x[stream, step], 8, first=step == 0, last=step == 1, stream=stream)
                await host.done(f.ELEMENTS, payload)
        found, streams = await outputs(host, plan, 6)
        assert streams == [2, 0, 1] * 2
        assert found == [want[stream, step].tolist() for step in range(2) for stream in (2, 0, 1)]
        assert await host.ask(f.ELEMENTS, f.elements([1, 2], 8, stream=3)) == f.Error(f.PAYLOAD, host.sequence, 2)
        await host.done(f.ELEMENTS, f.elements([1], 8, stream=2))
        assert await host.ask(f.ELEMENTS, f.elements([1], 8, stream=1)) == f.Error(f.PAYLOAD, host.sequence, 4)

    converse(ByteCore(plan), talk)


def test_a_sequence_without_end():
    """Steps in frames of any size; the state stays from one to the next."""
    plan = plan_of(7, mode="many-to-many")
    x = draw(plan, 1, 25, 5)
    want = plan.network.run_raw(x)[0]

    async def talk(host):
        values, at = x.ravel().tolist(), 0
        for size in (1, 2, 3, 5, 39):
            await host.done(f.ELEMENTS, f.elements(values[at : at + size], 8, first=at == 0))
            at += size
        found, _ = await outputs(host, plan, 25)
        assert found == want.tolist()
        counters = f.counter_fields(await host.done(f.COUNTERS))
        assert (counters["inputs"], counters["outputs"], counters["good"]) == (50, 50, 5)

    converse(ByteCore(plan), talk)


def test_states():
    plan = plan_of(9, {"load_state": True, "read_state": True}, kinds=["lstm"], hidden=[3], mode="many-to-many")
    network, width = plan.network, plan.engines[0].state_width
    x = draw(plan, 2, 2, 6)
    start = np.random.default_rng(2).integers(-100, 100, (2, network.state_size))
    want, final = network.run_raw(x, initial_state=start, return_state=True)

    async def talk(host):
        missing = await host.ask(f.ELEMENTS, f.elements(x[0, 0], 8, first=True))
        assert missing == f.Error(f.NOT_LOADED, host.sequence, 2)
        for number in range(2):
            vector = start[number].tolist()
            assert await host.done(f.STATE, f.elements(vector[:2], width, first=True)) == b""
            assert await host.done(f.STATE, f.elements(vector[2:], width)) == b""
            busy = await host.ask(f.STATE, f.elements(vector, width, first=True))
            assert busy == f.Error(f.BUSY, host.sequence, 0)
            await infer(host, plan, x[number])
            assert (await outputs(host, plan, 2))[0] == want[number].tolist()
            assert (await outputs(host, plan, 1, f.FINAL))[0] == [final[number].tolist()]
        for payload, detail in (
            (f.elements(vector[2:], width), 2),
            (f.elements([*vector, 0], width, first=True), 1),
            (f.elements(vector, width, first=True, last=True), 2),
            (f.elements(vector, width, first=True, stream=1), 2),
        ):
            assert await host.ask(f.STATE, payload) == f.Error(f.PAYLOAD, host.sequence, detail)
        goes_on = await host.ask(f.ELEMENTS, f.elements(x[0, 0], 8))
        assert goes_on == f.Error(f.PAYLOAD, host.sequence, 2)

    converse(ByteCore(plan), talk)


def test_states_of_one_to_many():
    plan = plan_of(9, {"load_state": True}, mode="one-to-many", steps=2)
    network, width = plan.network, plan.engines[0].state_width
    x = draw(plan, 2, 1, 6)
    start = np.random.default_rng(2).integers(-50, 50, (2, network.state_size))
    want = network.run_raw(x, initial_state=start)

    async def talk(host):
        for number in range(2):
            await host.done(f.STATE, f.elements(start[number], width, first=True))
            two = await host.ask(f.ELEMENTS, f.elements([1, 2, 3], 8))
            assert two == f.Error(f.PAYLOAD, host.sequence, 4)
            await host.done(f.ELEMENTS, f.elements(x[number, 0], 8))
            assert (await outputs(host, plan, 2))[0] == want[number].tolist()
        assert await host.ask(f.ELEMENTS, f.elements([1, 2], 8)) == f.Error(f.NOT_LOADED, host.sequence, 2)

    converse(ByteCore(plan), talk)


def test_weights():
    plan = plan_of(11, {"weights": "loadable"})
    image = plan.load_image()
    x = draw(plan, 1, 3, 6)
    want = plan.network.run_raw(x)

    async def load(host, image):
        for at in range(0, len(image), 100):
            part, last = image[at : at + 100], at + 100 >= len(image)
            status = await host.done(f.LOAD, bytes([last]) + part)
            assert status in ((b"\x01", b"\x02") if last else (b"\x00",))
        return status

    async def flags(host):
        return f.hello_fields(await host.done(f.HELLO))[9]

    async def talk(host):
        assert await flags(host) & 24 == 0
        missing = await host.ask(f.ELEMENTS, f.elements(x[0].ravel(), 8, first=True, last=True))
        assert missing == f.Error(f.NOT_LOADED, host.sequence, 1)
        assert await load(host, image[:-1] + bytes([image[-1] ^ 1])) == b"\x02"
        assert await flags(host) & 24 == 16
        for payload, detail in ((b"", 1), (b"\x01", 1), (b"\x02\x00", 2)):
            assert await host.ask(f.LOAD, payload) == f.Error(f.PAYLOAD, host.sequence, detail)
        assert await load(host, image) == b"\x01"
        assert await flags(host) & 24 == 8
        await infer(host, plan, x[0])
        assert (await outputs(host, plan, 1))[0] == want.tolist()
        await host.done(f.ELEMENTS, f.elements([1], 8))  # a step begins
        await host.done(f.RESET)
        assert await flags(host) & 24 == 8  # the weights are still there
        await infer(host, plan, x[0])
        assert (await outputs(host, plan, 1))[0] == want.tolist()
        await host.done(f.LOAD, b"\x00" + image[:5])  # an image begins
        assert await flags(host) & 24 == 0
        await host.done(f.RESET)
        assert await load(host, image) == b"\x01"
        await infer(host, plan, x[0])
        assert (await outputs(host, plan, 1))[0] == want.tolist()

    converse(ByteCore(plan), talk)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_saturations(kind):
    plan = clipping_plan(3, {"hidden": [3], "kinds": [kind], "mode": "many-to-one"}, {"lanes": 6})
    x = draw(plan, 2, 3, 7)
    _, trace = plan.network.run_raw(x, trace=True)
    want = sum(trace.saturations.values())
    assert want > 3

    async def talk(host):
        assert f.counter_fields(await host.done(f.COUNTERS))["saturations"] == 0
        for sequence in x:
            await infer(host, plan, sequence)
        await outputs(host, plan, 2)
        assert f.counter_fields(await host.done(f.COUNTERS))["saturations"] == want
        await host.done(f.RESET)
        assert f.counter_fields(await host.done(f.COUNTERS))["saturations"] == 0

    converse(ByteCore(plan), talk)


def test_what_golden_says_is_compared():
    """Control: one changed input, another answer."""
    plan = plan_of(4, widths={"activation_bits": 16, "weight_bits": 16})
    x = draw(plan, 1, 4)
    want = plan.network.run_raw(x)
    x[0, 0, 0] ^= 1 << 13

    async def talk(host):
        await infer(host, plan, x[0])
        assert (await outputs(host, plan, 1))[0] == want.tolist()

    with pytest.raises(AssertionError):
        converse(ByteCore(plan), talk)
