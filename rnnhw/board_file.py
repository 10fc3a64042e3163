"""board.json: what was built for a board, and the network and the options that it was built of."""

import hashlib
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rnnhw.errors import RnnhwError
from rnnhw.plan import Hardware
from rnnhw.validation import one_line

FORMAT = 1
FILE = "board.json"
NETWORK_FILE = "network.rnnq"


class BoardFile(BaseModel):
    """What `board.json` holds.

    Members
    -------
    board, device, name : str
        The board, its FPGA, and the design's name.
    link, baud : str, int
    clock_hz : int
        Of the core.
    identity : str
        The design's, in hex (see `Design.identity`).
    network : str
        File of the quantised network.
    hardware : Hardware
    timing : dict
        Clocks asked for and reached, of all seeds that were tried, and the critical path.
    utilisation : dict
        Of each kind of cell: used and there are.
    figures : dict
        Cycles a step, steps a second, and for sequences of some length inferences a second.
    tools : dict
        Releases.
    seed : int
        That the bitstream was placed with.
    files : dict
        SHA-256 of each file.
    """

    model_config = ConfigDict(extra="forbid")

    format: int
    board: str
    device: str
    name: str
    link: str
    baud: int
    clock_hz: int
    identity: str
    network: str
    hardware: Hardware
    timing: dict
    utilisation: dict
    figures: dict
    tools: dict[str, str]
    seed: int
    files: dict[str, str]

    def to_json(self) -> str:
        """The file's text."""
        return json.dumps(self.model_dump(), indent=2) + "\n"


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def read_board_file(folder) -> BoardFile:
    """Read an output folder of ``rnnhw build``, and hold its files against `board.json`.

    Raises
    ------
    RnnhwError
        If there is none, it is damaged or newer, or a file is missing or was altered.
    """
    folder = Path(folder)
    path = folder / FILE
    if not path.is_file():
        raise RnnhwError(f"{folder}: no {FILE}; rnnhw build makes such a folder")
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise RnnhwError(f"{path}: not JSON ({error})") from None
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise RnnhwError(f"{path}: format {found}, this rnnhw reads {FORMAT}; build once more")
    try:
        read = BoardFile(**content)
    except ValidationError as error:
        raise RnnhwError(f"{path}: {one_line(error, BoardFile)}") from None
    for name, expected in read.files.items():
        file = folder / name
        if not file.is_file():
            raise RnnhwError(f"{file}: missing, though {FILE} names it")
        if digest(file) != expected:
            raise RnnhwError(f"{file}: altered since it was built")
    return read


def built_files(folder: Path) -> set[str]:
    """What an earlier build wrote; nothing if the folder is not one of ours."""
    try:
        content = json.loads((folder / FILE).read_text())
        return {FILE, *content["files"]} if "identity" in content and "hardware" in content else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()
