"""``rnnhw studio`` as a process, and its page as a test drives it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds in which it has to be up
LINE = re.compile(r"rnnhw studio is at (http://127\.0\.0\.1:(\d+)) \(Ctrl-C ends it\)\n")
# As in a terminal, whoever runs the tests: a shell's background process is deaf to Ctrl-C, one of nohup to a hang-up
STARTED = """import signal
from rnnhw.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
main()
"""


@dataclass
class Studio:
    """A running server.

    Parameters
    ----------
    process : subprocess.Popen
        The command's.
    address : str
    log : Path
        What it says on standard error.
    scratch : Path
        Where it, and Streamlit, put temporary files.
    """

    process: subprocess.Popen
    address: str
    log: Path
    scratch: Path

    @property
    def port(self) -> int:
        """It listens on."""
        return int(self.address.rsplit(":", 1)[1])

    def end(self) -> int:
        """Press Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Studio]:
    """Run the command, on any free port; it is ended in any case."""
    log, scratch = folder / "log", folder / "tmp"
    scratch.mkdir()
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder)}
    command = [sys.executable, "-c", STARTED, "studio", "--no-browser", "--port", "0", *options]
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder, env=environment
        )
        try:
            yield Studio(process, _address(process, log), log, scratch)
        finally:
            if process.poll() is None:
                process.terminate()  # on which it ends what it started
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
            process.stdout.close()


def _address(process: subprocess.Popen, log: Path) -> str:
    """Where the command says that it is."""
    lines = Queue()
    Thread(target=lambda: lines.put(process.stdout.readline()), daemon=True).start()
    line = lines.get(timeout=PATIENCE)
    found = LINE.fullmatch(line)
    assert found, (line, log.read_text())
    return found[1]
