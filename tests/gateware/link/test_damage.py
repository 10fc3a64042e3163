# amaranth: UnusedElaboratable=no
"""What is damaged, doubled, too much or makes no sense: each is answered, and the next good inference is right."""

import numpy as np
import pytest

import rnnhw.golden  # noqa: F401  (registers the golden model)

from . import frames as f
from .bench import ByteCore, converse
from .test_core_link import draw, infer, outputs, plan_of

PLAN = plan_of(1)
X = draw(PLAN, 1, 2)[0]
WANT = PLAN.network.run_raw(X[None]).tolist()
GOOD = f.elements(X.ravel(), 8, first=True, last=True)


async def still_right(host) -> None:
    """The next inference is golden's, and nothing but it came out."""
    assert host.events == []
    await infer(host, PLAN, X)
    assert (await outputs(host, PLAN, 1))[0] == WANT


async def refused(host, wire: bytes, *want: f.Error) -> None:
    """Bytes are answered by these error frames and nothing else."""
    await host.send(wire)
    for each in want:
        assert await host.answer() == each
    await still_right(host)


def with_bit(body: bytes, at: int) -> bytes:
    """A frame's content with a bit turned over."""
    return bytes(byte ^ (1 << at % 8 if number == at // 8 else 0) for number, byte in enumerate(body))


def test_each_turned_bit_is_found():
    body = f.content(f.ELEMENTS, 77, GOOD)

    async def talk(host):
        for at in range(0, 8 * len(body), 7):
            await host.send(f.stuffed(with_bit(body, at)))
            found = await host.answer()
            assert isinstance(found, f.Error)
            assert found.code == (f.LENGTH if at < 8 else f.CRC)
            assert found.sequence == (77 ^ 1 << at - 8 if 8 <= at < 16 else 77 if at >= 8 or at < 7 else found.sequence)
        await still_right(host)
        counters = f.counter_fields(await host.done(f.COUNTERS))
        assert (counters["good"], counters["bad"], counters["inputs"]) == (1, len(range(0, 8 * len(body), 7)), 4)

    converse(ByteCore(PLAN), talk)


def test_frames_of_the_wrong_length():
    body = f.content(f.ELEMENTS, 9, GOOD)
    long = bytes([240, 9, f.ELEMENTS]) + bytes(240)

    async def talk(host):
        for count in range(1, len(body), 2):  # truncated
            await host.send(f.stuffed(body[:count]))
            assert await host.answer() == f.Error(f.LENGTH, 9 if count > 1 else 0)
        await refused(host, f.stuffed(body + b"\x00"), f.Error(f.LENGTH, 9))
        await refused(host, b"~" + body[:6] + b"\x7d~", f.Error(f.LENGTH, 9))  # broken off in an escape
        await refused(host, b"~\x7d~", f.Error(f.LENGTH, 0))
        await refused(host, f.stuffed(bytes([241, 9, f.ELEMENTS]) + bytes(243)), f.Error(f.LENGTH, 0))
        await refused(host, f.stuffed(long + bytes(20)), f.Error(f.LENGTH, 9))
        await refused(host, f.stuffed(b"\xff" * 260), f.Error(f.LENGTH, 0))

    converse(ByteCore(PLAN), talk)


def test_what_stands_between_frames():
    async def talk(host):
        await host.send(b"\x00\x7d\x01garbage before the first flag")
        await still_right(host)
        await host.send(b"~~~~")
        await still_right(host)
        await refused(host, b"noise~", f.Error(f.LENGTH, ord("o")))

    converse(ByteCore(PLAN), talk)


def test_unknown_types():
    async def talk(host):
        for number in (0, 7, 8, 0x42, 0x82, 0xC1, 0xFF, f.LOAD, f.STATE):
            await refused(host, f.frame(number, 200, b"\x00\x00\x01"), f.Error(f.UNKNOWN, 200))

    converse(ByteCore(PLAN), talk)


SENSELESS = [
    (f.HELLO, b"\x00", 1),
    (f.COUNTERS, b"\x00", 1),
    (f.RESET, b"~", 1),
    (f.ELEMENTS, b"", 1),
    (f.ELEMENTS, b"\x01", 1),
    (f.ELEMENTS, b"\x01\x00", 1),
    (f.ELEMENTS, b"\x04\x00\x00", 2),
    (f.ELEMENTS, b"\x80\x00\x00", 2),
    (f.ELEMENTS, b"\x01\x01\x00", 2),
    (f.ELEMENTS, b"\x02\x00\x01\x02\x03", 4),
]


def test_payloads_that_make_no_sense():
    """Nothing of them is carried out, so that the number may be used again."""

    async def talk(host):
        for type, payload, detail in SENSELESS:
            await host.send(f.frame(type, 200, payload))
            assert await host.answer() == f.Error(f.PAYLOAD, 200, detail)
        await still_right(host)

    converse(ByteCore(PLAN), talk)


@pytest.mark.parametrize("bits", [5, 9])
def test_values_that_a_format_does_not_have(bits):
    plan = plan_of(bits, widths={"activation_bits": bits})
    x = draw(plan, 1, 2)
    want = plan.network.run_raw(x).tolist()
    size = 8 * f.size_of(bits)

    async def talk(host):
        for value in (1 << bits - 1, -(1 << bits - 1) - 1, (1 << size - 1) - 1, -(1 << size - 1)):
            for values in ([value, 0], [0, 0, 0, value]):
                found = await host.ask(f.ELEMENTS, f.elements(values, size, first=True, last=True))
                assert found == f.Error(f.PAYLOAD, host.sequence, 3)
        await infer(host, plan, x[0])
        assert (await outputs(host, plan, 1))[0] == want
        half = await host.ask(f.ELEMENTS, f.elements([1, 1], size) + b"\x00") if size > 8 else None
        assert half in (None, f.Error(f.PAYLOAD, host.sequence, 1))

    converse(ByteCore(plan), talk)


def test_doubled_requests():
    async def talk(host):
        await still_right(host)
        await refused(host, f.frame(f.ELEMENTS, host.sequence, GOOD), f.Error(f.DUPLICATE, host.sequence))
        for type in (f.RESET, f.COUNTERS):
            await host.send(f.frame(type, 50 + type) * 2)
            assert (await host.answer()).type == type | 0x80
            assert await host.answer() == f.Error(f.DUPLICATE, 50 + type)
        await host.send(f.frame(f.HELLO, 56) * 2)  # carried out again and again
        first, second = await host.answer(), await host.answer()
        assert first == second
        assert first.type == f.HELLO | 0x80
        await refused(host, f.frame(f.COUNTERS, 56), f.Error(f.DUPLICATE, 56))

    converse(ByteCore(PLAN), talk)


def test_more_requests_than_are_held():
    """Two are answered (which takes its time), two wait, the others are too much."""
    slow = [4000]  # cycles for a byte of an answer

    async def talk(host):
        await host.send(b"".join(f.frame(f.HELLO, number) for number in (1, 2, 3, 4, 5, 6)))
        slow[0] = 0
        found = [await host.answer() for _ in range(5)]
        assert [each.sequence for each in found if isinstance(each, f.Frame)] == [1, 2, 3, 4]
        assert [each for each in found if isinstance(each, f.Error)] == [f.Error(f.OVERRUN, 5)]
        counters = f.counter_fields(await host.done(f.COUNTERS))
        assert (counters["good"], counters["bad"]) == (4, 2)  # the last one was counted, but not told
        await still_right(host)

    converse(ByteCore(PLAN), talk, pauses=slow)


def test_requests_while_others_are_worked_on():
    """One is sent as soon as one is answered, so that two are under way."""

    async def talk(host):
        await host.send(f.frame(f.ELEMENTS, 10, GOOD))
        for number in range(11, 17):
            await host.send(f.frame(f.ELEMENTS, number, GOOD))
            assert await host.answer() == f.Frame(f.ELEMENTS | 0x80, number - 1)
        assert await host.answer() == f.Frame(f.ELEMENTS | 0x80, 16)
        assert (await outputs(host, PLAN, 7))[0] == WANT * 7

    converse(ByteCore(PLAN), talk)


def test_reset_in_the_middle():
    async def talk(host):
        await host.done(f.ELEMENTS, f.elements(X.ravel()[:3], 8, first=True))
        in_step = await host.ask(f.ELEMENTS, GOOD)
        assert in_step == f.Error(f.PAYLOAD, host.sequence, 4)
        await host.done(f.RESET)
        await still_right(host)
        counters = f.counter_fields(await host.done(f.COUNTERS))
        assert (counters["inputs"], counters["outputs"], counters["good"], counters["bad"]) == (4, 2, 2, 0)
        assert 0 < counters["busy"] < counters["cycles"]
        await host.send(f.frame(f.ELEMENTS, 1, GOOD) + f.frame(f.RESET, 2))  # while it works
        assert (await host.answer()).sequence == 1
        assert (await host.answer()).sequence == 2
        host.events.clear()
        await still_right(host)

    converse(ByteCore(PLAN), talk)


def test_random_bytes():
    """Whatever comes, whole frames go out, and then all is well."""
    rng = np.random.default_rng(3)
    alphabet = np.array([0x7E, 0x7D, 0x5E, 0, 1, 2, 3, 5, 0xFF], dtype=np.uint8)
    wire = rng.choice(alphabet, 400).tobytes()

    async def talk(host):
        await host.send(wire + b"~")
        await host.wait(3000)
        assert all(each.type == f.ERROR for each in await host.frames())
        counters = f.counter_fields(await host.done(f.COUNTERS))
        assert counters["bad"] > 20
        assert (counters["good"], counters["inputs"]) == (0, 0)
        await still_right(host)

    converse(ByteCore(PLAN), talk)


def test_damage_is_looked_for():
    """Control: a frame that is right must not pass for a damaged one."""

    async def talk(host):
        await refused(host, f.frame(f.ELEMENTS, 3, GOOD), f.Error(f.CRC, 3))

    with pytest.raises(AssertionError):
        converse(ByteCore(PLAN), talk)
