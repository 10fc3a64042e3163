"""Networks and sequences at the edge: nothing but zeros, one step, one sequence."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.analysis import Architecture, Workload, initial_network
from rnnhw.analysis.bptt import analyse
from rnnhw.errors import RnnhwError
from rnnhw.estimate.report_table import as_text
from rnnhw.network import LSTM, RNN, Network
from rnnhw.report.analysis import bptt_tables


def test_weights_that_are_all_zero_are_refused():
    cell = LSTM(np.zeros((8, 3)), np.zeros((8, 2)), np.zeros(8), name="zeros")
    with pytest.raises(RnnhwError, match=r"^weights must not all be zero: nothing is learned from there$"):
        analyse(Network([cell], "many-to-one"))


def test_where_no_gradient_arrives_nothing_is_clipped():
    cell = RNN(np.ones((2, 1)), np.ones((2, 2)), np.full(2, -1e6), "relu", "dead")
    found = analyse(Network([cell], "many-to-one"), workload=Workload(steps=4, batch=2))
    assert found.clipping.recommended == 0
    assert "No gradient arrives: there is nothing to clip." in found.advice


def test_one_sequence_of_one_step():
    net = initial_network(Architecture(hidden=1, outputs=1))
    found = analyse(net, np.ones((1, 1, 1)), y=np.ones((1, 1)))
    assert "Nothing is truncated of sequences of one step." in found.advice
    text = " ".join("".join(map(as_text, bptt_tables(found))).split()) + " ".join(found.advice)
    for words in ("1 sequence,", "at 1 step spread", "ds_t/ds_t-k, 1 sequence ", "1 batch of 1", "within 1 step."):
        assert words in text
    assert not any(f" 1 {name}" in text for name in ("sequences", "steps", "batches"))


def test_truncated_at_one_step():
    found = analyse(initial_network(Architecture(hidden=4, outputs=1)), np.ones((4, 5, 1)), truncation=1)
    cut = replace(found.truncation.given, error=0.5)
    found = replace(found, truncation=replace(found.truncation, given=cut))
    assert any(line.startswith("Truncated at 1 step the gradient is off by 50 %") for line in found.advice)
