"""Runs a yosys script in a folder."""

import subprocess
from pathlib import Path

from rnnhw.errors import RnnhwError

from .yosys import find_yosys


def run_script(script: str, folder: Path, name: str, what: str) -> None:
    """Run yosys.

    Parameters
    ----------
    script : str
        Commands, a line each, with file names relative to the folder (a yosys in WebAssembly sees nothing else).
    folder : Path
        Gets ``<name>.ys`` and ``<name>.log``.
    name : str
    what : str
        What the error is about.

    Raises
    ------
    RnnhwError
        If there is no yosys, or it fails: its own error in one line.
    """
    program = find_yosys()
    (folder / f"{name}.ys").write_text(script)
    command = [program, "-q", "-l", f"{name}.log", "-s", f"{name}.ys"]
    outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if outcome.returncode:
        lines = [line for line in (outcome.stderr + outcome.stdout).splitlines() if line.strip()]
        told = [line for line in lines if line.startswith("ERROR")] or lines[-1:] or ["no reason given"]
        raise RnnhwError(f"{what}: yosys failed: {told[0].removeprefix('ERROR: ')}")
