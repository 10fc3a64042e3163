"""Packed sequences of ids: PyTorch's own functions, executed on ids."""

import torch

from rnnhw.importers.provenance import Provenance
from rnnhw.importers.pytorch.tracing import Traced, plain, traced


def _pack_padded_sequence(trace, input, lengths, batch_first):
    """Ids of the steps that count, step by step, and how many sequences have each step."""
    if not isinstance(input, Traced) or isinstance(lengths, Traced):
        raise trace.refusal("using values as lengths")
    data, batch_sizes = torch._VF._pack_padded_sequence(plain(input), lengths, batch_first)
    return traced(data), batch_sizes


def _pad_packed_sequence(trace, data, batch_sizes, batch_first, padding_value, total_length):
    """Ids of padded sequences, zeros past their lengths."""
    if padding_value != 0:
        raise trace.refusal(f"padding with {padding_value:g} (only zero is)")
    padded, lengths = unpacked(plain(data), batch_sizes, batch_first, total_length)
    return traced(padded), lengths


def unpacked(data, batch_sizes, batch_first=True, total_length=-1):
    """Padded ids and lengths."""
    total_length = -1 if total_length is None else total_length
    return torch._VF._pad_packed_sequence(data, batch_sizes, batch_first, Provenance.ZERO, total_length)
