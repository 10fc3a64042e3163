# amaranth: UnusedElaboratable=no
"""The carry memory against a dictionary: each unit of each stream finds what it kept."""

import numpy as np
import pytest

from rnnhw.gateware.carry_memory import CarryMemory

from .plans import small_engine
from .stepper import replay

KINDS = {"lstm": "lstm", "gru": "gru", "reset": "gru-before"}


def make(kind: str, hidden, lanes: int, pipelines: int, streams: int):
    sizes = {"inputs": 2, "hidden": list(hidden), "outputs": [], "kinds": [KINDS[kind]]}
    return small_engine(len(hidden), sizes, {"lanes": lanes, "pipelines": pipelines, "streams": streams})


def walk(rng, plan, kind: str, steps: int, streams: int):
    """(pass, stream, round) in the order of a number of steps of random streams."""
    for _ in range(steps):
        stream = int(rng.integers(streams))
        for number, item in enumerate(plan.passes):
            if item.kind == kind or (kind == "reset" and item.kind == "candidate"):
                yield from ((number, stream, at) for at in range(item.rounds))


def check(plan, kind: str, *, forget_streams: bool = False) -> int:
    rng, dut, streams = np.random.default_rng(1), CarryMemory(plan, kind), plan.hardware.streams
    pipelines, width = plan.geometry.pipelines, dut.use.width // plan.geometry.pipelines
    order = list(walk(rng, plan, kind, 14, streams))
    names = {n: item.name for n, item in enumerate(plan.passes)}
    store, rows, expected, reading, writing, standing = {}, [], [], 0, 0, None
    while writing < len(order):
        read = int(reading < len(order) and reading - writing < 3 and rng.random() < 0.5)
        write = int(writing < reading and rng.random() < 0.5)
        at_read, at_write = order[min(reading, len(order) - 1)], order[writing]
        values = rng.integers(1 << width, size=pipelines).tolist()
        rows.append((read, *at_read[:2], write, *at_write[:2], *values))
        expected.append(standing)
        standing = None
        if read:
            number, stream, place = at_read
            standing = store.get((names[number], 0 if forget_streams else stream, place))
        if write:
            number, stream, place = at_write
            store[names[number], 0 if forget_streams else stream, place] = values
        reading, writing = reading + read, writing + write
    ports = [dut.read, dut.read_pass, dut.read_stream, dut.write, dut.write_pass, dut.write_stream]
    ports += [dut.values[n] for n in range(pipelines)]
    compared = 0
    for seen, wanted in zip(replay(dut, ports, [dut.data[n] for n in range(pipelines)], rows), expected, strict=True):
        assert wanted is None or list(seen) == wanted
        compared += wanted is not None
    return compared


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("streams", [1, 2, 3])
@pytest.mark.parametrize(
    ("hidden", "lanes", "pipelines"), [((1,), 1, 1), ((5, 3), 2, 1), ((4, 1, 6), 6, 2), ((7,), 6, 3)]
)
def test_units(kind, streams, hidden, lanes, pipelines):
    lanes = min(lanes, 2 * max(hidden))
    if pipelines > min(lanes, max(hidden)):
        pipelines = 1
    assert check(make(kind, hidden, lanes, pipelines, streams), kind) > 5


def test_streams_are_kept_apart():
    """Control: a model in which all streams share their states."""
    with pytest.raises(AssertionError):
        check(make("lstm", (3, 2), 2, 1, 2), "lstm", forget_streams=True)
