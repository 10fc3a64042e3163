"""The passes of an engine: its turns, with the values of its layers."""

from dataclasses import dataclass

from .layout import Layout
from .pass_values import cell_values, dense_values
from .passes import Pass


@dataclass(frozen=True)
class EnginePasses:
    """Passes and state memory of an engine.

    Parameters
    ----------
    passes : tuple of Pass
        In the order of a step.
    outputs : tuple of (int, int)
        For each pass: word address of its results in bank 0 and bank 1 (inner dense outputs and s: the same twice).
    bank_words : int
        Words of one bank of all hidden states.
    words : int
        Words of the state memory, of each stream.
    every_step : bool
        Whether dense passes run in every step, or only in a sequence's last one.
    """

    passes: tuple[Pass, ...]
    outputs: tuple[tuple[int, int], ...]
    bank_words: int
    words: int
    every_step: bool


def make_passes(network, layers, layout: Layout) -> EnginePasses:
    """The passes of an engine that runs consecutive layers of a network.

    Parameters
    ----------
    network : QuantizedNetwork
        Whose formats and rounding are used.
    layers : tuple
    layout : Layout
        Of these layers.
    """
    members = [member for layer in layers for member in (layer.cells or (layer,))]
    passes, turns = [], iter(layout.turns)
    for member in members:
        if member.kind == "dense":
            turn = next(turns)
            passes.append(_pass(turn, member, turn.segments, dense_values(network, member)))
            continue
        shifts = member.shifts
        for turn in (next(turns), next(turns)) if member.kind == "gru" and not member.reset_after else (next(turns),):
            parts = (1, 0) if turn.segments[0].old else (0, 1)
            segments = tuple(
                segment._replace(shift=shifts[part]) if shifts[part] else segment
                for segment, part in zip(turn.segments, parts, strict=True)
            )
            passes.append(_pass(turn, member, segments, cell_values(network, member, turn.kind, parts)))
    return EnginePasses(tuple(passes), layout.outputs, layout.bank_words, layout.words, layout.every_step)


def _pass(turn, layer, segments, values) -> Pass:
    return Pass(turn.kind, turn.units, segments, turn.geometry, turn.final, name=layer.name, layer=layer, values=values)
