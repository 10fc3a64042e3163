"""The chain of a core: which engine runs which layers, and where whole sequences are stored in between."""

from dataclasses import dataclass, replace
from itertools import pairwise

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.quantize import WHOLE

from .config import Hardware
from .memory_map import MemoryUse, buffer_memory_map


@dataclass(frozen=True)
class BufferPlan:
    """A sequence buffer.

    Parameters
    ----------
    name : str
    width : int
        Bits of an element.
    size : int
        Elements of a stored step.
    pieces : tuple of (int, int, bool)
        What is played for job t: first element, elements, and whether of step T-1-t instead of t.
    max_steps : int
    last_only : bool
        Whether only the last job is played.
    """

    name: str
    width: int
    size: int
    pieces: tuple[tuple[int, int, bool], ...]
    max_steps: int
    last_only: bool = False

    @property
    def played(self) -> int:
        """Elements of a job."""
        return sum(length for _, length, _ in self.pieces)

    @property
    def memories(self) -> dict[str, MemoryUse]:
        """The memory map."""
        return buffer_memory_map(self)


@dataclass(frozen=True)
class EngineLayers:
    """What an engine runs: consecutive layers, the parts of a job, whether each job answers, and what comes in."""

    layers: tuple
    parts: tuple[int, ...]
    every_step: bool
    takes: QFormat


def split_layers(network, hardware: Hardware) -> list[tuple]:
    """The layers of each engine.

    All layers of an engine have the same width of activations and of states, so that they share its table and its
    update; their weights may differ in width. A layer that goes backwards begins an engine, since it needs the whole
    sequence before its first step. It also ends one, except before dense layers that only see its final states, and a
    reversed one before another one.

    Raises
    ------
    RnnhwError
        If the wanted division is not possible.
    """
    layers = network.layers
    whole = [n for n in range(1, len(layers)) if _must_split(network, layers[n - 1], layers[n])]
    forced = sorted({*whole, *_other_widths(network, whole)})
    if hardware.engines == "per-layer":
        ends = list(range(1, len(layers)))
    elif isinstance(hardware.engines, tuple):
        ends = _given(network, whole, hardware.engines)
    else:
        ends = _fewest(layers, forced, hardware.engines)
    bounds = [0, *ends, len(layers)]
    return [layers[a:b] for a, b in pairwise(bounds)]


def _must_split(network, before, after) -> bool:
    if isinstance(after, WHOLE):
        return not (before.kind == after.kind == "reversed")
    return isinstance(before, WHOLE) and not (after.kind == "dense" and only_final(network))


def _other_widths(network, cuts) -> list[int]:
    """Where layers begin whose activations or states are of other widths than those before them since the last cut."""
    begins, wide = [], None  # wide: bits of c and p in the engine so far
    for number, layer in enumerate(network.layers):
        config = network.of(layer).config
        own = config.cell_bits if _has_wide_state(layer) else None
        wide = None if number in cuts else wide
        if number and (
            config.activation_bits != network.of(network.layers[number - 1]).config.activation_bits
            or (None not in (own, wide) and own != wide)
        ):
            begins.append(number)
            wide = None
        wide = wide if own is None else own
    return begins


def _has_wide_state(layer) -> bool:
    """Whether a layer has a c or a p."""
    return any(cell.kind == "lstm" or getattr(cell, "p", None) is not None for cell in layer.cells)


def engine_network(network, layers):
    """The network as the engine of some layers sees it: with their widths, of weights the widest.

    Parameters
    ----------
    network : QuantizedNetwork
    layers : tuple
        Consecutive layers of it, or their cells.
    """
    if not network.config.layers:
        return network
    configs = [network.of(layer).config for layer in layers]
    wide = [config.cell_bits for layer, config in zip(layers, configs, strict=True) if _has_wide_state(layer)]
    widths = {"weight_bits": max(config.weight_bits for config in configs), "state_bits": wide[0] if wide else None}
    return replace(network, config=configs[0].model_copy(update=widths))


