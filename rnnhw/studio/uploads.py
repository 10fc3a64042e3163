"""Files that a browser sends: kept under names of our own in a folder that goes again, read by rnnhw's own readers.

None of these readers (`rnnhw.importers.load`, `rnnhw.network.load_data`) unpickles or runs what stands in a file.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rnnhw.errors import RnnhwError
from rnnhw.importers import load
from rnnhw.importers.load import EXTENSIONS
from rnnhw.network import Dataset, Network, load_data

DATA = (".npz",)
STEM = "upload"  # of the file on the disk, whatever it is called elsewhere
MOST_UNPACKED = 1 << 30  # bytes of all that an archive holds


def open_model(upload, facts: dict | None = None) -> Network:
    """The network in an upload.

    Parameters
    ----------
    upload : streamlit.runtime.uploaded_file_manager.UploadedFile
    facts : dict, optional
        What a state dict does not say (`rnnhw.importers.load`).

    Raises
    ------
    RnnhwError
        For a file that is refused, by its name in the browser.
    """
    with stored(upload, EXTENSIONS) as path:
        net = load(path, **(facts or {}))
    return replace(net, name=_name(upload.name)) if net.name == STEM else net


def open_data(upload, net: Network) -> Dataset:
    """Sequences in an upload, for a network.

    Raises
    ------
    RnnhwError
        As of `open_model`.
    """
    with stored(upload, DATA) as path:
        return load_data(path, net.input_size)


@contextmanager
def stored(upload, allowed: tuple[str, ...]) -> Iterator[Path]:
    """An upload as a file, which goes again; errors name it as the browser does.

    Raises
    ------
    RnnhwError
        For another kind of file than those allowed, by its extension, or an archive that unpacks to too much.
    """
    suffix = Path(upload.name).suffix.lower()
    if suffix not in allowed:
        raise RnnhwError(f"{upload.name}: must be a file of the kind {', '.join(allowed)}")
    with TemporaryDirectory(prefix="rnnhw-upload-") as folder:
        path = Path(folder) / f"{STEM}{suffix}"
        path.write_bytes(upload.getbuffer())
        try:
            _check_archive(path)
            yield path
        except RnnhwError as error:
            told = str(error).replace(str(path), upload.name)
            raise RnnhwError(told.replace(folder, "its folder")) from error
        except MemoryError as error:
            raise RnnhwError(f"{upload.name}: takes more memory than there is") from error


def _check_archive(path: Path) -> None:
    """Refuse a small archive of something huge before it is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        return  # whoever reads it says so
    except Exception as error:  # a damaged directory makes zipfile raise several kinds
        raise RnnhwError(f"{path}: is a damaged archive ({error})") from error
    if unpacked > MOST_UNPACKED:
        raise RnnhwError(f"{path}: unpacks to {unpacked / 1e9:.1f} GB, at most {MOST_UNPACKED >> 30} GiB are read")


def _name(name: str) -> str:
    """A network's name after its file."""
    return re.sub(r"\W+", "_", Path(name).stem, flags=re.ASCII).strip("_")[:40] or "network"
