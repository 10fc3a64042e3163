"""The program in docs/host-link.md runs, and its tables say what the code says."""

import re
from pathlib import Path

import numpy as np
import pytest

from rnnhw.host.errors import CODES, DETAILS
from tests.sim.board_cores import core_of_network, write_build

from .conftest import make_network
from .double import Double
from .terminal import on_terminal

PAGE = (Path(__file__).parents[2] / "docs" / "host-link.md").read_text()


def test_the_program_runs(tmp_path, monkeypatch, capsys):
    pytest.importorskip("serial")
    network, x = make_network(3, "many-to-one")
    core = core_of_network(network, lanes=1)
    write_build(tmp_path / "build", core)
    np.savez(tmp_path / "data.npz", x=x)
    monkeypatch.chdir(tmp_path)
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    with on_terminal(Double(network, core.identity)) as port:
        exec(program.replace("/dev/pts/3", port).replace("build/digits", "build"), {})
    assert capsys.readouterr().out == f"many-to-one (6, 2) 1000\n{network.run(x)[0]}\n"


def test_every_error_stands_in_the_table():
    for code, (name, _) in CODES.items():
        (row,) = re.findall(rf"^\| {code} {name} \|(.*)$", PAGE, re.MULTILINE)
        details = [int(number) for number in re.findall(r"(?:^|; )(\d) ", row.split("|")[1].strip())]
        assert details == [detail for known, detail in DETAILS if known == code]