def only_final(network) -> bool:
    """Whether nothing but the final states of the last recurrent layer is answered from."""
    last = network.recurrents[-1]
    return network.mode == "many-to-one" and (network.reading == "final" or not isinstance(last, WHOLE))


def _given(network, whole, wanted) -> list[int]:
    layers = network.layers
    if sum(wanted) != len(layers):
        raise RnnhwError(f"engines must divide the {len(layers)} layers, not {sum(wanted)}")
    ends = [sum(wanted[:n]) for n in range(1, len(wanted))]
    for end in sorted({*whole, *_other_widths(network, ends)}):
        if end not in ends:
            why = "its activation_bits or state_bits are not those of the layers before"
            if end in whole:
                why = "a layer that goes backwards, and what follows one, needs whole sequences"
            raise RnnhwError(f"engines must begin a new one with layer {layers[end].name!r}: {why}")
    return ends


def _fewest(layers, forced, wanted: int) -> list[int]:
    least, most = len(forced) + 1, len(layers)
    if wanted == 1 or wanted == least:
        return forced
    if not least <= wanted <= most:
        allowed = f"1 or in {least}..{most}" if most > max(least, 1) else " or ".join(map(str, sorted({1, most})))
        raise RnnhwError(f"engines must be {allowed} for this network, not {wanted}")
    ends = list(forced)
    work = [
        sum(cell.weight_ih_raw.size + cell.weight_hh_raw.size for cell in layer.cells)
        if layer.kind != "dense"
        else layer.weight_raw.size
        for layer in layers
    ]
    while len(ends) + 1 < wanted:  # cut the engine with the most work where its halves are most alike
        bounds = [0, *sorted(ends), len(layers)]
        spans = [(a, b) for a, b in pairwise(bounds) if b - a > 1]
        first, last = max(spans, key=lambda span: sum(work[span[0] : span[1]]))
        ends.append(min(range(first + 1, last), key=lambda at: max(sum(work[first:at]), sum(work[at:last]))))
    return sorted(ends)


def chain(network, hardware: Hardware) -> list:
    """The stages in order: `EngineLayers` and `BufferPlan`."""
    stages, before = [], None  # before: a layer that goes backwards, whose jobs come out of the engine before

    def store(pieces, size: int) -> None:
        last_only = before is network.recurrents[-1] and network.mode == "many-to-one"
        stages.append(BufferPlan(f"buffer{len(stages)}", given.width, size, pieces, hardware.max_steps, last_only))

    given = network.input  # format of what comes out of the stage before
    for layers in split_layers(network, hardware):
        first, last = layers[0], layers[-1]
        pieces = _between(before, first, network)
        if pieces is not None:
            store(pieces, first.input_size)
        parts = (first.input_size,) * (2 if first.kind == "bidirectional" else 1)
        every_step = network.recurrents[-1] not in layers or not only_final(network)
        stages.append(EngineLayers(tuple(walked(layer) for layer in layers), parts, every_step, given))
        given = last.output
        before = last if isinstance(last, WHOLE) else None
    if before is not None and not only_final(network):
        store(_in_order(before), before.output_size)
    return stages


def _in_order(layer) -> tuple:
    """Pieces that bring the jobs of a layer that goes backwards into the order of time."""
    sizes = [cell.hidden_size for cell in layer.cells]
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    return tuple(zip(starts, sizes, layer.backwards, strict=True))


def walked(layer):
    """What an engine runs of a layer: of one that only goes backwards the cell, since its jobs come in that order."""
    return layer.cell if layer.kind == "reversed" else layer


def _between(before, after, network):
    """Pieces of the buffer in front of a layer, None if there is none."""
    straight = _in_order(before) if before is not None else ((0, after.input_size, False),)
    turned = tuple((start, length, not mirrored) for start, length, mirrored in straight)
    if after.kind == "bidirectional":
        return (*straight, *turned)
    if after.kind == "reversed":
        return None if before is not None and before.kind == "reversed" else turned
    if before is None or (after.kind == "dense" and only_final(network)):
        return None
    return straight
