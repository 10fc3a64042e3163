"""What the host knows of the design that a board should run."""

import json
from dataclasses import dataclass
from pathlib import Path

from rnnhw.errors import RnnhwError

IDENTITY_BYTES = 8


@dataclass(frozen=True, eq=False)
class Reference:
    """The design that a board should run.

    Parameters
    ----------
    identity : bytes
    network : QuantizedNetwork or None
        Knows the formats of the states and the initial ones.
    plan : Plan or None
        Makes images of weights.
    """

    identity: bytes
    network: object = None
    plan: object = None


def find_reference(design) -> Reference | None:
    """What is known of a design.

    Parameters
    ----------
    design : None, bytes, path or Design
        8 bytes of identity, the folder that `rnnhw build` wrote, or an `rnnhw.Design`.

    Raises
    ------
    RnnhwError, TypeError
        If it is none of these.
    """
    if design is None:
        return None
    if isinstance(design, bytes | bytearray):
        if len(design) != IDENTITY_BYTES:
            raise RnnhwError(f"a design's identity must have {IDENTITY_BYTES} bytes, not {len(design)}")
        return Reference(bytes(design))
    if isinstance(design, str | Path):
        return _of_folder(Path(design))
    if not all(hasattr(design, name) for name in ("identity", "qnet", "plan")):
        raise TypeError(f"design must be a Design, a folder or 8 bytes, not {type(design).__name__}")
    return Reference(bytes(design.identity), design.qnet, design.plan)


def read_board_file(folder: Path) -> dict:
    """The content of a build folder's board.json.

    Raises
    ------
    RnnhwError
        If there is none, or it is of another kind.
    """
    path = Path(folder) / "board.json"
    try:
        content = json.loads(path.read_text())
        if content["format"] != 1:
            raise RnnhwError(f"{path}: format must be 1, not {content['format']!r}")
        if len(bytes.fromhex(content["identity"])) != IDENTITY_BYTES:
            raise ValueError
    except OSError:
        raise RnnhwError(f"{folder}: not a folder that rnnhw build wrote (no board.json)") from None
    except RnnhwError:
        raise
    except (ValueError, TypeError, KeyError):
        raise RnnhwError(f"{path}: not what rnnhw build wrote") from None
    return content


def _of_folder(folder: Path) -> Reference:
    from rnnhw.plan import Hardware, make_plan
    from rnnhw.quantize import load_quantized

    content = read_board_file(folder)
    network = load_quantized(folder / content["network"])
    return Reference(bytes.fromhex(content["identity"]), network, make_plan(network, Hardware(**content["hardware"])))
