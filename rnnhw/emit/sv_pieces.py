"""How a value is cut into the pieces that are printed: extensions and repetitions are recognised.

The printer and the count of uses share these functions, so that "used once" means "printed once".
"""

from collections.abc import Iterator

from rnnhw.emit.rtlil import Const, Sig, Slice, sig_width

__all__ = ["constant_bits", "extend", "groups", "high_bits", "joined", "low_bits", "split_extension", "used_slices"]


def constant_bits(sig: Sig) -> str | None:
    """The bits, most significant first, if the value is constant; else None."""
    if any(isinstance(chunk, Slice) for chunk in sig):
        return None
    return "".join(chunk.bits for chunk in reversed(sig))


def low_bits(sig: Sig, width: int) -> Sig:
    """The `width` least significant bits."""
    out: list[Slice | Const] = []
    for chunk in sig:
        take = min(chunk.width, width)
        if take == 0:
            break
        width -= take
        if isinstance(chunk, Const):
            out.append(Const(chunk.bits[chunk.width - take :]))
        else:
            out.append(Slice(chunk.wire, chunk.lo, take))
    return tuple(out)


def high_bits(sig: Sig, start: int) -> Sig:
    """The bits from `start` upwards."""
    out: list[Slice | Const] = []
    for chunk in sig:
        drop = min(chunk.width, start)
        start -= drop
        if drop == chunk.width:
            continue
        if isinstance(chunk, Const):
            out.append(Const(chunk.bits[: chunk.width - drop]))
        else:
            out.append(Slice(chunk.wire, chunk.lo + drop, chunk.width - drop))
    return tuple(out)


def _top_bit(sig: Sig) -> Slice | Const:
    top = sig[-1]
    if isinstance(top, Const):
        return Const(top.bits[0])
    return Slice(top.wire, top.lo + top.width - 1, 1)


def extend(sig: Sig, width: int, *, signed: bool) -> Sig:
    """The value cut or extended to `width` bits."""
    missing = width - sig_width(sig)
    if missing <= 0:
        return low_bits(sig, width)
    bit = _top_bit(sig) if signed and sig else Const("0")
    constant = constant_bits(sig)
    if constant is not None and isinstance(bit, Const):
        return (Const(bit.bits * missing + constant),)
    if isinstance(bit, Const):
        return (*sig, Const(bit.bits * missing))
    return sig + (bit,) * missing


def joined(sig: Sig) -> Sig:
    """The same value with neighbouring slices of a wire, and neighbouring constants, joined."""
    out: list[Slice | Const] = []
    for chunk in sig:
        last = out[-1] if out else None
        if isinstance(chunk, Const) and isinstance(last, Const):
            out[-1] = Const(chunk.bits + last.bits)
        elif (
            isinstance(chunk, Slice)
            and isinstance(last, Slice)
            and chunk.wire == last.wire
            and chunk.lo == last.lo + last.width
        ):
            out[-1] = Slice(last.wire, last.lo, last.width + chunk.width)
        else:
            out.append(chunk)
    return tuple(out)


def _is_zeros(chunk: Slice | Const) -> bool:
    return isinstance(chunk, Const) and "1" not in chunk.bits


def split_extension(sig: Sig) -> tuple[Sig, str]:
    """Take a value apart into its core and how it was extended: "zero", "sign" or "" for not at all."""
    if constant_bits(sig) is not None:
        return sig, ""
    if _is_zeros(sig[-1]):
        core = sig[:-1]
        while _is_zeros(core[-1]):
            core = core[:-1]
        return core, "zero"
    top = sig[-1]
    if isinstance(top, Slice) and top.width == 1:
        end = len(sig)
        while end > 0 and sig[end - 1] == top:
            end -= 1
        below = sig[end - 1] if end else None
        if isinstance(below, Slice) and below.wire == top.wire and below.lo + below.width - 1 == top.lo:
            return sig[:end], "sign"
    return sig, ""


def groups(sig: Sig) -> list[tuple[Slice | Const, int]]:
    """Chunks, least significant first, with how often each is repeated in a row."""
    out: list[tuple[Slice | Const, int]] = []
    for chunk in sig:
        if out and out[-1][0] == chunk and isinstance(chunk, Slice):
            out[-1] = (chunk, out[-1][1] + 1)
        else:
            out.append((chunk, 1))
    return out


def used_slices(sig: Sig) -> Iterator[Slice]:
    """The slices that are printed for a value, each as often as it is printed."""
    core, _ = split_extension(sig) if sig else (sig, "")
    for chunk, _count in groups(core):
        if isinstance(chunk, Slice):
            yield chunk
