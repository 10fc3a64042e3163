"""What the user chooses about the hardware."""

from numbers import Integral
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, model_validator

from rnnhw.errors import RnnhwError
from rnnhw.validation import Options


def _counts(meaning: str, word: str | None = None) -> PlainValidator:
    """Takes a number of at least 1, several of them (as a tuple or a list), or a word."""

    def check(value, info):
        if word is not None and value == word:
            return value
        several = isinstance(value, tuple | list) and len(value) > 0
        numbers = tuple(value) if several else (value,)
        if not all(isinstance(number, Integral) and not isinstance(number, bool) and number >= 1 for number in numbers):
            or_word = "" if word is None else f"{word!r}, "
            raise RnnhwError(f"{info.field_name} must be {or_word}an integer of at least 1 or {meaning}, not {value!r}")
        return tuple(map(int, numbers)) if several else int(value)

    return PlainValidator(check)


EACH = "one for each engine (such as 8,4)"
WEIGHT_MEMORIES = ("auto", "block", "spram")


def _memories(value):
    """Takes what a memory may be made of, or several of them (as a tuple or a list)."""
    several = isinstance(value, tuple | list) and len(value) > 0
    if not all(name in WEIGHT_MEMORIES for name in (value if several else (value,))):
        allowed = ", ".join(WEIGHT_MEMORIES)
        raise RnnhwError(f"weight_memory must be {allowed} or one for each engine (spram,block), not {value!r}")
    return tuple(value) if several else value


class Hardware(Options):
    """Options of the generated core. None of them changes a result.

    Parameters
    ----------
    lanes : int or tuple of int
        Multiply-accumulators side by side, 1 .. rows of the largest layer; one number for each engine, or one
        for all. It is the most that may be used: where fewer take no more cycles, fewer are built.
    columns_per_cycle : int or tuple of int
        Columns that each lane takes in a cycle, through an adder tree: 1 .. elements of the longest vector.
    pipelines : "auto", int or tuple of int
        Drain, activation and update pipelines behind the lanes of an engine; "auto" takes the fewest that give the
        fewest cycles.
    engines : int, "per-layer" or tuple of int
        1: as few engines as possible; "per-layer": one for each layer; a tuple: layers of each engine, in order.
        They work on different steps at a time, which one-to-many networks do not let them: more take longer there.
    streams : int
        Independent sequences that the core works on in turn, a step each.
    weights : str
        "rom": fixed contents; "loadable": written over the stream `load` after reset.
    weight_memory : str or tuple of str
        What loadable weights are kept in: "block", "spram" (single-port RAM without initial contents, which not every
        device has), or "auto": on a device with SPRAM that where it saves block RAM, else as any other memory. One for
        all engines, or one for each.
    state_memory : str
        What h and c are kept in: "block", "lut", "registers", or "auto", by size.
    multiplier, update_multiplier : str
        Multipliers of the lanes and of the cell update: "dsp" lets synthesis take DSP blocks, "lut" builds them of
        adders. "auto" (lanes): adders for weights of at most 4 bits.
    registers : str
        "many" puts more registers behind memories, into multipliers and into the way of the sums and states: a higher
        clock, and a few cycles more from a step's last column to its results. "few" is for few cycles.
    max_steps : int
        Longest sequence, where whole sequences are stored (bidirectional layers).
    count_saturations : bool
        Whether the core has an output `saturated`, the number of values that were clipped.
    load_state, read_state : bool
        Whether each sequence takes its initial state from the stream `state`, and gives its final one on `final`.
    """

    lanes: Annotated[int | tuple[int, ...], _counts(EACH)] = 4
    columns_per_cycle: Annotated[int | tuple[int, ...], _counts(EACH)] = 1
    pipelines: Annotated[str | int | tuple[int, ...], _counts(EACH, "auto")] = "auto"
    engines: Annotated[str | int | tuple[int, ...], _counts("the layers of each (such as 2,1)", "per-layer")] = 1
    streams: Annotated[int, Field(ge=1, le=64)] = 1
    weights: Literal["rom", "loadable"] = "rom"
    weight_memory: Annotated[str | tuple[str, ...], PlainValidator(_memories)] = "auto"
    state_memory: Literal["auto", "block", "lut", "registers"] = "auto"
    multiplier: Literal["auto", "dsp", "lut"] = "auto"
    update_multiplier: Literal["dsp", "lut"] = "dsp"
    registers: Literal["few", "many"] = "few"
    max_steps: Annotated[int, Field(ge=1, le=65536)] = 64
    count_saturations: bool = False
    load_state: bool = False
    read_state: bool = False

    @model_validator(mode="after")
    def _contents(self):
        if self.weights == "rom" and "spram" in (self.weight_memory, *self.weight_memory):
            raise RnnhwError("weight_memory must be auto or block with fixed weights, not 'spram': it has no contents")
        return self
