"""What the host knows of the design that a board should run."""

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


def _of_folder(folder: Path) -> Reference:
    """The reference of a folder, whose files are held against what it says of them."""
    from rnnhw.board_file import design_identity, read_board_file
    from rnnhw.plan import make_plan
    from rnnhw.quantize import load_quantized

    content = read_board_file(folder)
    network = load_quantized(folder / content.network)
    identity = design_identity(network, content.hardware)
    if identity.hex() != content.identity:
        raise RnnhwError(f"{folder}: its network and options make design {identity.hex()}, not {content.identity}")
    return Reference(identity, network, make_plan(network, content.hardware))
