# amaranth: UnusedElaboratable=no
"""Serial lines: bytes through a UART at its slowest and fastest, and what it refuses."""

import re

import numpy as np
import pytest
from amaranth import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.errors import RnnhwError
from rnnhw.gateware.link.uart import UartReceiver, UartTransmitter, bit_length
from tests.gateware.stepper import play


class Loop(wiring.Component):
    """A transmitter whose line ends at a receiver that may have another clock."""

    def __init__(self, sent: int, received: int):
        self.transmitter, self.receiver = UartTransmitter(sent), UartReceiver(received)
        byte = stream.Signature(8)
        super().__init__({"i": In(byte), "o": Out(byte), "pull": In(1, init=1), "tx": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.transmitter, m.submodules.receiver = self.transmitter, self.receiver
        connect(m, flipped(self.i), self.transmitter.i)
        connect(m, self.receiver.o, flipped(self.o))
        m.d.comb += [self.tx.eq(self.transmitter.tx), self.receiver.rx.eq(self.tx & self.pull)]
        return m


def through(dut, values, *, gaps=(0,), wait=(0,), pull=()) -> list[int]:
    """Bytes that come out; `pull`: cycles in which the line is low whatever is sent."""
    found = []

    def actor():
        cycle = number = idle = quiet = 0
        waited = 0
        while quiet < 400:
            offer = number < len(values) and idle >= gaps[number % len(gaps)]
            taking = waited >= wait[len(found) % len(wait)]
            row = (values[number] if offer else 0, int(offer), int(taking), int(cycle not in pull))
            ready, valid, byte = yield row
            if offer and ready:
                number, idle = number + 1, 0
            elif number < len(values):
                idle += 1
            waited = waited + 1 if valid else 0
            if valid and taking:
                found.append(byte)
                waited = 0
            quiet = quiet + 1 if number == len(values) else 0
            cycle += 1

    outputs = [dut.i.ready, dut.o.valid, dut.o.payload]
    play(dut, [dut.i.payload, dut.i.valid, dut.o.ready, dut.pull], outputs, actor(), limit=40_000)
    return found


VALUES = [0, 0xFF, 0x55, 0xAA, 0x7E, 0x01, 0x80, *np.random.default_rng(1).integers(0, 256, 20).tolist()]


@pytest.mark.parametrize(("sent", "received"), [(40, 40), (43, 43), (96, 96), (103, 103), (160, 163), (163, 160)])
def test_bytes(sent, received):
    assert through(Loop(sent, received), VALUES) == VALUES


def test_pauses_and_a_slow_taker():
    assert through(Loop(40, 40), VALUES, gaps=(0, 7, 100), wait=(0, 5, 3)) == VALUES


def test_spikes_and_breaks():
    """A spike is no start bit; a line that stays low gives no byte, and the next one is right."""
    spike, long = range(100, 102), range(200, 360)
    assert through(Loop(80, 80), [1, 2, 3], gaps=(500,), pull={*spike, *long}) == [1, 2, 3]


def test_a_wrong_rate_is_seen():
    """Control: a receiver that is a tenth slower loses bytes."""
    assert through(Loop(160, 176), VALUES) != VALUES


@pytest.mark.parametrize("clock_hz", [5_000_000, 5_500_001, 12_000_000, 13_500_000, 39_750_000, 100_000_000])
def test_rates_are_right(clock_hz):
    assert abs(8 * clock_hz / bit_length(clock_hz, 1_000_000) / 1e6 - 1) < 0.0126


@pytest.mark.parametrize(
    ("clock_hz", "baud", "kind", "message"),
    [
        (12_000_000, 2_400_001, RnnhwError, "baud must be at most 2400000 with a clock of 12000000 Hz "
         "(5 clocks a bit), not 2400001"),
        (12_000_000, 0, RnnhwError, "baud must be at least 1, not 0"),
        (0, 1, RnnhwError, "clock_hz must be at least 1, not 0"),
        (1e6, 1000, TypeError, "clock_hz must be an integer, not 1000000.0"),
    ],
)  # fmt: skip
def test_impossible_rates(clock_hz, baud, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        bit_length(clock_hz, baud)
