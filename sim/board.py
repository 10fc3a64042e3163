"""A board that is simulated natively, pin by pin, and serves a host program as a real one does."""

import os
import socket
import subprocess
import tempfile
import tty
from dataclasses import dataclass
from pathlib import Path

from rnnhw.fixedpoint.checks import choice, integer
from rnnhw.plan import Plan

from .board_pins import PinTop, pins_source
from .cxxrtl_build import build_program, keep_memories, setup_lines
from .netlist import Netlist
from .outcome import SimulationError

__all__ = ["LINKS", "BoardCore", "NativeBoard", "SimulatedBoard", "core_of"]

LINKS = ("uart", "spi")
PATIENCE = 1_000_000
"""Clocks, beside the core's latency, that a busy core is given without a byte on the line."""
END_SECONDS = 5


@dataclass(frozen=True, eq=False)
class BoardCore:
    """What a board holds.

    Parameters
    ----------
    plan : Plan
    identity : bytes
    clock_hz : int
    link : str
        "uart" or "spi".
    baud : int
        Of the UART; for SPI the host's clock in Hz.
    """

    plan: Plan
    identity: bytes
    clock_hz: int = 12_000_000
    link: str = "uart"
    baud: int = 1_000_000

    def __post_init__(self):
        choice("link", self.link, LINKS)
        integer("clock_hz", self.clock_hz, 1)
        integer("baud", self.baud, 1)

    def component(self):
        """A fresh Amaranth component."""
        from rnnhw.gateware.link import LinkedCore

        facts = {"identity": self.identity, "clock_hz": self.clock_hz, "link": self.link}
        return LinkedCore(self.plan, **facts, **({"baud": self.baud} if self.link == "uart" else {}))


def core_of(design, **facts) -> BoardCore:
    """The core of a design, or of a folder that `rnnhw build` wrote.

    Parameters
    ----------
    design : BoardCore, Design or path
    **facts
        clock_hz, link and baud of a design.
    """
    if isinstance(design, str | Path):
        from .board_folder import read_core

        if facts:
            raise TypeError(f"a folder says {', '.join(facts)} itself")
        return read_core(Path(design))
    if isinstance(design, BoardCore):
        return design
    if not all(hasattr(design, name) for name in ("plan", "identity")):
        raise TypeError(f"design must be a Design or a folder, not {type(design).__name__}")
    return BoardCore(design.plan, bytes(design.identity), **facts)


class NativeBoard:
    """A component with the pins of a link as a program at the other end of a line. To be used in a `with` statement.

    Parameters
    ----------
    component : wiring.Component
        Members rx, tx and busy, or sck, cs_n, copi, cipo (and more that go out).
    link, clock_hz, baud
        As of `BoardCore`.
    patience : int
        Clocks that a busy design goes on without a byte.
    folder : Path, optional
        Keeps the program for the next time; by default a temporary folder.

    Attributes
    ----------
    port : str
        What `rnnhw.host.open` takes: a pseudo-terminal, or for SPI a Unix-domain socket.
    """

    def __init__(self, component, link: str, clock_hz: int, baud: int, patience: int = PATIENCE, folder=None):
        self.port, self._child, self._ends = None, None, []
        self._scratch = tempfile.TemporaryDirectory(prefix="rnnhw-board-")
        try:
            self._command = self._build(component, link, Path(folder or self._scratch.name).absolute())
        except BaseException:
            self._scratch.cleanup()
            raise
        self._command += [str(clock_hz), str(baud)]
        self._link, self._patience = link, patience

    def _build(self, component, link: str, folder: Path) -> list[str]:
        folder.mkdir(parents=True, exist_ok=True)
        netlist, setup = Netlist(component, top=PinTop), Path(self._scratch.name) / "setup.txt"
        lines = setup_lines(keep_memories(netlist, folder))
        setup.write_text("".join(f"{line}\n" for line in lines))
        program = build_program("pins.cpp", netlist, pins_source(link), folder, optimise="-O2", probed=False)
        return [str(program), str(setup)]

    def __enter__(self):
        descriptor = self._open_terminal() if self._link == "uart" else self._open_socket()
        command = [*self._command, str(descriptor), str(self._patience)]
        pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self._child = subprocess.Popen(command, **pipes, pass_fds=(descriptor,), start_new_session=True)
        return self

    def __exit__(self, *_):
        try:
            if self._child is not None:
                self._child.stdin.close()  # the program ends with it
                self._child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        finally:
            if self._child is not None:
                self._child.stderr.close()
            for end in self._ends:
                end()
            self._scratch.cleanup()

    def wait(self) -> None:
        """Serve until the program ends, which is an error.

        Raises
        ------
        SimulationError
        """
        self._child.wait()
        raise SimulationError(
            f"the simulated board ended ({self._child.returncode}): {self._child.stderr.read().strip()}"
        )

    def _open_terminal(self) -> int:
        """A pseudo-terminal; this process keeps its other side, so that it lasts while no host has it open."""
        master, slave = os.openpty()
        self._ends += [lambda: os.close(master), lambda: os.close(slave)]
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        return master

    def _open_socket(self) -> int:
        self.port = str(Path(self._scratch.name) / "spi")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(self.port)
        listening.listen(1)
        self._ends.append(listening.close)
        return listening.fileno()


class SimulatedBoard(NativeBoard):
    """A board with a core of rnnhw. To be used in a `with` statement.

    Parameters
    ----------
    design : Design, BoardCore or path
        A path is a folder that `rnnhw build` wrote.
    folder : Path, optional
        Keeps the program for the next time; by default a temporary folder.
    **facts
        clock_hz, link ("uart", "spi") and baud, where a folder does not say them.

    Attributes
    ----------
    core : BoardCore
    port : str
        What `rnnhw.host.open` takes.
    """

    def __init__(self, design, *, folder=None, **facts):
        self.core = core = core_of(design, **facts)
        patience = PATIENCE + 2 * int(core.plan.latency_cycles)
        super().__init__(core.component(), core.link, core.clock_hz, core.baud, patience, folder)
