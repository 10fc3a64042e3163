"""What the user chooses about the hardware."""

from typing import Annotated, Literal

from pydantic import Field

from rnnhw.validation import Options

Count = Annotated[int, Field(ge=1)]


class Hardware(Options):
    """Options of the generated core. None of them changes a result.

    Parameters
    ----------
    lanes : int or tuple of int
        Multiply-accumulators side by side, 1 .. rows of the largest layer; one number for each engine, or one
        for all. It is the most that may be used: where fewer take no more cycles, fewer are built.
    columns_per_cycle : int or tuple of int
        Columns that each lane takes in a cycle, through an adder tree: 1 .. elements of the longest vector.
    pipelines : "auto" or int
        Drain, activation and update pipelines behind the lanes of an engine; "auto" takes the fewest that give the
        fewest cycles.
    engines : int, "per-layer" or tuple of int
        1: as few engines as possible; "per-layer": one for each layer; a tuple: layers of each engine, in order.
        They work on different steps at a time, which one-to-many networks do not let them: more take longer there.
    streams : int
        Independent sequences that the core works on in turn, a step each.
    weights : str
        "rom": fixed contents; "loadable": written over the stream `load` after reset.
    state_memory : str
        What h and c are kept in: "block", "lut", "registers", or "auto", by size.
    multiplier, update_multiplier : str
        Multipliers of the lanes and of the cell update: "dsp" lets synthesis take DSP blocks, "lut" builds them of
        adders. "auto" (lanes): adders for weights of at most 4 bits.
    max_steps : int
        Longest sequence, where whole sequences are stored (bidirectional layers).
    load_state, read_state : bool
        Whether each sequence takes its initial state from the stream `state`, and gives its final one on `final`.
    """

    lanes: Count | tuple[Count, ...] = 4
    columns_per_cycle: Count | tuple[Count, ...] = 1
    pipelines: Literal["auto"] | Count | tuple[Count, ...] = "auto"
    engines: Literal["per-layer"] | Count | tuple[Count, ...] = 1
    streams: Annotated[int, Field(ge=1, le=64)] = 1
    weights: Literal["rom", "loadable"] = "rom"
    state_memory: Literal["auto", "block", "lut", "registers"] = "auto"
    multiplier: Literal["auto", "dsp", "lut"] = "auto"
    update_multiplier: Literal["dsp", "lut"] = "dsp"
    max_steps: Annotated[int, Field(ge=1, le=65536)] = 64
    load_state: bool = False
    read_state: bool = False
