"""Formulae that stand beside figures: worked out, they give these figures."""

import re

import numpy as np
import pytest

from rnnhw.analysis import Architecture, Processor, Workload, activation_elements, calculate, pruned, savings
from rnnhw.analysis.memory import kept_elements
from rnnhw.analysis.operations import dense_macs, forward_elementwise, step_elementwise
from rnnhw.analysis.pruning import FORMULAE
from rnnhw.analysis.roofline import FORWARD, TRAINING

FUNCTIONS = {"sum": sum, "max": max}


def work_out(formula: str, **letters):
    """What a formula gives: what stands side by side is multiplied."""
    tokens = re.findall(r"[A-Za-z_]+|\d+|[()+/]", formula.replace(" x ", " "))
    text = ""
    for before, token in zip(["+", *tokens], tokens, strict=False):
        side_by_side = before not in "(+/" and token not in ")+/" and before not in FUNCTIONS
        text += ("*" if side_by_side else "") + token
    return eval(text, {"__builtins__": {}}, FUNCTIONS | letters)


def drawn(seed: int) -> Architecture:
    """Any architecture."""
    rng = np.random.default_rng(seed)
    cell = ("lstm", "gru", "rnn")[seed % 3]
    options = {"projection": int(rng.integers(0, 5))} if cell == "lstm" else {}
    options |= {"reset_after": bool(rng.integers(2))} if cell == "gru" else {}
    return Architecture(
        cell=cell,
        inputs=int(rng.integers(1, 9)),
        hidden=int(rng.integers(5, 20)),
        layers=int(rng.integers(1, 4)),
        bidirectional=bool(rng.integers(2)),
        outputs=int(rng.integers(0, 5)),
        mode=("many-to-one", "many-to-many")[rng.integers(2)],
        biases=int(rng.integers(3)),
        **options,
    )


NETS = [drawn(seed) for seed in range(30)]
WORK = Workload(steps=7, batch=6, samples=100, epochs=2)
PROCESSOR = Processor(peak_gflops=3.0, bandwidth_gbs=2.0)


@pytest.mark.parametrize("net", NETS, ids=str)
def test_parameters_of_layers(net):
    for cell in net.shape.cells:
        assert work_out(cell.formula, H=cell.hidden, I=cell.inputs, P=cell.projection) == cell.parameters
    for dense in net.shape.denses:
        assert work_out(dense.formula, O=dense.outputs, I=dense.inputs) == dense.parameters


@pytest.mark.parametrize("net", NETS, ids=str)
def test_memory_and_work(net):
    shape, found = net.shape, calculate(net, WORK)
    cells = sum(cell.macs for cell in shape.cells)
    runs = 1 if net.mode == "many-to-one" else 7
    element = sum(step_elementwise(cell).total for cell in shape.cells)
    dense = sum(dense.outputs * dense.bias for dense in shape.denses)
    letters = {"p": shape.parameters, "w": 4, "S": shape.state, "B": 6, "A": activation_elements(shape, 7), "T": 7}
    letters |= {"M": cells, "R": runs, "D": dense_macs(shape), "m": element, "d": dense, "N": 100}
    figures = (*found.memory, found.work.forward_macs, found.work.forward_flops, found.work.forward_elementwise)
    in_letters = [figure for figure in figures if not re.search("[a-z]{2}", figure.formula)]
    assert len(in_letters) == 8
    for figure in in_letters:
        assert work_out(figure.formula, **letters) == figure.value, figure.name
        assert work_out(figure.formula, **letters | {"w": 3, "B": 5}) != figure.value, "a control"
    assert forward_elementwise(shape, 7).total == work_out("T m + R d", **letters)
    letters |= {"forward": found.work.forward_flops.value, "backward": found.work.backward_flops.value}
    for figure in (found.work.training_flops, found.work.epoch_flops):
        assert work_out(figure.formula, **letters) == figure.value


@pytest.mark.parametrize("net", NETS, ids=str)
def test_bytes_moved(net):
    """Sums over cells and dense layers have arrays for letters."""
    shape = net.shape
    letters = {
        "w": 4,
        "T": 7,
        "B": 6,
        "R": 1 if net.mode == "many-to-one" else 7,
        "p": shape.parameters,
        "p_cells": sum(cell.parameters for cell in shape.cells),
        "p_dense": sum(dense.parameters for dense in shape.denses),
        "I": np.array([cell.inputs for cell in shape.cells]),
        "S": np.array([cell.state for cell in shape.cells]),
        "K": np.array([kept_elements(cell) for cell in shape.cells]),
        "inputs": np.array([dense.inputs for dense in shape.denses]),
        "out": np.array([dense.outputs for dense in shape.denses]),
        "s": 2,
    }
    _, forward, training = calculate(net, WORK, PROCESSOR).phases
    for phase, formula in ((forward, FORWARD), (training, TRAINING)):
        assert phase.moved == formula
        assert work_out(formula.replace("in +", "inputs +"), **letters) == phase.bytes


def test_pruned():
    net = Architecture(cell="rnn", inputs=4, hidden=8, biases=1)  # two matrices, of 32 and 64 places: all divide by 8
    found = pruned(net.shape, 0.75, 4)
    letters = {"w": 4, "kept": np.array([8, 16]), "rows": np.array([8, 8]), "columns": np.array([4, 8]), "biases": 8}
    assert work_out(FORMULAE["bitmap"], **letters) == found.bitmap_bytes
    assert work_out(FORMULAE["sparse rows"].replace("2 or 4", "2"), **letters) == found.rows_bytes
    for row in savings(net, WORK):
        if row.group in ("as it is", "bit-width"):
            assert work_out(row.formula, p=net.shape.parameters, w=4) == row.stored_bytes
