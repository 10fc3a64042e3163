"""Files and folders that are there whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rnnhw.errors import RnnhwError


def write_folder(folder, fill: Callable[[Path], None], written: Callable[[Path], set[str]], leftovers=()) -> Path:
    """Fill a folder beside its place, then rename it into place.

    Parameters
    ----------
    folder : path
        Made, or replaced if all in it was written by an earlier run.
    fill : callable
        Takes the folder beside, and writes everything into it.
    written : callable
        Takes the folder that stands there already; names of the files in it that are ours.
    leftovers : tuple of (str, str)
        Folder and name of what using an output leaves in it, which may go too.

    Returns
    -------
    Path

    Raises
    ------
    RnnhwError
        If the folder holds something else, or cannot be written; nothing is then changed.
    """
    folder = Path(folder).resolve()
    _check_replaceable(folder, written, leftovers)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise RnnhwError(f"{folder}: cannot be written ({error.strerror or error})") from None
    try:
        partial.chmod(0o777 & ~_umask())
        fill(partial)
        _put(partial, folder)
    except OSError as error:
        raise RnnhwError(f"{folder}: cannot be written ({error.strerror or error})") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _put(partial: Path, folder: Path) -> None:
    """Rename `partial` to `folder`; an earlier output is deleted only once the new one stands in its place."""
    if not folder.exists():
        os.replace(partial, folder)
        return
    folder = folder.resolve()  # a link stays a link
    old = partial.with_name(f"{partial.name}-old")
    os.replace(folder, old)
    try:
        os.replace(partial, folder)
    except OSError:
        os.replace(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _check_replaceable(folder: Path, written, leftovers) -> None:
    if folder.exists() and not folder.is_dir():
        raise RnnhwError(f"{folder}: is a file, not a folder")
    if not folder.is_dir():
        return
    ours = written(folder)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and name.as_posix() not in ours and name.parts[:2] not in leftovers:
            raise RnnhwError(f"{folder}: holds {name}, which rnnhw did not write; choose another folder")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


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
