"""The server behind the page: Streamlit as a process of its own, which listens on this machine only."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import rnnhw
from rnnhw.errors import RnnhwError

from .child import FOLDERS
from .theme import theme_options

HOST = "127.0.0.1"
MOST_UPLOAD_MB = 64
PATIENCE = 60  # seconds in which it has to answer
SCRIPT = 'from rnnhw.studio.shell import page\n\nif __name__ == "__main__":\n    page()\n'
STDERR = 2
NOWHERE = "http://127.0.0.1:9"  # nothing is meant to listen there
HEALTH = "/_stcore/health"

#: Streamlit's settings: nothing is watched, nothing is told to anybody, no traceback is shown.
SETTINGS = {
    "server.address": HOST,
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "server.enableCORS": "true",
    "server.enableXsrfProtection": "true",
    "server.xsrfCookieSameSite": "strict",
    "server.enableStaticServing": "false",
    "server.enableAgentApi": "false",
    "server.maxUploadSize": str(MOST_UPLOAD_MB),
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "runner.postScriptGC": "false",  # which would hold up what is sent
    "logger.level": "warning",
    "logger.hideWelcomeMessage": "true",
}
#: Names under which browsers may ask for the page: no other name can be made to lead here.
NAMES = (HOST, "localhost")


def check_streamlit() -> None:
    """Refuse to go on without Streamlit.

    Raises
    ------
    RnnhwError
        If it is not installed.
    """
    if find_spec("streamlit") is None:
        raise RnnhwError("rnnhw studio needs streamlit: pip install 'rnnhw[studio]'")


def free_port(port: int) -> int:
    """A port that nobody listens on: the given one, or any for 0.

    Raises
    ------
    RnnhwError
        If the port is in use, or may not be used.
    """
    with socket.socket() as trial:
        if os.name == "posix":  # elsewhere this would take a port from whoever has it
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            told = error.strerror or error
            raise RnnhwError(f"port {port} of {HOST} cannot be used ({told}); --port 0 takes any free one") from None
        return trial.getsockname()[1]


@contextmanager
def serving(port: int) -> Iterator[tuple[str, subprocess.Popen]]:
    """Run the server as long as the context lasts.

    Parameters
    ----------
    port : int
        0 for any free one.

    Yields
    ------
    address : str
        Of the page, which answers.
    process : subprocess.Popen

    Raises
    ------
    RnnhwError
        If Streamlit is missing, the port is in use, or the server does not come up.
    """
    check_streamlit()
    port = free_port(port)
    with TemporaryDirectory(prefix=FOLDERS, ignore_cleanup_errors=True) as scratch:
        process = _start(Path(scratch), port)
        try:
            _wait_until_it_answers(process, port)
            yield f"http://{HOST}:{port}", process
        finally:
            _stop(process)


def _start(scratch: Path, port: int) -> subprocess.Popen:
    """Start Streamlit in a folder of its own, so that no project's settings are found, and all it writes goes again."""
    (scratch / "page").mkdir()
    (scratch / "tmp").mkdir()
    script = scratch / "page" / "studio.py"
    script.write_text(SCRIPT, encoding="utf-8")
    settings = SETTINGS | theme_options() | {"server.port": str(port)}
    command = [sys.executable, "-m", "rnnhw.studio.child", "run", str(script)]
    command += [f"--{name}={value}" for name, value in settings.items()]
    command += [f"--server.allowedHosts={name}" for name in NAMES]
    return subprocess.Popen(
        command,
        cwd=scratch,
        env=environment(scratch / "tmp"),
        stdin=subprocess.PIPE,  # which it ends with (`rnnhw.studio.child`)
        stdout=STDERR,  # where Streamlit tells what nobody foresaw; this process tells the rest
        start_new_session=os.name == "posix",  # Ctrl-C is this process' to handle
    )


def environment(scratch: Path) -> dict[str, str]:
    """The server's environment.

    Its proxy is one that is not there: when another site tries to reach the page, Streamlit would ask a service in the
    internet for this machine's address, to compare.

    Parameters
    ----------
    scratch : Path
        For temporary files.
    """
    paths = [str(Path(rnnhw.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    kept = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    proxies = {f"{kind}_proxy": NOWHERE for kind in ("http", "https", "all")}
    proxies |= {name.upper(): value for name, value in proxies.items()}
    return kept | proxies | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "TMPDIR": str(scratch)}


def _wait_until_it_answers(process: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RnnhwError(f"the studio's server ended with exit code {process.returncode}")
        if _answers(port):
            return
        time.sleep(0.1)
    raise RnnhwError(f"the studio's server did not answer within {PATIENCE} seconds")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen) -> None:
    """End the server and whatever it started, at once: all that it has written is in a folder that goes, too."""
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    process.stdin.close()
