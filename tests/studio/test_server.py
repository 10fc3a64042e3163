"""``rnnhw studio`` as a command: where it listens, what it says, how it ends."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from rnnhw import cli_studio
from rnnhw.studio import server as studio_server
from tests.studio.running import running


def answers(host, port):
    with suppress(OSError), socket.create_connection((host, port), timeout=2):
        return True
    return False


def addresses():
    """This machine's addresses, but for the one that it may listen on."""
    found = {"127.0.0.2", "::1"}
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.connect(("192.0.2.1", 9))  # nothing is sent: this only asks which address would be used
        found.add(trial.getsockname()[0])
    return found - {"127.0.0.1"}


def test_listens_on_this_machine_only(studio):
    assert answers("127.0.0.1", studio.port)
    assert [host for host in addresses() if answers(host, studio.port)] == []


def test_addresses_are_found():
    """Control: a server on all addresses is found on others."""
    with socket.create_server(("0.0.0.0", 0)) as everywhere:
        port = everywhere.getsockname()[1]
        assert any(answers(host, port) for host in addresses())


def upgraded(port, host, origin):
    """The status of a browser's wish for the page's connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {
        "Host": host,
        "Origin": origin,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "streamlit",
    }
    connection.request("GET", "/_stcore/stream", headers=headers)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:{}", "http://127.0.0.1:{}", 101),  # control
        ("evil.example:{}", "http://evil.example:{}", 403),  # a name that somebody made lead here
        ("127.0.0.1:{}", "http://evil.example", 403),  # another site's script
    ],
)
def test_other_sites_are_refused(studio, host, origin, status):
    port = studio.port
    assert upgraded(port, host.format(port), origin.format(port)) == status


# Whom Streamlit asks, by name, when another site tries to reach the page
ASKED = """
import socket
asked = []
def ask(host, *_, **__):
    asked.append(host)
    raise OSError("no network in this test")
socket.getaddrinfo = ask
from streamlit.web.server.server_util import is_url_from_allowed_origins
print(is_url_from_allowed_origins("http://evil.example"), *sorted(set(asked)))
"""


def test_nobody_is_asked(tmp_path):
    def asked(env):
        command = [sys.executable, "-c", ASKED]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True).stdout.split()

    assert asked(studio_server.environment(tmp_path)) == ["False", "127.0.0.1"]
    other = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    told, *hosts = asked(other)  # control
    assert told == "False"
    assert set(hosts) - {"127.0.0.1"} != set()


def test_ctrl_c_ends_it(tmp_path):
    with running(tmp_path) as server:
        assert answers("127.0.0.1", server.port)
        assert list(server.scratch.iterdir()) != []
        assert server.end() == 130
        assert server.log.read_text() == "rnnhw: interrupted\n"
        assert not answers("127.0.0.1", server.port)
        assert list(server.scratch.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="these signals are of POSIX")
@pytest.mark.parametrize("name", ["SIGHUP", "SIGKILL"])
def test_no_server_outlives_the_command(name, tmp_path):
    """A terminal that is closed, a command that is killed: it cannot end the server, which ends itself."""
    with running(tmp_path) as server:
        assert list(server.scratch.iterdir()) != []
        server.process.send_signal(getattr(signal, name))
        assert server.process.wait(30) == -getattr(signal, name)
        end = time.monotonic() + 30
        while time.monotonic() < end and (answers("127.0.0.1", server.port) or list(server.scratch.iterdir())):
            time.sleep(0.05)
        assert not answers("127.0.0.1", server.port)
        assert list(server.scratch.iterdir()) == []


def test_a_port_in_use(run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, printed, error = run("studio", "--no-browser", "--port", port)
    assert (code, printed) == (2, "")
    assert error == (
        f"rnnhw: port {port} of 127.0.0.1 cannot be used (Address already in use); --port 0 takes any free one\n"
    )


def test_without_streamlit(run, monkeypatch):
    monkeypatch.setattr(studio_server, "find_spec", lambda name: None)
    code, printed, error = run("studio")
    assert (code, printed) == (2, "")
    assert error == "rnnhw: rnnhw studio needs streamlit: pip install 'rnnhw[studio]'\n"


def test_a_server_that_does_not_come_up(run, monkeypatch):
    monkeypatch.setattr(studio_server, "SETTINGS", {"server.no-such-setting": "1"})
    code, _, error = run("studio", "--no-browser", "--port", "0")
    assert code == 2
    assert error.endswith("rnnhw: the studio's server ended with exit code 2\n")


def test_the_browser_is_opened(run, monkeypatch):
    opened = []

    class Ended:
        def wait(self):
            return 3

    class Serving:
        def __init__(self, port):
            assert port == 8501

        def __enter__(self):
            return "http://127.0.0.1:8501", Ended()

        def __exit__(self, *_):
            opened.append("ended")

    monkeypatch.setattr(studio_server, "serving", Serving)
    monkeypatch.setattr(cli_studio.webbrowser, "open", opened.append)
    code, printed, error = run("studio")
    assert opened == ["http://127.0.0.1:8501", "ended"]
    assert (code, printed) == (2, "rnnhw studio is at http://127.0.0.1:8501 (Ctrl-C ends it)\n")
    assert error == "rnnhw: the studio's server ended with exit code 3\n"


def test_no_command_needs_it():
    """The command line does not import Streamlit."""
    code = "import sys, rnnhw.cli, rnnhw.cli_studio; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_nobody_elses_folder_is_deleted(tmp_path):
    """The server's process deletes the folder that it runs in: it runs in one of its own only."""
    (tmp_path / "kept").write_text("mine")
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False, "timeout": 60}
    done = subprocess.run([sys.executable, "-m", "rnnhw.studio.child", "--help"], cwd=tmp_path, **options)
    assert done.returncode == 1
    assert done.stderr == "rnnhw: this is a part of rnnhw studio, and runs in folders named rnnhw-studio-... only\n"
    assert (tmp_path / "kept").read_text() == "mine"
