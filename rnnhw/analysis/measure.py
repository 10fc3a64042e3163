"""This machine as a processor: timed, by numpy, in about three seconds."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from rnnhw.analysis.processor import Processor
from rnnhw.analysis.roofline import Phase, forward_phase, training_phase
from rnnhw.analysis.shapes import Shape
from rnnhw.analysis.workload import Workload
from rnnhw.errors import RnnhwError

#: Kinds of numbers that numpy multiplies as fast as the machine does.
MEASURED = ("float32", "float64")
#: Bytes that the products of a network may take while they are timed.
MOST_BYTES = 1 << 30
MATRIX = 1024
COPIED_BYTES = 128 << 20
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
SECONDS = 0.5  # for each of the four measurements


def measure_processor(shape: Shape, workload: Workload) -> Processor:
    """Time this machine: a large product, a copy in memory, and the products of this network's own steps.

    The peak is the best rate that any product reaches here, those of two 1024 x 1024 matrices first of all; the
    bandwidth is that of a copy of 128 MB, each byte of which is read and written; all by numpy with as many threads
    as it uses. The efficiency is the rate of the products of one step of training (forward, and for the gradients)
    at the workload's batch, as a share of the roofline's bound, `efficiency_alone` that of the forward products of
    one sequence. Sigmoids and all else that is done element by element are not timed.

    Parameters
    ----------
    shape : Shape
    workload : Workload
        In float32 or float64.

    Returns
    -------
    Processor
        Called "this machine"; its cache is the last level that the operating system tells of, 0 if it does not.

    Raises
    ------
    RnnhwError
        Another precision, or a network that takes more than 1 GiB here.
    """
    if workload.precision not in MEASURED:
        raise RnnhwError(f"precision must be {' or '.join(MEASURED)} to be measured, not {workload.precision}")
    _check_size(shape, workload)
    dtype = np.dtype(workload.precision)
    a = np.random.default_rng(0).random((MATRIX, MATRIX), dtype=dtype)
    large = _rate(*_timed([(a, a)]))
    source, target = np.ones(COPIED_BYTES, np.uint8), np.empty(COPIED_BYTES, np.uint8)
    bandwidth = 2 * COPIED_BYTES / _least(lambda: np.copyto(target, source))
    alone, batch = _rate(*_forward(shape, 1, dtype)), _rate(*_training(shape, workload.batch, dtype))
    options = {
        "name": "this machine",
        "peak_gflops": max(large, alone, batch) / 1e9,
        "bandwidth_gbs": bandwidth / 1e9,
        "cache_mb": _cache_bytes() / 1e6,
        "source": f"measured: {MATRIX} x {MATRIX} product, copy of 128 MB, this network's products at this batch",
    }
    ideal = Processor(**options, efficiency=1.0)
    return Processor(
        **options,
        efficiency=_share(batch, training_phase(shape, workload, workload.batch, ideal)),
        efficiency_alone=_share(alone, forward_phase("", shape, workload, 1, ideal)),
    )


def _check_size(shape: Shape, workload: Workload) -> None:
    vectors = sum(cell.inputs + (1 + cell.gates) * cell.hidden for cell in shape.cells)
    count = workload.bytes * (2 * shape.parameters + workload.batch * vectors)
    if count > MOST_BYTES:
        raise RnnhwError(f"a network to be measured must take at most {MOST_BYTES:,} bytes, not {count:,}")


def _least(work: Callable, seconds: float = SECONDS) -> float:
    """Seconds of the fastest run: the others were disturbed."""
    work()
    best, end = float("inf"), perf_counter() + seconds
    while True:
        begin = perf_counter()
        work()
        best = min(best, perf_counter() - begin)
        if perf_counter() > end:
            return best


def _rate(flops: int, work: Callable) -> float:
    """FLOP/s of some work."""
    return flops / _least(work)


def _share(rate: float, phase: Phase) -> float:
    """A rate as a share of what a phase may reach; products that are kept in caches may pass it."""
    return min(1.0, rate / 1e9 / phase.attainable_gflops)


def _products(shape: Shape, batch: int, dtype: np.dtype):
    """Of each cell its layer, and x, h, the gradient of its sums, W and U, drawn with a seed."""
    rng = np.random.default_rng(0)
    for cell in shape.cells:
        rows, outputs = cell.gates * cell.hidden, cell.outputs
        sizes = ((batch, cell.inputs), (batch, outputs), (batch, rows), (rows, cell.inputs), (rows, outputs))
        yield cell.layer, *(rng.random(size, dtype=dtype) for size in sizes)


def _forward(shape: Shape, batch: int, dtype: np.dtype):
    """FLOPs of W x and U h of all cells, and what computes them."""
    pairs = [pair for _, x, h, _, w, u in _products(shape, batch, dtype) for pair in ((x, w.T), (h, u.T))]
    return _timed(pairs)


def _training(shape: Shape, batch: int, dtype: np.dtype):
    """FLOPs of the products of one step of training of all cells, and what computes them."""
    pairs = []
    for layer, x, h, a, w, u in _products(shape, batch, dtype):
        pairs += [(x, w.T), (h, u.T), (a.T, x), (a.T, h), (a, u)]
        pairs += [(a, w)] if layer else []
    return _timed(pairs)


def _timed(pairs: list[tuple[np.ndarray, np.ndarray]]):
    jobs = [(left, right, np.empty((len(left), right.shape[1]), left.dtype)) for left, right in pairs]

    def work():
        for left, right, out in jobs:
            np.matmul(left, right, out=out)

    return sum(2 * left.shape[0] * left.shape[1] * right.shape[1] for left, right in pairs), work


def _cache_bytes() -> int:
    """Of the last level of cache, as Linux says; 0 elsewhere."""
    sizes = [path.read_text().strip() for path in CACHES.glob("index*/size")]
    return max((int(size[:-1]) << 10 for size in sizes if size[:-1].isdecimal() and size.endswith("K")), default=0)
