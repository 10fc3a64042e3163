# amaranth: UnusedElaboratable=no
"""The pins of a simulated board: bits on a serial line and on SPI, and a board that rests."""

import os
from pathlib import Path

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.host import SerialTransport, SocketSpi
from rnnhw.sim import SimulationError
from rnnhw.sim.board import NativeBoard

from .board_cores import need_native


@pytest.fixture(autouse=True)
def _tools():
    need_native()


class Wire(wiring.Component):
    """Gives each bit back a clock later; `busy` is high for ever if wanted."""

    def __init__(self, busy: bool = False):
        self.is_busy = busy
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "busy": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.d.sync += self.tx.eq(self.rx)
        m.d.comb += self.busy.eq(self.is_busy)
        return m


class ShiftRegister(wiring.Component):
    """Gives each byte back with the next one."""

    def __init__(self):
        super().__init__({"sck": In(1), "cs_n": In(1, init=1), "copi": In(1), "cipo": Out(1), "busy": Out(1)})

    def elaborate(self, platform):
        m = Module()
        bits, before, counts = Signal(8), Signal(), Signal(16)
        m.d.sync += [before.eq(self.sck), counts.eq(counts + 1)]
        with m.If(self.sck & ~before & ~self.cs_n):
            m.d.sync += bits.eq((bits << 1) | self.copi)
        m.d.comb += [self.cipo.eq(bits[7]), self.busy.eq(counts[15])]
        return m


def exchange(transport, sent, size=600):
    """Send in pieces, and what comes back."""
    received = b""
    for start in range(0, len(sent), size):
        transport.write(sent[start : start + size])
        while len(received) < min(len(sent), start + size):
            part = transport.read(5)
            assert part, f"{len(received)} bytes of {len(sent)} came"
            received += part
    return received


def ticks(board) -> int:
    """Processor time of a board's program, in hundredths of a second."""
    fields = Path(f"/proc/{board._child.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("programs")


@pytest.mark.parametrize(("clock_hz", "baud"), [(12_000_000, 1_000_000), (12_000_000, 115_200), (5_300_000, 1_000_000)])
def test_bytes_come_back(kept, clock_hz, baud):
    sent = np.random.default_rng(1).bytes(3000)
    with NativeBoard(Wire(), "uart", clock_hz, baud, folder=kept) as board:
        transport = SerialTransport(board.port, baud)
        assert exchange(transport, sent) == sent
        transport.close()
        again = SerialTransport(board.port, baud)  # the line lasts from host to host
        assert exchange(again, sent[:10]) == sent[:10]
        again.close()
    assert not os.path.exists(board._scratch.name)


@pytest.mark.parametrize("busy", [False, True])
def test_a_board_rests_when_nothing_happens(kept, busy):
    """A busy one too, when it has been waited for long enough."""
    with NativeBoard(Wire(busy), "uart", 12_000_000, 1_000_000, patience=100_000, folder=kept) as board:
        transport = SerialTransport(board.port)
        assert exchange(transport, b"1") == b"1"
        while (before := ticks(board)) != (transport.read(0.2), ticks(board))[1]:
            pass  # it comes to rest: the test's own watchdog is what ends this otherwise
        transport.read(0.3)
        assert ticks(board) == before
        assert exchange(transport, b"more") == b"more"
        transport.close()


def test_spi_bytes_come_back(kept):
    sent = list(np.random.default_rng(2).bytes(5000))
    with NativeBoard(ShiftRegister(), "spi", 12_000_000, 1_000_000, folder=kept) as board:
        for _ in range(2):
            spi = SocketSpi(board.port)
            assert spi.xfer2(sent)[1:] == sent[:-1]
            assert spi.xfer2([1, 2])[1] == 1
            spi.close()


def test_a_program_that_ends_by_itself(kept):
    with NativeBoard(Wire(), "uart", 12_000_000, 1_000_000, folder=kept) as board:
        board._child.terminate()
        with pytest.raises(SimulationError, match=r"^the simulated board ended \(-15\): $"):
            board.wait()


def test_nothing_stays_where_nothing_can_be_compiled(tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "/bin/false")
    with pytest.raises(SimulationError, match=r"^false failed: $"):
        NativeBoard(Wire(), "uart", 12_000_000, 1_000_000, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
