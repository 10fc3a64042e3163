"""Shapes that several components share: the stream payloads and the tags that travel with the data."""

from amaranth import signed
from amaranth.lib import data


def stage_payload(width: int, streams: int = 1) -> data.StructLayout:
    """One element between two stages: `first` on the first element of a sequence's first step, `last` on the final
    element of its last step, `stream` (which of the interleaved sequences) where there are several."""
    fields = {"data": signed(width), "first": 1, "last": 1}
    return data.StructLayout(fields | ({"stream": range(streams)} if streams > 1 else {}))


def answer_payload(width: int, streams: int = 1) -> data.StructLayout:
    """One element of what leaves the core: `last` on the final element of a sequence's answer."""
    fields = {"data": signed(width), "last": 1}
    return data.StructLayout(fields | ({"stream": range(streams)} if streams > 1 else {}))


def column_tag(passes: int, streams: int) -> data.StructLayout:
    """What a group's last column word says of the group: its pass, whether it is the pass's last group, the bank
    that the step writes, its stream, whether the step is its sequence's first or last, and whether the cells'
    old states count as zero."""
    fields = {"number": range(passes), "final": 1, "bank": 1, "stream": range(streams), "first": 1, "last": 1}
    return data.StructLayout(fields | {"zero": 1})


def row_tag(passes: int, streams: int) -> data.StructLayout:
    """What a row carries down the pipelines: the same of its step, its place among the rows of its unit, and
    whether it is its pass's last row."""
    fields = {"number": range(passes), "gate": 2, "bank": 1, "stream": range(streams), "first": 1, "last": 1}
    return data.StructLayout(fields | {"zero": 1, "end": 1})
