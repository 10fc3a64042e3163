"""The README's commands and its Python run as they stand there, and print what it says."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rnnhw.sim.tools import find_verilator
from tests.cosim.test_verilog import need

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


def shown(command: str) -> str:
    """What the README shows as (the beginning of) a command's output."""
    return re.search(rf"<!-- output of: {command} -->\n```\n(.*?)```", TEXT, re.S)[1]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """An empty folder that has the files which the README names."""
    shutil.copytree(ROOT / "rnnhw" / "data", tmp_path / "rnnhw" / "data", ignore=shutil.ignore_patterns("*.py", "__*"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands(checkout):
    need(find_verilator)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) == 6
    printed = []
    for command in commands:
        done = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        printed.append(done.stdout)
    assert printed[3].startswith(shown("rnnhw cosim"))
    assert re.sub(r" +$", "", printed[5], flags=re.M).startswith(shown("rnnhw estimate"))
    assert "450 sequences equal to golden bit for bit" in printed[4]
    listed = re.findall(r"^\| `([\w./*]+)` \|", TEXT.split("holds\n")[1].split("The same from")[0], re.M)
    assert len(listed) == 7
    for name in listed:
        assert list((checkout / "build" / "digits").glob(name.rstrip("/"))), name


def test_python(checkout):
    """All Python, as one program, prints what stands behind each block."""
    expected = re.findall(r"prints\n\n```\n(.*?)```", TEXT, re.S)
    codes, names = blocks("python"), {"__name__": "readme"}
    assert len(codes) == len(expected) == 3
    for code, wanted in zip(codes, expected, strict=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), names)
        assert printed.getvalue() == wanted


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_nothing_is_left_to_fill_in():
    assert not re.findall(r"MEASURED|TODO|FIXME|XXX", TEXT)
