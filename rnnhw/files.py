"""Files that are there whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from rnnhw.errors import RnnhwError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, then rename it into place.

    Raises
    ------
    RnnhwError
        If it cannot be written; an earlier file is then still there, and nothing else is.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError as error:
        raise RnnhwError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        with suppress(OSError):
            beside.unlink()
