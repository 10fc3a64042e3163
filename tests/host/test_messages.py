"""Elements as bytes, and the two answers that hold numbers."""

import struct

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat
from rnnhw.host.errors import CODES, LinkDamaged, NoBoard, Refused
from rnnhw.host.messages import Counters, Info, element_bytes, pack_elements, unpack_elements

from .conftest import make_network
from .double import Double


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("width", [1, 4, 7, 8, 9, 16, 17, 24, 33, 48])
def test_elements_are_what_python_says(width, signed):
    form = QFormat(width, 3, signed=signed)
    rng = np.random.default_rng(width)
    values = rng.integers(form.min_raw, form.max_raw + 1, 50)
    values[:2] = form.min_raw, form.max_raw
    size = element_bytes(width)
    packed = pack_elements(values, width)
    assert packed == b"".join(int(v).to_bytes(size, "little", signed=signed) for v in values)
    assert (unpack_elements(packed, form) == values).all()


def test_a_value_that_cannot_be():
    with pytest.raises(LinkDamaged, match=r"^the board gave a value outside -8\.\.7$"):
        unpack_elements(bytes([7, 8]), QFormat(4, 0))


def hello(**changes):
    names = "version identity inputs outputs ibits ifrac obits ofrac mode flags streams states sbits steps longest"
    values = [1, b"12345678", 3, 2, 8, 6, 16, -2, 3, 0, 2, 9, 12, 0, 64, 48_000_000, 2, 240]
    fields = dict(zip([*names.split(), "clock", "window", "largest"], values, strict=True)) | changes
    return struct.pack("<B8sHHBbBbBBBHBHHIBB", *fields.values())


def test_info_has_everything():
    info = Info.parse(hello(flags=1 | 4 | 16 | 32))
    assert (info.identity, info.input_size, info.output_size, info.mode) == (b"12345678", 3, 2, "many-to-many")
    assert info.input == QFormat(8, 6)
    assert info.output == QFormat(16, -2, signed=False)
    assert (info.loadable, info.takes_states, info.gives_states, info.loaded, info.load_error) == (1, 0, 1, 0, 1)
    assert (info.streams, info.state_size, info.state_bits, info.steps, info.max_steps) == (2, 9, 12, 0, 64)
    assert (info.clock_hz, info.window, info.largest_payload) == (48_000_000, 2, 240)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (hello(version=2), "the board speaks version 2 of the protocol, this rnnhw speaks 1"),
        (b"", "the board speaks version none of the protocol, this rnnhw speaks 1"),
        (hello()[:-1], "the board's answer to HELLO has 32 bytes, not 33"),
        (hello(mode=4), "the board's answer to HELLO holds values that cannot be"),
        (hello(window=0), "the board's answer to HELLO holds values that cannot be"),
        (hello(inputs=0), "the board's answer to HELLO holds values that cannot be"),
        (hello(largest=15), "the board's answer to HELLO holds values that cannot be"),
    ],
)
def test_info_that_cannot_be(payload, text):
    with pytest.raises(NoBoard) as error:
        Info.parse(payload)
    assert str(error.value) == text


def test_the_doubles_hello_is_read():
    network, _ = make_network(1)
    double = Double(network, b"abcdefgh", gives=True)
    double.carry_out(1, b"")
    info = Info.parse(double.answer)
    assert (info.input, info.output, info.mode) == (network.input, network.output, network.mode)
    assert (info.identity, info.state_size, info.gives_states) == (b"abcdefgh", network.state_size, True)


def test_counters():
    sizes = (6, 6, 4, 4, 4, 2, 2)
    payload = b"".join(value.to_bytes(size, "little") for value, size in enumerate(sizes, 1))
    assert Counters.parse(payload) == Counters(1, 2, 3, 4, 5, 6, 7)
    assert Counters.parse(bytes(range(28))).cycles == 0x050403020100
    with pytest.raises(LinkDamaged, match=r"^the answer to COUNTERS has 27 bytes, not 28$"):
        Counters.parse(payload[1:])


def test_every_code_has_words():
    for code, (name, meaning) in CODES.items():
        assert str(Refused(code)) == f"the board refused: {meaning} ({name}, detail 0)"
    assert str(Refused(99, 7)) == "the board refused: unknown to this rnnhw (error 99, detail 7)"
    assert str(Refused(6, 2)) == "the board refused: the sequence has no initial state (NOT_LOADED, detail 2)"
