"""A generated core as one file."""

import io
import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from rnnhw.design import Design

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: equal designs are equal archives
MODE = 0o644


def archive(design: Design, x=None, lengths=None) -> bytes:
    """What `Design.write` writes, as a zip of one folder with the design's name.

    Equal designs and data give equal bytes (of one release of zlib).

    Parameters
    ----------
    design : Design
    x, lengths : optional
        As of `Design.write`: sequences for the bench.

    Raises
    ------
    RnnhwError
        If the design does not fit its target, or no temporary folder can be written.
    """
    content = io.BytesIO()
    with tempfile.TemporaryDirectory() as place, ZipFile(content, "w", ZIP_DEFLATED) as made:
        folder = Path(place).resolve() / design.name
        design.write(folder, x, lengths)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = ZipInfo(path.relative_to(folder.parent).as_posix(), DATE)
                entry.external_attr, entry.compress_type = MODE << 16, ZIP_DEFLATED
                made.writestr(entry, path.read_bytes())
    return content.getvalue()
