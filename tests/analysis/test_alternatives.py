"""Other cells, shorter sequences, fewer layers, fewer bits, pruned weights: against networks that are really so."""

import numpy as np
import pytest

from rnnhw.analysis import Architecture, Workload, calculate, pruned, savings, side_by_side
from rnnhw.analysis.pruning import matrices

WORK = Workload(steps=24, batch=4)
NETS = (
    Architecture(cell="lstm", inputs=5, hidden=12, layers=3, bidirectional=True, outputs=3),
    Architecture(cell="lstm", inputs=5, hidden=12, layers=2, projection=4, outputs=3),
    Architecture(cell="gru", inputs=1, hidden=9, reset_after=False, biases=1),
    Architecture(cell="rnn", inputs=2, hidden=6, activation="relu", biases=0, outputs=2, mode="many-to-many"),
)


@pytest.mark.parametrize("net", NETS, ids=str)
def test_side_by_side_is_three_architectures(net):
    found = side_by_side(net, WORK)
    for kind, other in found.items():
        same = net.model_dump() | {"cell": kind}
        if kind != net.cell:
            same |= {"activation": "tanh", "reset_after": True, "projection": 0}
        assert other.data() == calculate(Architecture(**same), WORK).data()
    assert list(found) == ["rnn", "lstm", "gru"]


@pytest.mark.parametrize("net", NETS, ids=str)
def test_savings_are_those_of_other_networks(net):
    rows = savings(net, WORK)
    base = calculate(net, WORK)
    assert (rows[0].group, rows[0].training_flops) == ("as it is", base.work.training_flops.value)
    shorter = {row.name: row for row in rows if row.group == "sequence length"}
    assert list(shorter) == ["12 steps", "6 steps"]
    half = calculate(net, Workload(steps=12, batch=4))
    assert shorter["12 steps"].training_bytes == half.memory.training.value
    assert shorter["12 steps"].forward_flops == half.work.forward_flops.value
    fewer = {row.name: row for row in rows if row.group == "layers"}
    assert len(fewer) == net.layers - 1
    for layers, row in zip(range(net.layers - 1, 0, -1), fewer.values(), strict=True):
        other = calculate(Architecture(**net.model_dump() | {"layers": layers}), WORK)
        assert row.stored_bytes == other.memory.parameters.value
        assert row.training_flops == other.work.training_flops.value
    widths = [row.stored_bytes for row in rows if row.group == "bit-width"]
    parameters = net.shape.parameters
    assert widths == [2 * parameters, parameters, -(-parameters // 2)]
    assert all(row.training_flops is None for row in rows if row.group in ("bit-width", "pruning"))


def drawn_and_pruned(net, share, seed=0):
    """Matrices of which the smallest are really cut."""
    rng = np.random.default_rng(seed)
    for rows, columns in matrices(net.shape):
        matrix = rng.normal(size=(rows, columns)).astype(np.float32)
        cut = int(share * matrix.size)
        matrix.reshape(-1)[np.argsort(np.abs(matrix), axis=None)[:cut]] = 0
        yield matrix


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("net", NETS, ids=str)
def test_what_pruned_weights_take(net, share):
    """Arrays of scipy's compressed rows, and packed bits: with all their indices."""
    sparse = pytest.importorskip("scipy.sparse")
    rows = bits = weights = kept = 0
    for matrix in drawn_and_pruned(net, share):
        stored = sparse.csr_matrix(matrix)
        rows += stored.data.nbytes + stored.indices.astype(np.uint16).nbytes + stored.indptr.astype(np.uint32).nbytes
        bits += stored.data.nbytes + np.packbits(matrix != 0).nbytes
        weights, kept = weights + matrix.size, kept + stored.nnz
    biases = 4 * (net.shape.parameters - weights)
    found = pruned(net.shape, share, 4)
    assert (found.rows_bytes, found.bitmap_bytes) == (rows + biases, bits + biases)
    assert (found.weights, found.kept) == (weights, kept)
    assert found.dense_bytes == 4 * net.shape.parameters
    assert found.stored == min(found.rows_bytes, found.bitmap_bytes, found.dense_bytes)


def test_half_of_the_weights_is_not_half_of_the_memory():
    """Indices take what was saved: sparse rows of 16-bit weights at one half take more than the whole matrix."""
    found = pruned(NETS[0].shape, 0.5, 2)
    assert found.rows_bytes > found.dense_bytes
    assert found.dense_bytes / 2 < found.stored < found.dense_bytes
    assert (found.form, pruned(NETS[0].shape, 0.0, 2).form) == ("bitmap", "dense")
