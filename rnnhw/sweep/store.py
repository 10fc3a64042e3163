"""Results on disk, found by what they depend on."""

import itertools
import json
import os
import re
import sys
import threading
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from rnnhw.errors import RnnhwError

KEY = re.compile(r"[0-9a-f]{16,128}")
PARTS = "partial"  # folder in which files are written before they are renamed into place
STALE_SECONDS = 86_400  # after which a file in it belongs to a writer that was killed
_numbers = itertools.count()


class Store:
    """JSON objects in a folder, one file each.

    A file is written whole or not at all, so that any number of threads, processes and machines may share a folder and
    be killed at any time. A file that is damaged counts as missing, and is replaced by the next result.

    Parameters
    ----------
    folder : path, optional
        Made if it is missing; by default `default_folder()`.

    Raises
    ------
    RnnhwError
        If the folder cannot be written.
    """

    def __init__(self, folder=None):
        self.folder = (default_folder() if folder is None else Path(folder)).absolute()
        try:
            (self.folder / PARTS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RnnhwError(f"{self.folder}: cannot be written ({error.strerror or error})") from None
        if not os.access(self.folder / PARTS, os.W_OK):
            raise RnnhwError(f"{self.folder}: cannot be written (no permission)")
        self._sweep_up()

    def path(self, key: str) -> Path:
        """Where a key's value stands.

        Parameters
        ----------
        key : str
            16 to 128 hexadecimal digits in lower case, such as SHA-256 gives.
        """
        if not isinstance(key, str):
            raise TypeError(f"key must be a str, not {type(key).__name__}")
        if not KEY.fullmatch(key):
            raise ValueError(f"key must be 16 to 128 hexadecimal digits in lower case, not {key!r}")
        return self.folder / key[:2] / f"{key}.json"

    def get(self, key: str) -> dict | None:
        """The value of a key; None if there is none, or none that is whole.

        Raises
        ------
        RnnhwError
            If there is a file that cannot be read.
        """
        path = self.path(key)
        try:
            content = json.loads(path.read_bytes())
            value = content["value"]
            whole = content["key"] == key and content["sha256"] == _digest(value)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RnnhwError(f"{path}: cannot be read ({error.strerror or error})") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return value if whole and isinstance(value, dict) else None

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def put(self, key: str, value: dict) -> None:
        """Keep a value.

        Parameters
        ----------
        key : str
        value : dict
            JSON data, so with names that are strings, and without NaN and infinity.

        Raises
        ------
        RnnhwError
            If it cannot be written; nothing is then changed.
        """
        path = self.path(key)
        if not isinstance(value, dict):
            raise TypeError(f"value must be a dict, not {type(value).__name__}")
        value = plain(value)
        content = json.dumps({"key": key, "sha256": _digest(value), "value": value}, allow_nan=False)
        unique = f"{key[:16]}.{os.getpid()}.{threading.get_ident()}.{next(_numbers)}.{os.urandom(4).hex()}"
        beside = self.folder / PARTS / unique
        try:
            path.parent.mkdir(exist_ok=True)
            beside.write_text(content)
            os.replace(beside, path)
        except OSError as error:
            raise RnnhwError(f"{path}: cannot be written ({error.strerror or error})") from None
        finally:
            with suppress(OSError):
                beside.unlink()

    def _sweep_up(self) -> None:
        """Remove what writers left that were killed long ago."""
        for path in (self.folder / PARTS).iterdir():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()


def plain(value: dict) -> dict:
    """A value as it comes back from a store: lists for tuples.

    Raises
    ------
    TypeError, ValueError
        If it is no JSON data.
    """
    return json.loads(json.dumps(value, allow_nan=False))


def _digest(value) -> str:
    return sha256(json.dumps(value, sort_keys=True, allow_nan=False).encode()).hexdigest()


def default_folder() -> Path:
    """Where synthesis results are kept if nobody says otherwise: in the platform's folder for caches."""
    if sys.platform == "win32":
        caches = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        caches = Path.home() / "Library" / "Caches"
    else:
        given = Path(os.environ.get("XDG_CACHE_HOME", ""))  # a relative one is to be ignored
        caches = given if given.is_absolute() else Path.home() / ".cache"
    return caches / "rnnhw" / "synthesis"
