"""Shapes that several components share: the stream payloads and the tags that travel with the data."""

from amaranth import signed
from amaranth.lib import data

GATE_I, GATE_G, GATE_F, GATE_O = range(4)  # order of a unit's rows


def input_payload(width: int) -> data.StructLayout:
    """One input element: `first` on the first element of a sequence, `last` on its final element."""
    return data.StructLayout({"data": signed(width), "first": 1, "last": 1})


def output_payload(width: int) -> data.StructLayout:
    """One output element: `last` on the final element of the sequence's answer."""
    return data.StructLayout({"data": signed(width), "last": 1})


def column_tag(passes: int) -> data.StructLayout:
    """What a group's last column says of the group: its pass, whether it is the pass's last group, and
    whether the step is the first or the last of its sequence."""
    return data.StructLayout({"number": range(passes), "final": 1, "first": 1, "last": 1})


def row_tag(passes: int) -> data.StructLayout:
    """What a row carries down the back pipeline: its pass, its gate (LSTM) or that it is a dense row, the
    step's `first` and `last`, and whether it is its pass's last row."""
    return data.StructLayout({"number": range(passes), "gate": 2, "dense": 1, "first": 1, "last": 1, "end": 1})
